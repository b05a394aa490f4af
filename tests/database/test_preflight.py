"""Which bases are trusted, on real servers; and what a refusal advises mends it, or is no statement."""

import pytest

from local.postgres import READER
from reconciliation.adapters.database.base import SqlBase
from reconciliation.adapters.database.mysql.statements import execute
from reconciliation.adapters.database.postgres.catalog import NEWEST
from tests.database.bases import advised, refused, snapshot
from tests.database.conftest import ALTER, MYSQL, POSTGRES, Server

pytestmark = pytest.mark.stack
DROP = {"postgres": "DROP INDEX {}", "mysql": "DROP INDEX {} ON transacoes"}


def drop(server: Server, index: str) -> None:
    server.execute(DROP[server.engine].format(index))


def mend(server: Server) -> None:
    """Does what the refusal says."""
    server.execute(*advised(refused(server)))
    assert refused(server) is None


def indexes(server: Server) -> set[str]:
    query = {
        "postgres": "SELECT string_agg(indexname, ',') FROM pg_indexes WHERE tablename = 'transacoes'",
        "mysql": "SELECT GROUP_CONCAT(DISTINCT index_name) FROM information_schema.statistics"
        " WHERE table_schema = DATABASE() AND table_name = 'transacoes'",
    }
    return set((server.ask(query[server.engine]) or "").split(","))


def test_a_base_as_the_contract_wants_it(server: Server) -> None:
    with snapshot(server.secret, 60) as base:
        assert base.warnings == {}


@pytest.mark.parametrize(
    "instead",
    [
        f"{ALTER} ADD PRIMARY KEY (ordem_id)",
        "CREATE UNIQUE INDEX another_name ON transacoes(ordem_id)",
        f"{ALTER} ADD CONSTRAINT one_each UNIQUE (ordem_id)",
    ],
)
def test_any_unique_index_on_the_key_will_do(server: Server, instead: str) -> None:
    drop(server, "idx_ordem_id")
    server.execute(instead)
    assert refused(server) is None


def require_index(server: Server, instead: str | None) -> None:
    drop(server, "idx_ordem_id")
    if instead:
        server.execute(instead)
    failure = refused(server)
    assert failure is not None
    assert failure.code == "E_BASE_NO_UNIQUE_INDEX"
    before = indexes(server)
    mend(server)
    assert before < indexes(server), "the old one stays"


@pytest.mark.parametrize(
    "instead",
    [
        None,
        "CREATE INDEX idx_ordem_id ON transacoes(ordem_id)",
        "CREATE UNIQUE INDEX both_columns ON transacoes(ordem_id, fornecedor_id)",
        "CREATE UNIQUE INDEX idx_ordem_id ON transacoes(fornecedor_id, ordem_id)",
        "CREATE UNIQUE INDEX other ON transacoes(fornecedor_id)",
    ],
)
def test_no_unique_index_on_exactly_the_key(server: Server, instead: str | None) -> None:
    require_index(server, instead)


@POSTGRES
@pytest.mark.parametrize(
    "instead",
    [
        "CREATE UNIQUE INDEX part ON transacoes(ordem_id) WHERE data > '2026-01-01'",
        "CREATE UNIQUE INDEX idx_ordem_id ON transacoes(lower(ordem_id))",
    ],
)
def test_partial_and_expression_indexes_do_not_count(server: Server, instead: str) -> None:
    require_index(server, instead)


@POSTGRES
def test_an_index_that_was_not_finished_does_not_count(server: Server) -> None:
    server.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'idx_ordem_id'::regclass")
    failure = refused(server)
    assert (failure and failure.code) == "E_BASE_NO_UNIQUE_INDEX"
    assert "idx_ordem_id_2 ON" in str(failure)
    mend(server)


@MYSQL
def test_a_prefix_does_not_count(server: Server) -> None:
    require_index(server, "CREATE UNIQUE INDEX idx_ordem_id ON transacoes(ordem_id(10))")


@MYSQL
def test_a_storage_without_snapshots_is_refused(server: Server) -> None:
    server.execute(f"{ALTER} MODIFY ordem_id varchar(100) NOT NULL")  # its indexes hold no more bytes
    server.execute(f"{ALTER} ENGINE=MyISAM")
    failure = refused(server)
    assert failure is not None
    assert (failure.code, "MyISAM" in str(failure)) == ("E_BASE_SCHEMA", True)
    assert advised(failure) == [], "to copy the table keeps whoever writes waiting"


@pytest.mark.parametrize("column", ["fornecedor_id", "ordem_id", "nome", "ativo_id", "data", "valor"])
def test_a_missing_column(server: Server, column: str) -> None:
    server.execute(f"{ALTER} RENAME COLUMN {column} TO outra")
    failure = refused(server)
    assert failure is not None
    assert failure.code == "E_BASE_SCHEMA"
    assert f"não tem a coluna {column}; as que não são do contrato são outra." in str(failure)
    assert advised(failure) == [], "an empty column would make a difference of every row"


def test_a_missing_table(server: Server) -> None:
    server.execute("DROP TABLE transacoes")
    failure = refused(server)
    assert failure is not None
    assert (failure.code, "não existe" in str(failure)) == ("E_BASE_SCHEMA", True)
    assert advised(failure) == [], "an empty twin would be read as the base"


