"""Every statement that a message offers, run on a table of awkward rows: what was there is there afterwards.

Rows are compared as the server writes them out, definitions as its catalogue has them; what is added is
named. While an index is made, others write.
"""

import ast
import itertools
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from local.postgres import READER
from reconciliation import advice, wording
from reconciliation.adapters.database import preflight, snapshot
from reconciliation.errors import ReconciliationError
from tests.database import citext
from tests.database.conftest import DAY, Server
from tests.database.test_preflight import refused
from tests.database.test_reads import POSTGRES

pytestmark = pytest.mark.stack

AWKWARD = {
    "postgres": (
        "CREATE TABLE {table} (id bigint GENERATED ALWAYS AS IDENTITY, ordem_id varchar(255),"
        " fornecedor_id text NOT NULL DEFAULT 'F''1', nome varchar(40), ativo_id char(6),"
        " data date DEFAULT '2026-02-16', valor {amount} CHECK (valor IS DISTINCT FROM 99),"
        " centavos numeric GENERATED ALWAYS AS (valor * 100) STORED, criado timestamptz DEFAULT now())",
        "COMMENT ON COLUMN {table}.valor IS 'em reais; ação'",
        "COMMENT ON TABLE {table} IS 'da tesouraria'",
        "CREATE INDEX por_nome ON {table} (lower(nome)) WHERE nome <> ''",
    ),
    "mysql": (
        "CREATE TABLE {table} (id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY, ordem_id varchar(255),"
        " fornecedor_id varchar(255) NOT NULL DEFAULT 'F''1' COMMENT 'quem envia; ação', nome varchar(40)"
        " CHARACTER SET latin1, ativo_id char(6) COLLATE utf8mb4_bin, data date DEFAULT '2026-02-16',"
        " valor {amount} COMMENT 'em reais', centavos decimal(26,4) AS (valor * 100) STORED,"
        " dobro decimal(26,4) AS (valor * 2) VIRTUAL, criado timestamp NULL DEFAULT CURRENT_TIMESTAMP"
        " ON UPDATE CURRENT_TIMESTAMP, KEY por_nome (nome(5)))"
        " AUTO_INCREMENT = 1000 COMMENT = 'da tesouraria'",
    ),
}
ROWS = {
    "postgres": (
        "INSERT INTO {table} (ordem_id, nome, ativo_id, data, valor) VALUES"
        " ('O1', 'Ação', 'A', DEFAULT, 10.50), ('O2 ', 'x', NULL, '2026-02-15', -0.01),"
        " (E'\tO3', '', '', 'infinity', 'NaN'), ('ç😀', NULL, 'B', NULL, NULL),"
        " ('o9', 'y', 'C', '0044-03-15 BC', 1)",
        "DELETE FROM {table} WHERE ordem_id = 'o9'",
    ),
    "mysql": (
        "SET SESSION sql_mode = ''",
        "INSERT INTO {table} (ordem_id, nome, ativo_id, data, valor) VALUES"
        " ('O1', 'Ação', 'A', DEFAULT, 10.50), ('O2 ', 'x', NULL, '2026-02-15', -0.01),"
        " ('\tO3', '', '', '0000-00-00', 0), ('ç😀', NULL, 'B', NULL, NULL),"
        " ('o9', 'y', 'C', '2026-02-00', 1)",
        "DELETE FROM {table} WHERE ordem_id = 'o9'",
    ),
}


def make(server: Server, table: str = "transacoes", amount: str = "numeric(18,2)", *besides: str) -> None:
    """The awkward table, in another schema too, and readable."""
    if server.engine == "postgres":
        server.execute('DROP SCHEMA IF EXISTS outro, "Outro" CASCADE', "DROP TABLE IF EXISTS transacoes")
        server.execute('CREATE SCHEMA outro; CREATE SCHEMA "Outro"')
    else:
        server.execute("DROP TABLE IF EXISTS transacoes")
    texts = (*AWKWARD[server.engine], *ROWS[server.engine], *besides)
    server.execute(*(text.replace("{table}", table).replace("{amount}", amount) for text in texts))
    if server.engine == "postgres":
        server.execute(f"GRANT SELECT ON {table} TO {READER}")


