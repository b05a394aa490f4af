"""A session is what was asked for, whatever server, role or pooler say: set, read back, or refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest

from local.postgres import NAME, READER
from reconciliation.adapters.database.mysql import settings as mysql_settings
from reconciliation.adapters.database.postgres import settings as postgres_settings
from reconciliation.errors import ReconciliationError
from tests.database.bases import keys, rows, snapshot
from tests.database.conftest import DAY, MYSQL, POSTGRES, Server

pytestmark = pytest.mark.stack
SETTINGS = {"postgres": postgres_settings, "mysql": mysql_settings}


def refusal(server: Server) -> ReconciliationError:
    with pytest.raises(ReconciliationError) as refused, snapshot(server.secret, 60):
        pass
    return refused.value


@contextmanager
def set_for(server: Server, whom: str, name: str, value: str) -> Iterator[None]:
    """As `ALTER ROLE … SET` and the like do, for sessions from now on."""
    server.execute(f"ALTER {whom} SET {name} = {value}")
    try:
        yield
    finally:
        server.execute(f"ALTER {whom} RESET {name}")


@POSTGRES
@pytest.mark.parametrize("whom", [f"ROLE {READER}", f"DATABASE {NAME}", f"ROLE {READER} IN DATABASE {NAME}"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("timezone", "'Asia/Tokyo'"),
        ("datestyle", "'German'"),
        ("row_security", "on"),
        ("client_encoding", "'LATIN1'"),
        ("standard_conforming_strings", "off"),
        ("statement_timeout", "'20ms'"),
        ("lock_timeout", "'20ms'"),
        ("idle_in_transaction_session_timeout", "'20ms'"),
        ("transaction_timeout", "'20ms'"),
        ("default_transaction_isolation", "'read committed'"),
        ("default_transaction_read_only", "off"),
        ("default_transaction_deferrable", "on"),
    ],
)
def test_what_a_role_or_database_sets_changes_nothing(
    server: Server, whom: str, name: str, value: str
) -> None:
    server.execute("ALTER TABLE transacoes ALTER data TYPE timestamptz", "SET timezone = 'UTC'")
    server.insert(
        ("F", "O1", "ação\\", "A", "2026-02-17 01:30+00", "1.10"),
        ("F", "O2", "a", "A", "2026-02-16 01:30+00", 1),
    )
    with set_for(server, whom, name, value), snapshot(server.secret, 60) as base:
        assert rows(base.day_rows(DAY)) == [("F", "O1", "ação\\", "A", DAY, 110)]
        assert rows(base.rows_of(["O2"])) == [("F", "O2", "a", "A", date(2026, 2, 15), 100)]
        assert base.facts["newest_date"] == str(DAY)


MYSQLS = [
    "sql_select_limit = 0",
    "sql_select_limit = 2",
    "time_zone = '+09:00'",
    "sql_mode = 'NO_ZERO_DATE,NO_ZERO_IN_DATE,STRICT_ALL_TABLES'",
    "sql_mode = 'PAD_CHAR_TO_FULL_LENGTH'",
    "sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES'",
    "max_join_size = 1",
    "sql_big_selects = 0, max_join_size = 1",
    "sql_auto_is_null = 1",
    "character_set_results = 'latin1'",
    "character_set_client = 'latin1', character_set_connection = 'latin1'",
    "collation_connection = 'utf8mb4_unicode_ci'",
    "SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
    "SESSION TRANSACTION READ WRITE",
    "TRANSACTION ISOLATION LEVEL READ UNCOMMITTED",
    "autocommit = 0",
    "wait_timeout = 1",
    "net_write_timeout = 1",
    "lock_wait_timeout = 1",
]


@contextmanager
def upon_connecting(server: Server, statement: str) -> Iterator[None]:
    """As a server's `init_connect` does, to everybody but its administrators."""
    quoted = statement.replace("'", "''")
    server.execute(f"SET GLOBAL init_connect = '{quoted}'")
    try:
        yield
    finally:
        server.execute("SET GLOBAL init_connect = ''")


