"""A real PostgreSQL, MariaDB and MySQL, each with an empty table for each test; and poolers."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from local import postgres
from tests.database.certificates import Certificates, issue
from tests.servers import mariadb, mysql, pgbouncer
from tests.servers.family import Database
from tests.servers.memory import quick_folder
from tests.servers.prepared import prepared

DAY = date(2026, 2, 16)
ALTER = "ALTER TABLE transacoes"
POSTGRES, MYSQL, MARIADB = (
    pytest.mark.parametrize("started", servers, indirect=True)
    for servers in (["postgres"], ["mariadb", "mysql"], ["mariadb"])
)
"""Marks of a test that is of these servers alone."""
_TABLE = """
CREATE TABLE transacoes (fornecedor_id varchar(255), ordem_id varchar(255) NOT NULL, nome varchar(255),
                         ativo_id varchar(255), data date, valor numeric(18,2))
"""
EMPTY = (
    _TABLE,
    "CREATE UNIQUE INDEX idx_ordem_id ON transacoes(ordem_id)",
    "CREATE INDEX idx_data ON transacoes(data)",
)


_SERIES = """
WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {}) SELECT n FROM s
"""
_DEEP = {
    "postgres": (),
    "mariadb": ("SET max_recursive_iterations = 10000000",),
    "mysql": ("SET cte_max_recursion_depth = 10000000",),
}


class Server:
    """A database as its owner sees it; `secret` is the reader's, whose `engine` two of them share."""

    def __init__(self, name: str, secret: dict[str, Any], certificates: Certificates, connect: Any) -> None:
        self.name = name
        self.engine = secret["engine"]
        self.secret = secret
        self.certificates = certificates
        self.connect = connect

    def execute(self, *statements: str) -> None:
        connection = self.connect()
        try:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
        finally:
            connection.close()

    def insert(self, *rows: tuple[Any, ...]) -> None:
        connection = self.connect()
        with connection.cursor() as cursor:
            cursor.executemany("INSERT INTO transacoes VALUES (%s, %s, %s, %s, %s, %s)", rows)
        connection.close()

    def ask(self, query: str) -> Any:
        connection = self.connect()
        with connection.cursor() as cursor:
            cursor.execute(query)
            answer = cursor.fetchone()[0]
        connection.close()
        return answer

    def fill(self, rows: int) -> None:
        """Wide rows of the day: more than what the sockets and queues on the way hold."""
        series = _SERIES.format(rows)
        self.execute(
            *_DEEP[self.name],
            "INSERT INTO transacoes SELECT 'F', concat('K', n), repeat('x', 250), 'A', "
            f"DATE '{DAY}', 1 FROM ({series}) AS s",
        )


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Server]]:
    """By name, each started once, when it is first asked for."""
    certificates = issue(tmp_path_factory.mktemp("tls"))
    start = {"postgres": _postgres, "mariadb": _mariadb, "mysql": _mysql}
    with ExitStack() as running:

        @cache
        def named(name: str) -> Server:
            return start[name](tmp_path_factory.mktemp(name), certificates, running)

        yield named


@pytest.fixture(scope="session", params=["postgres", "mariadb", "mysql"])
def started(request: pytest.FixtureRequest, servers: Callable[[str], Server]) -> Server:
    return servers(request.param)


Pooled = Callable[..., dict[str, Any]]


@pytest.fixture
def server(started: Server) -> Server:
    if started.engine == "postgres":  # what other tests left would be a namesake elsewhere
        started.execute('DROP SCHEMA IF EXISTS outro, "Outro", copia CASCADE')
    started.execute("DROP TABLE IF EXISTS transacoes", *EMPTY)
    if started.engine == "postgres":
        started.execute(f"GRANT SELECT ON transacoes TO {postgres.READER}")
    return started


@pytest.fixture
def pooler(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pooled]:
    """Starts a PgBouncer before PostgreSQL, which ignores these startup parameters; answers its secret."""
    with ExitStack() as running:

        def start(mode: pgbouncer.Mode, ignore: str = "", **others: str) -> dict[str, Any]:
            folder = tmp_path_factory.mktemp("pooler")
            before = pgbouncer.start(folder, server.secret, mode, ignore, **others)
            running.callback(before.stop)
            return before.secret

        yield start


def _postgres(folder: Path, certificates: Certificates, running: ExitStack) -> Server:
    database = prepared(postgres.start(folder))
    running.callback(database.stop)

    def connect(**instead: Any) -> Any:
        connection = psycopg2.connect(database.owner_url, **instead)
        connection.autocommit = True
        return connection

    return Server("postgres", database.reader, certificates, connect)


def _mariadb(folder: Path, certificates: Certificates, running: ExitStack) -> Server:
    quick = running.enter_context(quick_folder(folder))
    return _of_family("mariadb", mariadb.start(quick, *_with(certificates)), certificates, running)


def _mysql(folder: Path, certificates: Certificates, running: ExitStack) -> Server:
    quick = running.enter_context(quick_folder(folder))
    return _of_family("mysql", mysql.start(quick, *_with(certificates)), certificates, running)


def _of_family(name: str, database: Database, certificates: Certificates, running: ExitStack) -> Server:
    running.callback(database.stop)
    return Server(name, database.reader, certificates, database.owner)


def _with(certificates: Certificates) -> tuple[str, str]:
    return f"--ssl-cert={certificates.certificate}", f"--ssl-key={certificates.key}"