_DEFINITION = """
    SELECT concat_ws(' ', attnum, attname, format_type(atttypid, atttypmod), attnotnull, attidentity,
                     attgenerated, pg_get_expr(adbin, adrelid), col_description(attrelid, attnum))
    FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attrelid = {0} AND attnum > 0
    UNION ALL SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = {0}
    UNION ALL SELECT pg_get_indexdef(indexrelid) || CASE WHEN indisvalid THEN '' ELSE ' INVALID' END
              FROM pg_index WHERE indrelid = {0}
    UNION ALL SELECT obj_description({0})
"""


class Seen(NamedTuple):
    """A table as it stands: `rows` as bytes, `definition` by line, indexes among it."""

    rows: bytes
    definition: frozenset[str]


def seen(server: Server, table: str = "transacoes") -> Seen:
    with closing(server.connect()) as connection, connection.cursor() as cursor:
        if server.engine == "postgres":
            out = BytesIO()
            cursor.copy_expert(f"COPY (SELECT * FROM {table} ORDER BY 1) TO STDOUT", out)
            cursor.execute(_DEFINITION.format(f"'{table}'::regclass"))
            return Seen(out.getvalue(), frozenset(line for (line,) in cursor.fetchall()))
        cursor.execute(f"SELECT * FROM {table} ORDER BY 1")
        stored = repr(cursor.fetchall()).encode()
        cursor.execute(f"SHOW CREATE TABLE {table}")
        return Seen(stored, frozenset(line.strip(" ,") for line in cursor.fetchone()[1].splitlines()))


def offered(name: str, text: str) -> str:
    """The statement of that name in a message. AssertionError where it has none."""
    template = re.sub(r"<\w+>", "(.*?)", re.escape(advice.STATEMENTS[name]))
    found = re.search(template, text)
    assert found, f"{name} is not in: {text}"
    return found[0].replace("usuário", READER)


def run(server: Server, statement: str) -> list[tuple[Any, ...]]:
    """Its last answer; in one session, each statement in a transaction of its own, as a person pastes it."""
    answer: list[tuple[Any, ...]] = []
    with closing(server.connect()) as connection, connection.cursor() as cursor:
        for part in filter(str.strip, statement.split(";")):
            cursor.execute(part)
            answer = list(cursor.fetchall()) if cursor.description else []
    return answer


def message(server: Server) -> str:
    failure = refused(server)
    assert failure is not None
    return str(failure)


# --- rows to look at


def test_the_keys_that_stand_in_an_indexs_way_are_found(server: Server) -> None:
    keys = "('O1'), ('D'), (' D'), ('d\t '), ('E'), ('é'), ('e '), (NULL), ('')"
    make(server, "transacoes", "numeric(18,2)", f"INSERT INTO {{table}} (ordem_id) VALUES {keys}")
    before = seen(server)
    found = dict(run(server, offered("find_repeated", message(server))))
    by_key = {key: count for key, count in found.items() if key}
    if server.engine == "postgres":  # byte for byte, as its index
        assert by_key == {"O1": 2, "D": 2}
    else:  # as the column's collation, by which its index goes
        assert {key.lower(): count for key, count in by_key.items()} in (
            {"o1": 2, "d": 3, "e": 3},
            {"o1": 2, "d": 3, "é": 3},
        )
    assert seen(server) == before


@POSTGRES
def test_keys_that_citext_takes_for_one_are_found(server: Server) -> None:
    server.execute(*citext.MADE)
    server.execute(
        "DROP INDEX idx_ordem_id",
        "ALTER TABLE transacoes ALTER COLUMN ordem_id TYPE citext",
        "INSERT INTO transacoes (ordem_id) VALUES ('D'), ('d '), ('E')",
    )
    assert [
        (key.lower(), count) for key, count in run(server, offered("find_repeated", message(server)))
    ] == [("d", 2)]


def test_rows_without_a_key_are_found_on_either_engine(server: Server) -> None:
    """A run that refuses a key does not know the engine any more."""
    make(
        server,
        "transacoes",
        "numeric(18,2)",
        "INSERT INTO {table} (ordem_id) VALUES (NULL), (' \t'), ('\\t')",
    )
    before = seen(server)
    missing = len(run(server, advice.statement("find_without_key")))
    assert missing == (2 if server.engine == "postgres" else 3), "there, the last is a tab"
    assert seen(server) == before


