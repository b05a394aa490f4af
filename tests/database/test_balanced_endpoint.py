"""An endpoint that gives each connection another server, as Aurora's of its readers does."""

import os
import shutil
from collections.abc import Iterator
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

    def name_alike(self, own: Slice, of: Slice) -> None:
        """The snapshot of this server is found by the name of the other's: both count from one."""
        shutil.copy(self.snapshots / own.snapshot, self.snapshots / of.snapshot)
        if os.geteuid() == 0:
            shutil.chown(self.snapshots / of.snapshot, "nobody")


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Other]:
    found = Other(tmp_path_factory.mktemp("other"))
    yield found
    found.database.stop()


@POSTGRES
@pytest.mark.parametrize("is_named_there", [False, True])
def test_a_slice_of_another_server_is_refused(server: Server, other: Other, is_named_there: bool) -> None:
    """By its name alone, where that server has no such snapshot, and where it has one of its own."""
    server.insert(("F", "O1", "a", "A", DAY, 1))
    with snapshot(server.secret, 60) as base, snapshot(other.secret, 60) as elsewhere:
        of, own = base.session.share(1)[0], elsewhere.session.share(1)[0]
        if is_named_there and of.snapshot != own.snapshot:
            other.name_alike(own, of)
        with (
            pytest.raises(ReconciliationError, match="chegou a outro servidor") as refused,
            joined(other.secret, of) as reader,
        ):
            assert keys(reader.day_rows(DAY)) == ["O1"]
        assert refused.value.code == "RECONCILIATION_FAILED"
        assert "base_readers = 1" in str(refused.value)
        with joined(server.secret, of) as reader:
            assert keys(reader.day_rows(DAY)) == ["O1"]
