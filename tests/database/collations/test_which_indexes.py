"""Which indexes an order that changed spoils, beside what the server finds by them when they are broken."""

from contextlib import closing

import pytest

from reconciliation.adapters.database.postgres import collations
from tests.database.bases import refused
from tests.database.collations.conftest import OF_COLLATION
from tests.database.conftest import DAY, POSTGRES, Server

pytestmark = [pytest.mark.stack, POSTGRES]


def is_refused_when_outdated(server: Server) -> bool:
    """Whether the index `besides` is refused, which must be good before; no other one ever is."""
    assert refused(server) is None
    server.execute(OF_COLLATION.format("'0.9'"))
    failure = refused(server)
    assert failure is None or "idx_ordem_id (" not in str(failure), "in the order of C"
    assert failure is None or "índice besides (collation pg_catalog.pg_c_utf8, " in str(failure)
    return failure is not None


def finds_all_when_broken(server: Server, names_at: int, columns: int) -> bool:
    """Whether keys and a day are found whole by `besides` alone, in whose order the names now are wrong."""
    options = " ".join("3" if place == names_at else "0" for place in range(columns))
    with closing(server.connect()) as connection, connection.cursor() as cursor:
        cursor.execute(
            "DROP INDEX idx_ordem_id, idx_data; ANALYZE transacoes;"
            f" UPDATE pg_index SET indoption = '{options}' WHERE indexrelid = 'besides'::regclass"
        )
    found = []
    with closing(server.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
        for sought in (
            "ordem_id = ANY('{O5,O6,O777}'::text[])",
            f"data >= '{DAY}' AND data < '{DAY}'::date + 1",
        ):
            cursor.execute(f"EXPLAIN SELECT * FROM transacoes WHERE {sought}")
            plan = str(cursor.fetchall())
            cursor.execute(
                f"SELECT count(*) FROM (SELECT valor + 1 FROM transacoes WHERE {sought} OFFSET 0) s"
            )
            found.append(("using besides" in plan, cursor.fetchone()))
    assert any(by_it for by_it, _ in found)
    return [count for _, count in found] == [(3,), (200,)]


@pytest.mark.parametrize(
    ("index", "misses"),
    [
        ("(nome, ordem_id)", True),
        ("(nome, data)", True),
        ("(data, nome, ordem_id)", True),
        ("(fornecedor_id, nome, data)", True),
        ("(data, nome)", False),
        ("(ordem_id, nome)", False),
        ("(data, valor, nome)", False),
        ("(data, ordem_id, nome)", False),
    ],
)
def test_a_tree_is_refused_where_a_search_goes_through_the_order_that_changed(
    beside: Server, index: str, *, misses: bool
) -> None:
    """It is, where the tree is broken in earnest: the server's own answers, beside what is refused."""
    beside.execute(f"CREATE INDEX besides ON transacoes {index}")
    assert is_refused_when_outdated(beside) is misses
    columns = index.strip("()").split(", ")
    assert finds_all_when_broken(beside, columns.index("nome"), len(columns)) is not misses


@pytest.mark.parametrize(
    ("index", "is_refused"),
    [
        ("(nome)", False),
        ("(lower(nome))", False),
        ("(valor, nome)", False),
        ("(nome) INCLUDE (ordem_id, data)", False),
        ("UNIQUE (nome)", False),
        ("USING hash (ordem_id COLLATE pg_c_utf8)", False),
        ("USING brin (nome, ordem_id, data)", False),
        ("(nome text_pattern_ops, ordem_id)", False),
        ("(ordem_id COLLATE pg_c_utf8)", False),
        ("((btrim(ordem_id, E' \t') COLLATE pg_c_utf8))", False),
        ("(nome) WHERE ordem_id > 'a'", False),
        ("(nome, ordem_id) WHERE nome > 'a'", False),
        ("(lower(nome), ordem_id)", True),
        ("(nome, ordem_id) WHERE ordem_id > 'a'", True),
        ("(nome, ordem_id) WHERE true", True),
        ("UNIQUE (ordem_id COLLATE pg_c_utf8)", True),
        ("UNIQUE ((btrim(ordem_id, E' \t') COLLATE pg_c_utf8))", True),
    ],
)
def test_an_index_counts_where_keys_or_dates_are_sought_in_it(
    beside: Server, index: str, *, is_refused: bool
) -> None:
    """Or where it says that keys are unique."""
    _, unique, of = index.rpartition("UNIQUE")
    beside.execute(
        "DELETE FROM transacoes WHERE valor >= 20", f"CREATE {unique} INDEX besides ON transacoes {of}"
    )
    assert is_refused_when_outdated(beside) is is_refused


@pytest.mark.parametrize(
    ("index", "is_refused"),
    [
        ("(ordem_id)", True),
        ("(data, ordem_id)", True),
        ("((ordem_id::text))", True),
        ("USING brin (valor, ordem_id)", True),
        ("(valor) WHERE ordem_id > 'a'", True),
        ("USING hash (ordem_id)", False),
        ("(ordem_id text_pattern_ops)", False),
        ('(ordem_id COLLATE "C")', False),
        ("(valor) WHERE ordem_id IS NOT NULL", False),
        ("(data, valor) INCLUDE (ordem_id)", False),
    ],
)
def test_of_a_key_whose_order_changed(own: Server, index: str, *, is_refused: bool) -> None:
    """What proves it unique is in the order of C, which does not change."""
    own.execute(
        "DROP INDEX idx_ordem_id", 'CREATE UNIQUE INDEX good ON transacoes(ordem_id COLLATE "C")',
        f"CREATE INDEX besides ON transacoes {index}",
    )  # fmt: skip
    failure = refused(own)
    assert (failure is not None) is is_refused
    assert failure is None or "índice besides (" in str(failure)


def test_before_version_18_no_search_skips_a_column(beside: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its statement, on this server."""
    monkeypatch.setattr(collations, "_SKIPS", 190_000)
    beside.execute("CREATE INDEX besides ON transacoes(nome, ordem_id)")
    assert not is_refused_when_outdated(beside)
