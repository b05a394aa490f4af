"""`reconciliation-query` on real servers: it answers what is asked, shows only so much, and cannot write."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest

from reconciliation.access import querying
from reconciliation.adapters.database.limits import Limits
from reconciliation.queries import QUERIES, Query
from tests.database.asking import ask
from tests.database.awkward import make, seen
from tests.database.conftest import DAY, MYSQL, POSTGRES, Server
from tests.waiting import eventually

pytestmark = pytest.mark.stack

WRITES = {
    "postgres": (
        "INSERT INTO transacoes (ordem_id) VALUES ('w') RETURNING ordem_id",
        "WITH gone AS (DELETE FROM transacoes RETURNING *) SELECT * FROM gone",
        "SELECT escreve()",
        "SELECT 1; DELETE FROM transacoes",
    ),
    "mysql": (
        "INSERT INTO transacoes (ordem_id) VALUES ('w')",
        "DELETE FROM transacoes",
        "TRUNCATE transacoes",
        "CREATE TABLE outra (n int)",
        "SELECT 1; DELETE FROM transacoes",
    ),
}
WRITER = {
    "postgres": (
        "GRANT ALL ON transacoes TO {0}",
        "CREATE OR REPLACE FUNCTION escreve() RETURNS int LANGUAGE sql"
        " AS $$ DELETE FROM transacoes; SELECT 1 $$",
    ),
    "mysql": ("GRANT ALL ON conciliacao.* TO {0}@'%'",),
}
READER_AGAIN = {
    "postgres": ("DROP FUNCTION escreve", "REVOKE ALL ON transacoes FROM {0}"),
    "mysql": ("REVOKE ALL ON conciliacao.* FROM {0}@'%'", "GRANT SELECT ON conciliacao.* TO {0}@'%'"),
}


@pytest.fixture
def writer(server: Server) -> Iterator[Server]:
    """The secret's user may do anything to the table."""
    user = server.secret["username"]
    server.execute(*(statement.format(user) for statement in WRITER[server.engine]))
    yield server
    server.execute(*(statement.format(user) for statement in READER_AGAIN[server.engine]))


def stands_for(
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    statement: str,
    limits: Limits | None = None,
    *,
    of_rows: bool = False,
) -> dict[str, Any]:
    """What the function answers where its table had that statement."""
    monkeypatch.setitem(QUERIES, "outra", Query("outra", {server.engine: statement}, of_rows=of_rows))
    return ask(server, monkeypatch, {"consulta": "outra"}, limits)


@pytest.mark.parametrize("of_rows", [False, True])
def test_nothing_is_written_whatever_the_statement_and_the_user(
    writer: Server, monkeypatch: pytest.MonkeyPatch, of_rows: bool
) -> None:
    writer.insert(("F", "O1", "Ana", "A", DAY, 1))
    before = seen(writer)
    read = "SELECT ordem_id FROM transacoes"
    assert stands_for(writer, monkeypatch, read, of_rows=of_rows)["linhas"] == [["O1"]]
    for statement in WRITES[writer.engine]:
        assert not stands_for(writer, monkeypatch, statement, of_rows=of_rows)["ok"], statement
        assert seen(writer) == before, statement