@MYSQL
@pytest.mark.parametrize("setting", MYSQLS)
def test_what_init_connect_sets_changes_nothing(server: Server, setting: str) -> None:
    server.execute("ALTER TABLE transacoes MODIFY nome char(6), MODIFY data timestamp NULL")
    server.execute("SET time_zone = '+00:00'", "INSERT INTO transacoes VALUES " + ", ".join(
        f"('F', 'O{n}', 'ação', 'A', '2026-02-17 01:30:00', 1.10)" for n in range(3)
    ))  # fmt: skip
    with upon_connecting(server, f"SET {setting}"), snapshot(server.secret, 60) as base:
        assert rows(base.day_rows(DAY)) == [("F", f"O{n}", "ação", "A", DAY, 110) for n in range(3)]
        assert keys(base.rows_of(["O0", "O1", "O2", "O'"])) == ["O0", "O1", "O2"]


@MYSQL
def test_an_init_connect_that_fails_is_named(server: Server) -> None:
    with upon_connecting(server, "garbage"):
        refused = refusal(server)
    assert (refused.code, "init_connect" in str(refused)) == ("E_BASE_SESSION", True)


@POSTGRES
def test_types_are_read_as_types_whatever_the_catalogue_quotes(server: Server) -> None:
    server.execute("ALTER ROLE reconciliation_ro SET quote_all_identifiers = on")
    try:
        with snapshot(server.secret, 60) as base:
            assert rows(base.day_rows(DAY)) == []
    finally:
        server.execute("ALTER ROLE reconciliation_ro RESET quote_all_identifiers")


@POSTGRES
@pytest.mark.parametrize("read", ["on", "off"])
def test_a_key_with_a_backslash_is_found_however_the_role_reads_strings(server: Server, read: str) -> None:
    """The driver quotes as the session was when it connected: another setting made `\\b` a backspace."""
    sought = ["A\\b", "K\\0", "O'1\\'", "x\\n"]
    server.insert(*(("F", key, "a", "A", DAY, 1) for key in sought))
    of_role = set_for(server, f"ROLE {READER}", "standard_conforming_strings", read)
    with of_role, snapshot(server.secret, 60) as base:
        assert keys(base.rows_of(sought)) == sorted(sought)
        assert keys(base.rows_of(["A\b", "x\n"])) == []


