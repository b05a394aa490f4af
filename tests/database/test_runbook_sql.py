"""The runbook's SQL: each block runs on its server as who its first line says, from where that line says."""

import re
from contextlib import closing

import psycopg2
import pymysql
import pytest

from reconciliation import advice, queries
from reconciliation.queries import PARAMETERS
from tests.database.asking import ask
from tests.database.conftest import DAY, Server
from tests.runbooks.pages import ADMINISTRATOR, OWNER, READER, Sql, pages, sql
from tests.waiting import eventually

ENGINES = ("postgres", "mysql")
DROP = {"postgres": "DROP INDEX idx_ordem_id", "mysql": "DROP INDEX idx_ordem_id ON transacoes"}
UNIQUE = {
    "postgres": "SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
    " WHERE c.relname = 'idx_ordem_id' AND i.indisunique AND i.indisvalid",
    "mysql": "SELECT count(*) FROM information_schema.statistics WHERE table_name = 'transacoes'"
    " AND index_name = 'idx_ordem_id' AND non_unique = 0",
}
READERS = [block for block in sql() if block.who == READER]


def of(server: Server, who: str) -> list[Sql]:
    return [block for block in sql() if server.engine in block.engines and block.who == who]


@pytest.mark.parametrize("block", READERS, ids=str)
def test_what_the_page_shows_is_what_the_function_asks(block: Sql) -> None:
    wanted = queries.wanted(block.event)
    assert wanted
    for engine in block.engines:
        asked = wanted.statement(engine, "transacoes")
        for value in wanted.values(has_moments=False):
            asked = asked.replace("%s", f"'{value}'", 1)
        assert block.statements == (" ".join(asked.split()),)
    assert wanted.given == {name: PARAMETERS[name].example for name in wanted.query.parameters}


def test_the_owners_blocks_name_the_function_that_does_it() -> None:
    assert [block.event for block in sql() if block.who == OWNER] == [{"acao": "criar_indices"}] * 2


@pytest.mark.stack
def test_the_owners_statements_run_and_make_the_index(server: Server) -> None:
    server.execute(DROP[server.engine])
    assert server.ask(UNIQUE[server.engine]) == 0
    statements = [text for block in of(server, OWNER) for text in block.statements]
    assert len(statements) >= 2
    server.execute(*statements)
    assert server.ask(UNIQUE[server.engine]) == 1


@pytest.mark.stack
def test_the_readers_blocks_are_answered_by_the_function(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.insert(("F", "ORD-12345", "Ana", "A", DAY, 1), ("F", "O2 ", "Bia", "A", "2026-02-15", 2))
    said = {block.event["consulta"]: ask(server, monkeypatch, block.event) for block in of(server, READER)}
    assert [(name, answer["mensagem"]) for name, answer in said.items() if not answer["ok"]] == []
    assert "ORD-12345" in str(said["ordem"]["linhas"])
    assert said["dia_na_base"]["linhas"] == [["2026-02-16", "1"]]
    assert "idx_ordem_id" in str(said["indices"]["linhas"])
    used = str(said["uso_do_indice"]["linhas"])  # newest MySQL tells a plan as a tree
    assert "idx_ordem_id" in used or (server.name, "Rows fetched before" in used) == ("mysql", True)
    assert said["chaves_repetidas"]["linhas"] == []


@pytest.mark.stack
def test_an_administrators_statements_end_the_session_that_blocks(server: Server) -> None:
    """RDS's own KILL stands on RDS alone (its guide, mysql-stored-proc-ending)."""
    own_id = {"postgres": "SELECT pg_backend_pid()", "mysql": "SELECT connection_id()"}[server.engine]
    (block,) = of(server, ADMINISTRATOR)
    with closing(server.connect()) as blocking, blocking.cursor() as cursor:
        cursor.execute(own_id)
        number = str(cursor.fetchone()[0])
        statements = (text.replace("1234", number) for text in block.statements)
        server.execute(*(re.sub(r"CALL mysql\.rds_kill\((\d+)\)", r"KILL \1", text) for text in statements))
        with pytest.raises((psycopg2.OperationalError, pymysql.Error)):
            eventually(lambda: cursor.execute(own_id) and False, 5)


@pytest.mark.parametrize("engine", ENGINES)
def test_the_page_looks_for_repeated_keys_as_the_alert_does(engine: str) -> None:
    wanted = advice.statement("find_repeated").rstrip(";")
    assert [block for block in sql() if engine in block.engines and wanted in block.statements]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_page_makes_the_date_index_as_the_alert_does(engine: str) -> None:
    page = pages()["2.3-falha-na-conciliacao.md"]
    made = advice.statement(f"{engine}.date_index", index=advice.DATE_INDEX)
    assert [part for part in made.split("; ") if f"`{part.rstrip(';')};`" not in page] == []