@pytest.mark.parametrize("amount", ["numeric(24,4)", "numeric(20,2)"])
def test_the_amounts_that_another_type_would_change_are_found(server: Server, amount: str) -> None:
    make(
        server,
        "transacoes",
        amount,
        "INSERT INTO {table} (ordem_id, valor) VALUES ('great', 1e16), ('r', 10.505)",
    )
    before = seen(server)
    text = message(server)
    found = {row[0] for row in run(server, offered(f"{server.engine}.find_amounts", text))}
    rounds = {"r"} if amount == "numeric(24,4)" else set()
    nan = {"\tO3"} if server.engine == "postgres" else set()
    assert found == {"great"} | rounds | nan
    assert seen(server) == before
    assert not re.search("ALTER|UPDATE|MODIFY", text)


@pytest.mark.parametrize(("column", "wrong"), [("valor", "1,5"), ("data", "16/02/2026")])
def test_the_texts_that_are_no_amounts_or_dates_are_found(server: Server, column: str, wrong: str) -> None:
    server.execute(
        f"ALTER TABLE transacoes DROP COLUMN {column}",
        f"ALTER TABLE transacoes ADD COLUMN {column} varchar(30)",
        f"INSERT INTO transacoes (ordem_id, {column}) VALUES ('wrong', '{wrong}')",
    )
    before = seen(server)
    text = message(server)
    assert [row[0] for row in run(server, offered(f"{server.engine}.find_texts_of_{column}", text))] == [
        "wrong"
    ]
    assert seen(server) == before


def test_a_value_that_is_no_amount_is_found(server: Server) -> None:
    amount = "numeric(18,0)"
    more = "INSERT INTO {table} (ordem_id, valor) VALUES ('great', 99999999999999999)"
    make(server, "transacoes", amount, more)
    run(server, offered(f"{server.engine}.unique_index", message(server)))
    before = seen(server)
    with pytest.raises(ReconciliationError) as failed, snapshot(server.secret, 60) as base:
        list(base.day_rows(DAY))
    assert [row[0] for row in run(server, offered("find_value", str(failed.value)))] == ["great"]
    assert seen(server) == before


# --- indexes


UNFIT = {
    "postgres": (
        "",
        "CREATE INDEX idx_ordem_id ON {table}(ordem_id)",
        "CREATE UNIQUE INDEX idx_ordem_id ON {table}(ordem_id) WHERE ordem_id <> ''",
        "CREATE UNIQUE INDEX idx_ordem_id ON {table}(lower(ordem_id))",
        "CREATE UNIQUE INDEX idx_ordem_id ON {table}(ordem_id, id)",
    ),
    "mysql": (
        "",
        "CREATE INDEX idx_ordem_id ON {table}(ordem_id)",
        "CREATE UNIQUE INDEX idx_ordem_id ON {table}(ordem_id(10))",
        "CREATE UNIQUE INDEX idx_ordem_id ON {table}(ordem_id, id)",
        "CREATE INDEX idx_ordem_id ON {table}(nome); CREATE INDEX idx_ordem_id_2 ON {table}(nome)",
    ),
}


@pytest.mark.parametrize("which", range(5))
def test_the_unique_index_is_added_beside_what_is_there(server: Server, which: int) -> None:
    make(server, "transacoes", "numeric(18,2)", *filter(None, UNFIT[server.engine][which].split("; ")))
    before = seen(server)
    run(server, offered(f"{server.engine}.unique_index", message(server)))
    after = seen(server)
    assert after.rows == before.rows
    assert before.definition < after.definition
    (added,) = after.definition - before.definition
    assert "UNIQUE" in added
    assert refused(server) is None


@pytest.mark.parametrize("schema", ["outro", '"Outro"'])
def test_in_another_schema_the_index_goes_to_the_table_that_was_read(server: Server, schema: str) -> None:
    if server.engine != "postgres":
        pytest.skip("a schema is a database there, and the secret names it")
    make(server, f"{schema}.transacoes")
    server.execute(f"GRANT USAGE ON SCHEMA {schema} TO {READER}")
    twin = AWKWARD["postgres"][0].replace("{table}", "transacoes").replace("{amount}", "int")
    with searching(server, f"{schema}, public"):
        server.execute(twin)
        before, other = seen(server, f"{schema}.transacoes"), seen(server)
        run(server, offered("postgres.unique_index", message(server)))
        assert seen(server, f"{schema}.transacoes").rows == before.rows
        assert seen(server) == other
        assert refused(server) is None