def test_each_setting_that_did_not_take_is_named(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is in between answers yes and does nothing: nobody but the reading back can see it."""
    module: Any = SETTINGS[server.engine]
    name = {"postgres": "begin", "mysql": "set_session"}[server.engine]
    whole = getattr(module, name)
    asked: list[str] = []
    with monkeypatch.context() as patched:
        patched.setattr(module, name, lambda *given: (asked.extend(given[-1]), whole(*given)))
        with snapshot(server.secret, 77):
            pass
    assert len(asked) > 8
    others = {"postgres": POSTGRES_OTHERS, "mysql": MYSQL_OTHERS}[server.engine]
    for left in asked:
        instead = others[left]

        def set_all_but_one(*given: Any, left: str = left, instead: Any = instead) -> None:
            whole(*given[:-1], {**given[-1], left: instead})

        monkeypatch.setattr(module, name, set_all_but_one)
        refused = refusal(server)
        assert refused.code == "E_BASE_SESSION"
        assert str(refused).startswith(f"{left}, "), left
        assert repr(str(instead)) in str(refused) or repr(instead) in str(refused), refused


POSTGRES_OTHERS = {
    "TimeZone": "America/Manaus",
    "DateStyle": "SQL, DMY",
    "client_encoding": "LATIN1",
    "standard_conforming_strings": "off",
    "quote_all_identifiers": "on",
    "row_security": "on",
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "5000",
    "transaction_timeout": "5000",
}
MYSQL_OTHERS = {
    "max_statement_time": 5,
    "max_execution_time": 5000,
    "system_versioning_asof": "2020-01-01 00:00:00.000000",
    "time_zone": "-03:00",
    "sql_mode": "ANSI_QUOTES",
    "sql_select_limit": 1000,
    "sql_big_selects": 0,
    "sql_auto_is_null": 1,
    "in_predicate_conversion_threshold": 1000,
    "character_set_client": "latin1",
    "character_set_results": "latin1",
    "collation_connection": "utf8mb4_unicode_ci",
    "lock_wait_timeout": 5,
    "net_write_timeout": 5,
    "wait_timeout": 5,
}


@POSTGRES
@pytest.mark.parametrize(
    "policies",
    [
        (),
        (f"CREATE POLICY so_do_dia ON transacoes FOR SELECT TO {READER} USING (data > '2026-01-01')",),
        ("CREATE POLICY todos ON transacoes USING (true)",),
    ],
)
def test_rows_hidden_by_a_policy_are_refused_by_its_name(server: Server, policies: tuple[str, ...]) -> None:
    server.insert(("F", "O1", "a", "A", DAY, 1))
    server.execute("ALTER TABLE transacoes ENABLE ROW LEVEL SECURITY", *policies)
    refused = refusal(server)
    assert refused.code == "E_BASE_SESSION"
    assert all(policy.split()[2] in str(refused) for policy in policies)
    server.execute(str(refused).split(": ")[-1].replace("usuário", READER))
    try:
        with snapshot(server.secret, 60) as base:
            assert keys(base.day_rows(DAY)) == ["O1"]
    finally:
        server.execute(f"ALTER ROLE {READER} NOBYPASSRLS")


@POSTGRES
def test_the_table_is_the_one_of_the_users_own_path_until_the_end(server: Server) -> None:
    """Neither a new table of that name nor a temporary one takes its place while it is read."""
    server.insert(("F", "O1", "a", "A", DAY, 1))
    server.execute(
        "DROP SCHEMA IF EXISTS own CASCADE", "DROP SCHEMA IF EXISTS early CASCADE", "CREATE SCHEMA own",
        "CREATE SCHEMA early", f"GRANT USAGE ON SCHEMA own, early TO {READER}",
        "CREATE TABLE own.transacoes (LIKE transacoes INCLUDING ALL)",
        f"INSERT INTO own.transacoes SELECT 'F', 'OWN', 'a', 'A', '{DAY}', 1",
        f"GRANT SELECT ON own.transacoes TO {READER}",
    )  # fmt: skip
    with set_for(server, f"ROLE {READER}", "search_path", 'early, "$user", own, public'):
        with snapshot(server.secret, 60) as base:
            server.execute(
                "CREATE TABLE early.transacoes (LIKE transacoes INCLUDING ALL)",
                f"GRANT SELECT ON early.transacoes TO {READER}",
            )
            assert keys(base.day_rows(DAY)) == ["OWN"]
            assert keys(base.rows_of(["OWN", "O1"])) == ["OWN"]
        with snapshot(server.secret, 60) as base:
            assert keys(base.day_rows(DAY)) == []
    server.execute("DROP SCHEMA own CASCADE", "DROP SCHEMA early CASCADE")
    with set_for(server, f"ROLE {READER}", "search_path", "'', public"), snapshot(server.secret, 60) as base:
        assert keys(base.day_rows(DAY)) == ["O1"]


@MYSQL
def test_a_transaction_that_did_not_begin_is_refused(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    from reconciliation.adapters.database.mysql import session  # noqa: PLC0415

    whole = session.execute
    for instead, named in (("DO 0", "transaction, "), ("START TRANSACTION", "transaction_read_only, ")):

        def execute(connection: Any, statement: str, *values: Any, instead: str = instead) -> Any:
            return whole(connection, instead if statement.startswith("START") else statement, *values)

        monkeypatch.setattr(session, "execute", execute)
        assert str(refusal(server)).startswith(named)
