"""Of a partitioned table, an index in an order that PostgreSQL no longer has."""

import pytest

from local.postgres import READER
from reconciliation.errors import ReconciliationError
from tests.database.awkward import offered, run
from tests.database.bases import refused, snapshot
from tests.database.collations.conftest import OF_DATABASE, refusal
from tests.database.conftest import POSTGRES, Server

pytestmark = [pytest.mark.stack, POSTGRES]


PARTITIONED = (
    "DROP TABLE transacoes",
    "CREATE TABLE transacoes (fornecedor_id text, ordem_id text, nome text, ativo_id text, data date,"
    " valor numeric(18,2)) PARTITION BY {}",
    "CREATE TABLE part PARTITION OF transacoes {} PARTITION BY HASH (ordem_id)",
    "CREATE TABLE deep PARTITION OF part FOR VALUES WITH (MODULUS 1, REMAINDER 0)",
    f"GRANT SELECT ON transacoes TO {READER}",
)


def parted(server: Server, by: str, values: str, index: str) -> None:
    server.execute(*(text.format(by if "BY {}" in text else values) for text in PARTITIONED), index)


def test_of_a_table_in_parts_the_whole_index_is_told_once(moved: Server) -> None:
    parted(
        moved, "HASH (ordem_id)", "FOR VALUES WITH (MODULUS 1, REMAINDER 0)",
        "CREATE UNIQUE INDEX whole ON transacoes(ordem_id)",
    )  # fmt: skip
    text = refusal(moved)
    assert text.count("agora 1") == 1
    run(moved, offered("postgres.reindex", text))
    run(moved, offered("postgres.refresh_database", text))
    assert refused(moved) is None


def test_where_rows_stand_in_ranges_of_the_key_nothing_is_offered(moved: Server) -> None:
    """Made anew, the index would be right, and a look-up would seek some rows in another partition."""
    parted(
        moved, "RANGE (ordem_id)", "FOR VALUES FROM (MINVALUE) TO (MAXVALUE)",
        "CREATE UNIQUE INDEX whole ON transacoes(ordem_id)",
    )  # fmt: skip
    text = refusal(moved)
    assert "por faixas de texto" in text
    assert ":" not in text


@pytest.mark.parametrize("by", ['ordem_id COLLATE "C"', "nome"])
def test_by_ranges_in_another_order_or_of_another_column_an_index_is_mended(moved: Server, by: str) -> None:
    parted(moved, f"RANGE ({by})", "DEFAULT", "CREATE INDEX besides ON transacoes(ordem_id)")
    text = refusal(moved)
    assert "besides (" in text
    for statement in ("postgres.reindex", "postgres.refresh_database"):
        run(moved, offered(statement, text))
    with snapshot(moved.secret, 60, window_days=9) as base:
        assert base.facts["unique_proof"] == "in_scope"


def test_an_index_of_one_part_counts_where_only_dates_are_read(moved: Server) -> None:
    parted(moved, "RANGE (data)", "DEFAULT", "CREATE INDEX deepest ON deep(nome, data)")
    with (
        pytest.raises(ReconciliationError, match="índice deepest"),
        snapshot(moved.secret, 60, window_days=9),
    ):
        pass
    moved.execute(OF_DATABASE.format("'1'"))
    with snapshot(moved.secret, 60, window_days=9) as base:
        assert base.facts["unique_proof"] == "in_scope"