@pytest.mark.parametrize("instead", [None, "CREATE INDEX second ON transacoes(nome, data)"])
def test_without_an_index_on_the_date_the_run_is_warned(server: Server, instead: str | None) -> None:
    drop(server, "idx_data")
    if instead:
        server.execute(instead)
    with snapshot(server.secret, 60) as base:
        assert base.warnings == {"BASE_NO_DATE_INDEX": 1}
        assert base.facts["newest_date"] is None, "it would cost a whole reading"
    server.execute("CREATE INDEX wide ON transacoes(data, nome)")
    with snapshot(server.secret, 60) as base:
        assert (base.warnings, base.facts["newest_date"]) == ({}, None)
    server.insert(*(("F", f"O{day}", "a", "A", f"2026-02-{day}", 1) for day in (16, 19, 17)))
    with snapshot(server.secret, 60) as base:
        assert base.facts["newest_date"] == "2026-02-19"


def test_an_absurd_date_hides_no_newest_one(server: Server) -> None:
    absurd, lax = {
        "postgres": (["infinity", "-infinity", "20026-02-16", "0044-03-15 BC"], []),
        "mysql": (["0000-00-00"], ["SET SESSION sql_mode = ''"]),
    }[server.engine]
    rows = ", ".join(f"('X{place}', '{text}')" for place, text in enumerate(absurd))
    server.execute(*lax, f"INSERT INTO transacoes (ordem_id, data) VALUES {rows}")
    with snapshot(server.secret, 60) as base:
        assert base.facts["newest_date"] is None, "none of them is a day"
    server.insert(*(("F", f"O{day}", "a", "A", f"2026-02-{day}", 1) for day in (16, 19, 17)))
    with snapshot(server.secret, 60) as base:
        assert base.facts["newest_date"] == "2026-02-19"


@POSTGRES
@pytest.mark.parametrize("kind", ["date", "timestamp", "timestamptz"])
def test_the_newest_date_is_found_by_the_index(server: Server, kind: str) -> None:
    """Whatever the column's type: a whole reading of the table would take minutes."""
    server.execute(f"{ALTER} ALTER data TYPE {kind}")
    server.execute(
        "SET TIME ZONE 'UTC'",
        "INSERT INTO transacoes (ordem_id, data) SELECT 'O' || n, date '2026-02-16' + n % 90"
        " FROM generate_series(1, 20000) n",
        "INSERT INTO transacoes (ordem_id, data) VALUES ('X', 'infinity')",
        "ANALYZE transacoes",
    )
    with snapshot(server.secret, 60) as base:
        assert base.facts["newest_date"] == ("2026-05-15" if kind == "timestamptz" else "2026-05-16")
    assert "'Scan Direction': 'Backward'" in str(server.ask(f"EXPLAIN (FORMAT JSON) {NEWEST}"))


@MYSQL
@pytest.mark.parametrize("kind", ["date", "datetime", "datetime(6)", "timestamp", "timestamp(6)"])
def test_the_newest_date_is_one_look_up(server: Server, kind: str) -> None:
    """Whatever the column's type: a bound that it cannot hold has MySQL read the index from end to end."""
    server.execute(f"{ALTER} MODIFY data {kind} NULL")
    server.fill(2000)
    server.execute(
        "SET SESSION sql_mode = ''", "INSERT INTO transacoes (ordem_id, data) VALUES ('X', '0000-00-00')"
    )
    with snapshot(server.secret, 60) as base:
        assert base.facts["newest_date"] in {"2026-02-15", "2026-02-16"}, "a moment's day is local"
        before = rows_read(base)
        assert base.session.newest_text(base.table)
        assert rows_read(base) - before <= 3


def rows_read(base: SqlBase) -> int:
    """By the handlers of this session, as the server counts them."""
    told = execute(base.session._connection, "SHOW SESSION STATUS LIKE 'Handler_read%'")
    return sum(int(count) for _, count in told)


@POSTGRES
def test_a_user_that_may_not_read(server: Server) -> None:
    server.execute(f"REVOKE SELECT ON transacoes FROM {READER}")
    failure = refused(server)
    assert (failure and failure.code) == "RDS_AUTH"
    mend(server)


@MYSQL
def test_a_key_that_no_index_holds_whole(server: Server) -> None:
    drop(server, "idx_ordem_id")
    server.execute(f"{ALTER} MODIFY ordem_id text NOT NULL")
    failure = refused(server)
    assert failure is not None
    assert failure.code == "E_BASE_NO_UNIQUE_INDEX"
    assert "tem ordem_id em text, que ali só se indexa em parte" in str(failure)
    assert advised(failure) == []


@POSTGRES
def test_beside_another_of_its_name_the_table_is_named_with_its_schema(server: Server) -> None:
    drop(server, "idx_ordem_id")
    server.execute("CREATE SCHEMA copia", "CREATE TABLE copia.transacoes (ordem_id text)")
    try:
        assert "idx_ordem_id ON public.transacoes(ordem_id);" in str(refused(server))
        mend(server)
    finally:
        server.execute("DROP SCHEMA copia CASCADE")