def test_no_more_is_shown_than_the_limits_allow(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.fill(150)
    rows = stands_for(server, monkeypatch, "SELECT ordem_id FROM transacoes")
    assert (len(rows["linhas"]), rows["cortado"]) == (100, True)
    long = stands_for(server, monkeypatch, "SELECT repeat('x', 5000) AS longo FROM transacoes")
    assert (len(long["linhas"]), long["cortado"]) == (99, True)
    assert long["linhas"][0] == ["x" * 1000 + "…"]
    one = stands_for(server, monkeypatch, "SELECT 'x' AS um, NULL AS nada")
    assert (one["colunas"], one["linhas"], one["cortado"]) == (["um", "nada"], [["x", None]], False)


def test_a_statement_ends_in_time(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.fill(300)
    each = ("a", "b", "c", "d")
    endless = (
        f"SELECT count(*) FROM {', '.join(f'transacoes {name}' for name in each)}"
        f" WHERE concat({', '.join(f'{name}.ordem_id' for name in each)}) = 'x'"
    )
    assert stands_for(server, monkeypatch, endless, Limits(1))["codigo"] == "RDS_QUERY_TIMEOUT"


def test_values_are_as_the_server_writes_them(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    make(server)
    (row,) = ask(server, monkeypatch, {"consulta": "ordem", "ordem_id": "\tO3"})["linhas"]
    assert {"infinity", "NaN"} <= set(row) if server.engine == "postgres" else "0000-00-00" in row
    (row,) = ask(server, monkeypatch, {"consulta": "ordem", "ordem_id": "O1"})["linhas"]
    assert {"10.50", "Ação", str(DAY)} <= set(row)
    assert ask(server, monkeypatch, {"consulta": "ordem", "ordem_id": "' OR ''='"})["linhas"] == []


def test_what_a_message_offers_is_asked_by_name(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    make(server, "transacoes", "numeric(24,4)", "INSERT INTO {table} (ordem_id, valor) VALUES ('r', 10.505)")
    fractions = [row[0] for row in ask(server, monkeypatch, {"consulta": "valores_fora"})["linhas"]]
    assert "r" in fractions
    value = {"consulta": "linhas_com_valor", "valor": "10.505"}
    assert ask(server, monkeypatch, value)["linhas"] == [["r"]]
    assert len(ask(server, monkeypatch, {"consulta": "linhas_sem_chave"})["linhas"]) == 0
    for column, wrong in (("valor", "1,5"), ("data", "16/02/2026")):
        server.execute(
            f"ALTER TABLE transacoes DROP COLUMN {column} {'CASCADE' * (server.engine == 'postgres')}"
            if server.engine == "postgres" or column == "data"
            else "ALTER TABLE transacoes DROP COLUMN centavos, DROP COLUMN dobro, DROP COLUMN valor",
            f"ALTER TABLE transacoes ADD COLUMN {column} varchar(30)",
            f"INSERT INTO transacoes (ordem_id, {column}) VALUES ('wrong', '{wrong}')",
        )
        name = {"valor": "valores_em_texto", "data": "datas_em_texto"}[column]
        assert ask(server, monkeypatch, {"consulta": name})["linhas"] == [["wrong", wrong]]


def test_a_day_of_moments_is_the_days_in_sao_paulo(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = {"postgres": "ALTER data TYPE timestamptz", "mysql": "MODIFY data timestamp NULL"}[server.engine]
    zone = {"postgres": "SET TimeZone = 'UTC'", "mysql": "SET time_zone = '+00:00'"}[server.engine]
    moments = ("2026-02-16 02:59:59", "2026-02-16 03:00:00", "2026-02-17 02:59:59", "2026-02-17 03:00:00")
    rows = ", ".join(f"('O{n}', '{moment}')" for n, moment in enumerate(moments))
    server.execute(
        f"ALTER TABLE transacoes {kind}", zone, f"INSERT INTO transacoes (ordem_id, data) VALUES {rows}"
    )
    ((newest, count),) = ask(server, monkeypatch, {"consulta": "dia_na_base", "dia": str(DAY)})["linhas"]
    assert (newest[:19], count) == ("2026-02-17 03:00:00", "2")


def test_who_waits_is_seen_while_the_table_is_locked(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """The jobs' own read among them, which is of the same user."""
    lock = {
        "postgres": "LOCK TABLE transacoes IN ACCESS EXCLUSIVE MODE",
        "mysql": "LOCK TABLES transacoes WRITE",
    }
    waits = {"postgres": "Lock", "mysql": "Waiting for table metadata lock"}[server.engine]
    asked = Limits(60, lock_timeout_s=10)
    with ThreadPoolExecutor(1) as pool, closing(server.connect()) as other, other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(lock[server.engine])
        waiting = pool.submit(ask, server, monkeypatch, {"consulta": "ordem", "ordem_id": "O1"}, asked)
        seen_waiting = eventually(
            lambda: [
                row for row in ask(server, monkeypatch, {"consulta": "bloqueios"})["linhas"] if waits in row
            ],
            8,
        )
        assert seen_waiting
        cursor.execute({"postgres": "ROLLBACK", "mysql": "UNLOCK TABLES"}[server.engine])
        assert waiting.result()["ok"]


@POSTGRES
def test_who_has_the_table_is_seen_once_nobody_waits_any_more(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the operator comes: the run that waited is over, and the lock is still there."""
    with closing(server.connect()) as other, other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT pg_backend_pid()")
        holder = str(cursor.fetchone()[0])
        cursor.execute("LOCK TABLE transacoes IN ACCESS EXCLUSIVE MODE")
        answer = ask(server, monkeypatch, {"consulta": "bloqueios"})
        cursor.execute("ROLLBACK")
    assert [row[answer["colunas"].index("pid")] for row in answer["linhas"]] == [holder]


@MYSQL
def test_a_query_that_an_engine_lacks_is_said(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(querying, "session", lambda *_, **__: pytest.fail("it connected"))
    answer = ask(server, monkeypatch, {"consulta": "indices_incompletos"})
    assert (answer["ok"], answer["codigo"]) == (False, "INVALID_INPUT")
    assert "mysql" in answer["mensagem"]


def test_no_value_and_no_password_reaches_a_log(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    server.insert(("F", "ORD-1", "CANARIA", "A", DAY, 1))
    with caplog.at_level(logging.DEBUG):
        assert "CANARIA" in str(ask(server, monkeypatch, {"consulta": "ordem", "ordem_id": "ORD-1"}))
        refused = ask(server, monkeypatch, {"consulta": "ordem", "ordem_id": "ORD-1", "nome": "CANARIA"})
        wrong = ask(server, monkeypatch, {"consulta": "ordem", "ordem_id": "ORD-1"}, password="c4n4ry")
    assert (refused["codigo"], wrong["codigo"]) == ("INVALID_INPUT", "RDS_AUTH")
    assert "consulta=ordem codigo=None linhas=1" in caplog.text
    assert not [word for word in ("CANARIA", "ORD-1", "c4n4ry") if word in f"{caplog.text}{refused}{wrong}"]


def test_without_a_name_the_queries_are_listed(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = ask(server, monkeypatch)
    assert [row[0] for row in listed["linhas"]] == list(QUERIES)
    assert listed["ok"]
    assert server.engine in str(listed["linhas"])