@contextmanager
def searching(server: Server, path: str) -> Iterator[None]:
    server.execute(f"ALTER ROLE {READER} SET search_path = {path}")
    try:
        yield
    finally:
        server.execute(f"ALTER ROLE {READER} RESET search_path")


def test_where_a_key_is_twice_the_index_is_not_made_and_nothing_goes(server: Server) -> None:
    make(server, "transacoes", "numeric(18,2)", "INSERT INTO {table} (ordem_id) VALUES ('O1')")
    before = seen(server)
    with pytest.raises(Exception, match="O1"):
        run(server, offered(f"{server.engine}.unique_index", message(server)))
    after = seen(server)
    assert after.rows == before.rows
    assert before.definition <= after.definition
    # what PostgreSQL leaves is no index that anybody reads, and has another name than the next try's
    assert all(line.endswith("INVALID") for line in after.definition - before.definition)
    if server.engine == "postgres":
        server.execute("DELETE FROM transacoes WHERE id = (SELECT max(id) FROM transacoes)")
        run(server, offered("postgres.unique_index", message(server)))
        assert refused(server) is None


def test_the_date_index_of_the_warning(server: Server) -> None:
    make(server)
    run(server, offered(f"{server.engine}.unique_index", message(server)))
    before = seen(server)
    with snapshot(server.secret, 60) as base:
        assert base.warnings == {preflight.NO_DATE_INDEX: 1}
    run(server, offered(f"{server.engine}.date_index", wording.WARNINGS[preflight.NO_DATE_INDEX]))
    after = seen(server)
    assert after.rows == before.rows
    assert before.definition < after.definition
    with snapshot(server.secret, 60) as base:
        assert base.warnings == {}


def test_a_partitioned_tables_index_is_refused_by_the_server_or_made(server: Server) -> None:
    """Nothing is lost either way; that no unique index can be there, the message says without a statement."""
    by_date = {
        "postgres": "PARTITION BY RANGE (data)",
        "mysql": "PARTITION BY RANGE COLUMNS(data) (PARTITION p1 VALUES LESS THAN (MAXVALUE))",
    }[server.engine]
    columns = "fornecedor_id varchar(9), ordem_id varchar(9), nome varchar(9), ativo_id varchar(9), data date"
    server.execute(
        "DROP TABLE transacoes", f"CREATE TABLE transacoes ({columns}, valor numeric(18,2)) {by_date}"
    )
    if server.engine == "postgres":
        server.execute(
            "CREATE TABLE p1 PARTITION OF transacoes DEFAULT", f"GRANT SELECT ON transacoes TO {READER}"
        )
    server.insert(("F", "O1", "a", "A", DAY, "10.50"))
    before, text = seen(server), message(server)
    assert "é particionada por RANGE" in text
    assert not re.search("CREATE|ALTER|DROP", text)
    index = offered(f"{server.engine}.date_index", wording.WARNINGS[preflight.NO_DATE_INDEX])
    if server.engine == "postgres":
        with pytest.raises(Exception, match="partitioned"):
            run(server, index)
        assert seen(server) == before
    else:
        run(server, index)
        assert seen(server).rows == before.rows


class Attempt(threading.Thread):
    """A statement that another session runs meanwhile."""

    def __init__(self, server: Server, statement: str) -> None:
        super().__init__()
        self._server, self._statement = server, statement
        self.failure: Exception | None = None
        self.start()

    def run(self) -> None:
        try:
            run(self._server, self._statement)
        except Exception as exc:
            self.failure = exc


_WAITING = {
    "postgres": "pg_stat_activity WHERE query LIKE 'CREATE%INDEX%' AND wait_event_type = 'Lock'",
    "mysql": "information_schema.processlist WHERE state LIKE 'Waiting for table metadata lock'",
}


_GIVE_UP = {"postgres": "SET lock_timeout = '10s'", "mysql": "SET lock_wait_timeout = 10"}


