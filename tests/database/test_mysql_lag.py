"""How far MySQL and MariaDB say they are behind: 0 only where it is known, and that is seldom."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from types import TracebackType
from typing import Any

import pytest

from reconciliation.adapters.database.mysql.reading import lag_s
from tests.database.bases import keys, snapshot
from tests.database.conftest import MYSQL, Server

FOLLOWS = {
    "mysql": (
        "CHANGE REPLICATION SOURCE TO SOURCE_HOST = 'x' FOR CHANNEL 'a'",
        "RESET REPLICA ALL FOR CHANNEL 'a'",
    ),
    "mariadb": ("CHANGE MASTER 'a' TO MASTER_HOST = 'x', MASTER_USER = 'x'", "RESET REPLICA 'a' ALL"),
}
"""A channel that does not run, made and taken away."""


@pytest.fixture
def told(server: Server) -> Iterator[Server]:
    """Whose reader may ask."""
    right = {"mariadb": "REPLICA MONITOR", "mysql": "REPLICATION CLIENT"}[server.name]
    server.execute(f"GRANT {right} ON *.* TO 'reconciliation_ro'")
    yield server
    server.execute(f"REVOKE {right} ON *.* FROM 'reconciliation_ro'")


@contextmanager
def being(server: Server, made: str, undone: str) -> Iterator[None]:
    server.execute(made)
    try:
        yield
    finally:
        server.execute(undone)


def lag_of(server: Server) -> float | None:
    with snapshot(server.secret, 60) as base:
        found = base.session.lag_s()
        assert keys(base.day_rows(date(2026, 2, 16))) == [], "the snapshot goes on"
        return found


@pytest.mark.stack
@MYSQL
def test_who_may_only_select_is_not_told(server: Server) -> None:
    assert lag_of(server) is None


@pytest.mark.stack
@MYSQL
def test_the_one_that_is_written_to_is_behind_nobody(told: Server) -> None:
    assert lag_of(told) == 0.0


@pytest.mark.stack
@MYSQL
def test_one_that_follows_nobody_and_is_not_written_to_does_not_know(told: Server) -> None:
    """A replica whose following was taken away."""
    with being(told, "SET GLOBAL read_only = 1", "SET GLOBAL read_only = 0"):
        assert lag_of(told) is None


@pytest.mark.stack
@MYSQL
def test_a_channel_that_does_not_run_is_seen_whatever_its_name(told: Server) -> None:
    with being(told, *FOLLOWS[told.name]):
        assert lag_of(told) is None


class Answering:
    """A connection, and its cursor, of a server that says this of what it follows, and of itself."""

    def __init__(self, version: str, seconds: list[int | None], innodb_read_only: int) -> None:
        self._version, self._status = version, [("x", behind) for behind in seconds]
        self._itself = [(innodb_read_only, 0)]
        self.description = [("Channel_Name",), ("Seconds_Behind_Source",)]
        self._answer: list[tuple[Any, ...]] = []

    def get_server_info(self) -> str:
        return self._version

    def cursor(self) -> "Answering":
        return self

    def __enter__(self) -> "Answering":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        return None

    def execute(self, statement: str, _values: object = None) -> None:
        self._answer = self._status if statement.startswith("SHOW") else self._itself

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self._answer


@pytest.mark.parametrize(
    ("seconds", "innodb_read_only", "lag"),
    [
        ([7, 90, 0], 0, 90.0),
        ([7, None], 0, None),
        ([7], 0, 7.0),
        ([], 0, 0.0),
        ([], 1, None),  # a reader of Aurora: it follows by its storage, of which nothing is said here
        ([0], 1, None),  # and its writer's own row tells of the writer
    ],
)
def test_the_greatest_of_all_channels_counts(
    seconds: list[int | None], innodb_read_only: int, lag: float | None
) -> None:
    assert lag_s(Answering("8.4.11", seconds, innodb_read_only)) == lag
