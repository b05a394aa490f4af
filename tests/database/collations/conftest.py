"""Orders of texts that PostgreSQL no longer has, as far as it knows.

The version that is recorded is changed by hand, as another operating system changes it: the server itself
warns of it then. Its own provider's collations have a version, too; the tests' binaries have no ICU, and of
the system's collations only C, which has none.
"""

from collections.abc import Iterator
from functools import partial

import pytest

from local.postgres import READER
from tests.database.bases import refused
from tests.database.conftest import ALTER, DAY, EMPTY, Server

DATABASE = "de outro sistema"
OWN = "pg_catalog.pg_c_utf8"
KEYS = 2_000
STATEMENTS = {"own": "postgres.refresh_collation", "moved": "postgres.refresh_database"}
OF_COLLATION = "UPDATE pg_collation SET collversion = {} WHERE collname = 'pg_c_utf8'"
OF_DATABASE = "UPDATE pg_database SET datcollversion = {} WHERE datname = current_database()"


@pytest.fixture
def own(server: Server) -> Iterator[Server]:
    """Its keys have a collation of their own, which is recorded in another version."""
    server.execute(f"{ALTER} ALTER ordem_id TYPE text COLLATE {OWN}", OF_COLLATION.format("'0.9'"))
    yield server
    server.execute(OF_COLLATION.format("'1'"))


@pytest.fixture
def moved(server: Server) -> Iterator[Server]:
    """A database whose default collation is recorded in another version."""
    server.execute(
        f'DROP DATABASE IF EXISTS "{DATABASE}"',
        f'CREATE DATABASE "{DATABASE}" TEMPLATE template0'
        " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'",
    )
    there = partial(server.connect, dbname=DATABASE)
    found = Server("postgres", {**server.secret, "dbname": DATABASE}, server.certificates, there)
    found.execute(*EMPTY, f"GRANT SELECT ON transacoes TO {READER}", OF_DATABASE.format("'0.9'"))
    yield found
    server.execute(f'DROP DATABASE "{DATABASE}"')


@pytest.fixture(params=["own", "moved"])
def outdated(request: pytest.FixtureRequest, server: Server) -> tuple[Server, str]:
    """And the statement that records the version anew."""
    assert server.name == "postgres"
    return request.getfixturevalue(request.param), STATEMENTS[request.param]


def refusal(server: Server) -> str:
    failure = refused(server)
    assert failure is not None
    assert failure.code == "E_BASE_NO_UNIQUE_INDEX"
    return str(failure)


@pytest.fixture
def beside(server: Server) -> Iterator[Server]:
    """Only the names have an order that changes; each name has a hundred rows, each date two hundred."""
    server.execute(
        f"{ALTER} ALTER nome TYPE text COLLATE {OWN}",
        f"INSERT INTO transacoes SELECT 'F', 'O' || n, 'n' || n % 20, 'A', date '{DAY}' + n / 200, n"
        f" FROM generate_series(0, {KEYS - 1}) n",
    )
    yield server
    server.execute(OF_COLLATION.format("'1'"))