def is_waiting(server: Server) -> bool:
    """Whether an index's statement waits for whoever writes."""
    return bool(server.ask(f"SELECT count(*) FROM {_WAITING[server.engine]}"))


_BUILDING = {
    "postgres": "SELECT count(*) FROM pg_stat_progress_create_index",
    "mysql": "SELECT count(*) FROM information_schema.processlist WHERE info LIKE 'ALTER TABLE transacoes%'",
}


def is_building(server: Server) -> bool:
    return bool(server.ask(_BUILDING[server.engine]))


def until(holds: Callable[[], bool]) -> None:
    """Raises AssertionError where it does not hold within a minute."""
    limit = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < limit
        time.sleep(0.02)


@pytest.mark.parametrize("which", ["unique_index", "date_index"])
def test_whoever_writes_is_not_kept_waiting(server: Server, which: str) -> None:
    make(server)
    statement = advice.statement(f"{server.engine}.{which}", index="novo")
    insert = "INSERT INTO transacoes (ordem_id, nome, valor) VALUES ('{}', 'w', 1)"
    with closing(server.connect()) as writer, writer.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(insert.format("open"))
        attempt = Attempt(server, statement.replace("lock_wait_timeout = 5", "lock_wait_timeout = 1"))
        until(lambda: is_waiting(server))
        server.execute(_GIVE_UP[server.engine], insert.format("meanwhile"))
        if server.engine == "mysql":
            # its own wait ends by the limit that comes before it, and all is as it was
            attempt.join(30)
            assert attempt.failure is not None
            assert attempt.failure.args[0] == 1205
            assert "novo" not in str(seen(server).definition)
        else:
            assert attempt.is_alive(), "it waits for the open transaction, alone"
        cursor.execute("COMMIT")
    attempt.join()
    if server.engine == "mysql":
        run(server, statement)
    after = seen(server)
    assert any("novo" in line and "INVALID" not in line for line in after.definition)
    assert after.rows.count(b"meanwhile") == after.rows.count(b"open") == 1


def test_rows_are_written_while_the_index_is_made(server: Server) -> None:
    """LOCK=NONE, and CONCURRENTLY, hold for the whole of a larger table."""
    server.fill(100_000)
    server.execute(
        {"postgres": "DROP INDEX idx_ordem_id", "mysql": "DROP INDEX idx_ordem_id ON transacoes"}[
            server.engine
        ]
    )
    attempt = Attempt(server, offered(f"{server.engine}.unique_index", message(server)))
    written = 0
    with closing(server.connect()) as connection, connection.cursor() as cursor:
        until(lambda: is_building(server) or not attempt.is_alive())
        for key in itertools.count():
            if not attempt.is_alive():
                break
            cursor.execute(f"INSERT INTO transacoes (ordem_id) VALUES ('W{key}')")
            written += is_building(server)
    assert attempt.failure is None
    assert written, "not one while it was being made"
    assert refused(server) is None


# --- rights


def test_a_right_to_read_is_added(server: Server) -> None:
    make(server)
    if server.engine == "postgres":
        server.execute(f"REVOKE SELECT ON transacoes FROM {READER}")
    else:
        server.execute(
            f"REVOKE SELECT ON conciliacao.* FROM {READER}@'%'",
            f"GRANT INSERT ON conciliacao.* TO {READER}@'%'",
        )
    try:
        before, failure = seen(server), refused(server)
        assert failure is not None
        assert failure.code == "RDS_AUTH"
        with closing(server.connect()) as writer, writer.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute("UPDATE transacoes SET nome = 'open'")
            run(server, offered(f"{server.engine}.grant_select", str(failure)))
            cursor.execute("ROLLBACK")
        assert seen(server).definition == before.definition
        assert seen(server).rows == before.rows
        assert (refused(server) or failure).code == "E_BASE_NO_UNIQUE_INDEX"
    finally:
        if server.engine == "mysql":
            server.execute(  # a right on a table outlives it there
                f"GRANT SELECT ON conciliacao.* TO {READER}@'%'",
                f"REVOKE INSERT ON conciliacao.* FROM {READER}@'%'",
                f"REVOKE SELECT ON transacoes FROM {READER}@'%'",
            )


