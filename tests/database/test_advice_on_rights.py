"""The statements of a message that give a right: to the reader alone, and the table is as it was."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from local.postgres import READER
from reconciliation.errors import ReconciliationError
from tests.database.awkward import make, message, offered, run, seen
from tests.database.bases import refused
from tests.database.conftest import POSTGRES, Server

pytestmark = pytest.mark.stack


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


@POSTGRES
@pytest.mark.parametrize("schema", ["outro", '"Outro"'])
def test_a_schema_is_opened_and_sought(server: Server, schema: str) -> None:
    """On MySQL a schema is a database, and the secret names it."""
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
