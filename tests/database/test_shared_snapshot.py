"""Several readers of one snapshot: together they read what one would, whatever is written meanwhile."""

from datetime import date

import pytest

from reconciliation.adapters.database.base import SqlBase
from reconciliation.adapters.database.session import Slice
from reconciliation.errors import ReconciliationError
from tests.database.bases import joined, keys, snapshot
from tests.database.conftest import DAY, MYSQL, POSTGRES, Server

pytestmark = pytest.mark.stack


def by_slices(server: Server, base: SqlBase, readers: int) -> list[str]:
    slices = base.share(readers)
    assert len(slices) == readers
    found = []
    for share in slices:
        with share.open() as reader:
            found += keys(reader.day_rows(DAY))
    return sorted(found)


def written_meanwhile(server: Server) -> None:
    server.execute("DELETE FROM transacoes WHERE ordem_id = 'K7'", "UPDATE transacoes SET valor = 2")
    server.insert(("F", "new", "a", "A", DAY, 1))


@POSTGRES
@pytest.mark.parametrize("readers", [1, 2, 7])
def test_slices_have_each_row_once_in_one_snapshot(server: Server, readers: int) -> None:
    server.fill(5_000)
    server.insert(("F", "elsewhere", "a", "A", date(2026, 2, 1), 1))
    with snapshot(server.secret, 60) as base:
        base.share(1)
        written_meanwhile(server)
        assert by_slices(server, base, readers) == sorted(f"K{n}" for n in range(1, 5_001))
        with base.share(2)[1].open() as reader:
            assert keys(reader.rows_of(["elsewhere", "K7", "new"])) == ["K7", "elsewhere"]


@POSTGRES
def test_slices_of_an_empty_and_of_a_tiny_table(server: Server) -> None:
    with snapshot(server.secret, 60) as base:
        assert by_slices(server, base, 3) == []
    server.insert(("F", "O1", "a", "A", DAY, 1))
    with snapshot(server.secret, 60) as base:
        assert by_slices(server, base, 3) == ["O1"]


@POSTGRES
def test_slices_of_a_partitioned_table(server: Server) -> None:
    """Its partitions are of unlike sizes, and each has pages of its own."""
    server.execute(
        "DROP TABLE transacoes",
        "CREATE TABLE transacoes (fornecedor_id text, ordem_id text NOT NULL, nome text, ativo_id text,"
        " data date, valor numeric(18,2)) PARTITION BY LIST (ordem_id)",
        "CREATE TABLE few PARTITION OF transacoes FOR VALUES IN ('K1', 'K2')",
        "CREATE TABLE many PARTITION OF transacoes DEFAULT",
        "CREATE UNIQUE INDEX idx_ordem_id ON transacoes(ordem_id)",
        "GRANT SELECT ON transacoes TO reconciliation_ro",
    )
    server.fill(3_000)
    with snapshot(server.secret, 60) as base:
        assert by_slices(server, base, 4) == sorted(f"K{n}" for n in range(1, 3_001))


@POSTGRES
def test_a_snapshot_that_is_gone_is_refused(server: Server) -> None:
    with snapshot(server.secret, 60) as base:
        (gone,) = base.share(1)
    with pytest.raises(Exception, match="recusou") as refused, gone.open():
        pass
    assert getattr(refused.value, "code", None) == "RECONCILIATION_FAILED"


@MYSQL
def test_mysql_has_no_snapshot_to_share(server: Server) -> None:
    with snapshot(server.secret, 60) as base:
        assert base.share(4) == []
    with (
        pytest.raises(ReconciliationError, match="motor do segredo mudou"),
        joined(server.secret, Slice("s", "", 0, None)),
    ):
        pass