@POSTGRES
def test_a_policy_is_lifted_from_the_reader_alone(server: Server) -> None:
    make(server)
    server.execute(
        "CREATE UNIQUE INDEX k ON transacoes(ordem_id)", "ALTER TABLE transacoes ENABLE ROW LEVEL SECURITY"
    )
    before = seen(server)
    try:
        run(server, offered("postgres.bypass_rls", message(server)))
        assert refused(server) is None
        assert seen(server) == before
        assert server.ask("SELECT relrowsecurity FROM pg_class WHERE oid = 'transacoes'::regclass")
    finally:
        server.execute(f"ALTER ROLE {READER} NOBYPASSRLS")


@pytest.mark.parametrize("schema", ["outro", '"Outro"'])
def test_a_schema_is_opened_and_sought(server: Server, schema: str) -> None:
    if server.engine != "postgres":
        pytest.skip("a schema is a database there, and the secret names it")
    make(server, f"{schema}.transacoes")
    server.execute(f"REVOKE SELECT ON {schema}.transacoes FROM {READER}")
    before, text = seen(server, f"{schema}.transacoes"), message(server)
    assert f"há {schema}.transacoes, em um esquema sem o direito USAGE" in text
    try:
        run(server, offered("postgres.grant_usage", text))
        run(server, offered("postgres.search_path", text))
        assert (refused(server) or ReconciliationError()).code == "E_BASE_NO_UNIQUE_INDEX"
        with snapshot_path(server) as path:
            assert path == f'{schema}, "$user", public', "what was sought before still is"
        assert seen(server, f"{schema}.transacoes") == before
    finally:
        server.execute(f"ALTER ROLE {READER} IN DATABASE conciliacao RESET search_path")


@contextmanager
def snapshot_path(server: Server) -> Iterator[str]:
    import psycopg2  # noqa: PLC0415 - the reader's own session, without ours

    secret = server.secret
    connection = psycopg2.connect(
        host=secret["host"], port=secret["port"], dbname=secret["dbname"], user=secret["username"],
        password=secret["password"],
    )  # fmt: skip
    with closing(connection), connection.cursor() as cursor:
        cursor.execute("SHOW search_path")
        yield cursor.fetchone()[0]


# --- all of them, and no other


RUN_BY: dict[str, Callable[..., None]] = {
    "find_repeated": test_the_keys_that_stand_in_an_indexs_way_are_found,
    "find_value": test_a_value_that_is_no_amount_is_found,
    "find_without_key": test_rows_without_a_key_are_found_on_either_engine,
    "postgres.bypass_rls": test_a_policy_is_lifted_from_the_reader_alone,
    "postgres.grant_usage": test_a_schema_is_opened_and_sought,
    "postgres.search_path": test_a_schema_is_opened_and_sought,
    **{
        f"{engine}.{what}": test
        for engine in ("postgres", "mysql")
        for what, test in {
            "find_amounts": test_the_amounts_that_another_type_would_change_are_found,
            "find_texts_of_valor": test_the_texts_that_are_no_amounts_or_dates_are_found,
            "find_texts_of_data": test_the_texts_that_are_no_amounts_or_dates_are_found,
            "unique_index": test_the_unique_index_is_added_beside_what_is_there,
            "date_index": test_the_date_index_of_the_warning,
            "grant_select": test_a_right_to_read_is_added,
        }.items()
    },
}
"""Which test runs a statement, on the servers of its engine."""


def test_each_statement_is_run() -> None:
    assert set(RUN_BY) == set(advice.STATEMENTS)


_CHANGES = re.compile(r"\b(CREATE|ALTER|DROP|GRANT|REVOKE|UPDATE|DELETE|INSERT|TRUNCATE|RENAME)\s+[A-Z]")
_PASSWORDS = {"postgres/session.py", "mysql/session.py"}  # sent by the rotation, shown to nobody


def test_no_message_has_a_statement_of_its_own() -> None:
    root = Path(__file__).resolve().parents[2]
    found = {
        str(path.relative_to(root))
        for folder in ("reconciliation", "glue_jobs", "lambdas")
        for path in (root / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _CHANGES.search(node.value)
    }
    database = "reconciliation/adapters/database"
    assert found - {f"{database}/{name}" for name in _PASSWORDS} == {"reconciliation/advice.py"}
