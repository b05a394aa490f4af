"""An endpoint that gives each connection another server, as Aurora's of its readers does."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import psycopg2
import pytest

from local import postgres
from reconciliation.adapters.database.session import Slice
from reconciliation.errors import ReconciliationError
from tests.database.bases import joined, keys, snapshot
from tests.database.conftest import DAY, POSTGRES, Server
from tests.servers.prepared import prepared

pytestmark = pytest.mark.stack


class Other:
    """A second server, with one row of its own."""

    def __init__(self, folder: Path) -> None:
        self.database = prepared(postgres.start(folder))
        self.secret = self.database.reader
        self.snapshots = folder / "data" / "pg_snapshots"
        connection = psycopg2.connect(self.database.owner_url)
        with connection, connection.cursor() as cursor:
            cursor.execute("INSERT INTO transacoes VALUES ('F', 'ELSEWHERE', 'a', 'A', %s, 1)", (DAY,))
        connection.close()

    @contextmanager
    def one_named_as(self, of: Slice) -> Iterator[None]:
        """This server has a snapshot of its own by the name of the other's: both count from one."""
        with snapshot(self.secret, 60) as elsewhere:
            (own,) = elsewhere.session.share(1)
            alike = self.snapshots / of.snapshot
            if own.snapshot == of.snapshot:
                yield
                return
            shutil.copy(self.snapshots / own.snapshot, alike)
            if os.geteuid() == 0:
                shutil.chown(alike, "nobody")
            try:
                yield
            finally:
                alike.unlink()

    def has(self, of: Slice) -> bool:
        return (self.snapshots / of.snapshot).exists()


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Other]:
    found = Other(tmp_path_factory.mktemp("other"))
    yield found
    found.database.stop()


@POSTGRES
@pytest.mark.parametrize("is_named_there", [False, True])
def test_a_slice_of_another_server_is_refused(server: Server, other: Other, is_named_there: bool) -> None:
    """By the server's refusal, where it has no snapshot of that name; without one, where it has its own."""
    server.insert(("F", "O1", "a", "A", DAY, 1))
    with snapshot(server.secret, 60) as base:
        (of,) = base.session.share(1)
        with other.one_named_as(of) if is_named_there else nullcontext():
            assert other.has(of) is is_named_there
            with (
                pytest.raises(ReconciliationError, match="chegou a outro servidor") as refused,
                joined(other.secret, of) as reader,
            ):
                assert keys(reader.day_rows(DAY)) == ["O1"]
        assert refused.value.code == "RECONCILIATION_FAILED"
        assert "base_readers = 1" in str(refused.value)
        assert isinstance(refused.value.__cause__, psycopg2.Error) is not is_named_there
        with joined(server.secret, of) as reader:
            assert keys(reader.day_rows(DAY)) == ["O1"]
