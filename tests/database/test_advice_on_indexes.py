"""The statements of a message that make an index: it is added beside what is there, and no row goes."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from local.postgres import READER
from reconciliation import wording
from reconciliation.adapters.database import preflight
from tests.database.awkward import AWKWARD, make, message, offered, run, seen
from tests.database.bases import refused, snapshot
from tests.database.conftest import DAY, POSTGRES, Server

pytestmark = pytest.mark.stack
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


@POSTGRES
@pytest.mark.parametrize("schema", ["outro", '"Outro"'])
def test_in_another_schema_the_index_goes_to_the_table_that_was_read(server: Server, schema: str) -> None:
    """On MySQL a schema is a database, and the secret names it."""
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
