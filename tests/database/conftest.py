"""A real PostgreSQL and a real MariaDB, each with an empty table for each test."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from local import postgres
from tests import mariadb
from tests.database.certificates import Certificates, issue

DAY = date(2026, 2, 16)
_TABLE = """
CREATE TABLE transacoes (fornecedor_id varchar(255), ordem_id varchar(255) NOT NULL, nome varchar(255),
                         ativo_id varchar(255), data date, valor numeric(18,2))
"""
_INDEXES = (
    "CREATE UNIQUE INDEX idx_ordem_id ON transacoes(ordem_id)",
    "CREATE INDEX idx_data ON transacoes(data)",
)


class Server:
    """A database as its owner sees it; `secret` is the reader's."""

    def __init__(self, secret: dict[str, Any], certificates: Certificates, connect: Any) -> None:
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
        series = {
            "postgres": f"generate_series(1, {rows}) AS s(n)",
            "mysql": f"(SELECT seq AS n FROM seq_1_to_{rows}) AS s",
        }[self.engine]
        self.execute(
            "INSERT INTO transacoes SELECT 'F', concat('K', n), repeat('x', 250), 'A', "
            f"'{DAY}', 1 FROM {series}"
        )


@pytest.fixture(scope="session", params=["postgres", "mysql"])
def started(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    certificates = issue(tmp_path_factory.mktemp("tls"))
    start = {"postgres": _postgres, "mysql": _mariadb}[request.param]
    yield from start(tmp_path_factory.mktemp(request.param), certificates)


@pytest.fixture
def server(started: Server) -> Server:
    started.execute("DROP TABLE IF EXISTS transacoes", _TABLE, *_INDEXES)
    if started.engine == "postgres":
        started.execute(f"GRANT SELECT ON transacoes TO {postgres.READER}")
    return started


def _postgres(folder: Path, certificates: Certificates) -> Iterator[Server]:
    database = postgres.start(folder)

    def connect() -> Any:
        connection = psycopg2.connect(database.owner_url)
        connection.autocommit = True
        return connection

    yield Server(database.reader, certificates, connect)
    database.stop()


def _mariadb(folder: Path, certificates: Certificates) -> Iterator[Server]:
    database = mariadb.start(
        folder, f"--ssl-cert={certificates.certificate}", f"--ssl-key={certificates.key}"
    )
    yield Server(database.reader, certificates, database.owner)
    database.stop()
