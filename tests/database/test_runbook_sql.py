"""The runbook's SQL, on both servers: every statement runs, and what it makes is what a run asks for."""

import pytest

from reconciliation import advice
from tests.database.conftest import Server
from tests.runbooks.pages import blocks, pages

pytestmark = pytest.mark.stack

LANGUAGE = {"postgres": "sql", "mysql": "mysql"}
DROP = {"postgres": "DROP INDEX idx_ordem_id", "mysql": "DROP INDEX idx_ordem_id ON transacoes"}
UNIQUE = {
    "postgres": "SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
    " WHERE c.relname = 'idx_ordem_id' AND i.indisunique AND i.indisvalid",
    "mysql": "SELECT count(*) FROM information_schema.statistics WHERE table_name = 'transacoes'"
    " AND index_name = 'idx_ordem_id' AND non_unique = 0",
}


def test_the_pages_statements_run_and_make_the_index(server: Server) -> None:
    server.execute(DROP[server.engine])
    assert server.ask(UNIQUE[server.engine]) == 0
    texts = [block.text for block in blocks(LANGUAGE[server.engine])]
    statements = [part for text in texts for part in text.split(";") if part.strip()]
    assert len(statements) >= 3
    server.execute(*statements)
    assert server.ask(UNIQUE[server.engine]) == 1


@pytest.mark.parametrize("language", ["sql", "mysql"])
def test_the_page_looks_for_repeated_keys_as_the_alert_does(language: str) -> None:
    wanted = advice.statement("find_repeated")
    assert [block for block in blocks(language) if wanted in " ".join(block.text.split())]


@pytest.mark.parametrize("engine", LANGUAGE)
def test_the_page_makes_the_date_index_as_the_alert_does(engine: str) -> None:
    page = pages()["2.3-falha-na-conciliacao.md"]
    made = advice.statement(f"{engine}.date_index", index=advice.DATE_INDEX)
    assert [part for part in made.split("; ") if f"`{part.rstrip(';')};`" not in page] == []
