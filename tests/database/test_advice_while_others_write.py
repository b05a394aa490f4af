"""While an index that a message advises is made, others write."""

import itertools
import threading
import time
from collections.abc import Callable
from contextlib import closing

import pytest

from reconciliation import advice
from tests.database.awkward import make, message, offered, run, seen
from tests.database.bases import refused
from tests.database.conftest import Server

pytestmark = pytest.mark.stack


class Attempt(threading.Thread):
    """A statement that another session runs meanwhile."""

    def __init__(self, server: Server, statement: str) -> None:
        super().__init__()
        self._server, self._statement = server, statement
        self.failure: Exception | None = None
        self.start()

    def run(self) -> None:
        try:
            run(self._server, self._statement)
        except Exception as exc:
            self.failure = exc


_WAITING = {
    "postgres": "pg_stat_activity WHERE query LIKE 'CREATE%INDEX%' AND wait_event_type = 'Lock'",
    "mysql": "information_schema.processlist WHERE state LIKE 'Waiting for table metadata lock'",
}


_GIVE_UP = {"postgres": "SET lock_timeout = '10s'", "mysql": "SET lock_wait_timeout = 10"}


def is_waiting(server: Server) -> bool:
    """Whether an index's statement waits for whoever writes."""
    return bool(server.ask(f"SELECT count(*) FROM {_WAITING[server.engine]}"))


_BUILDING = {
    "postgres": "SELECT count(*) FROM pg_stat_progress_create_index",
    "mysql": "SELECT count(*) FROM information_schema.processlist WHERE info LIKE 'ALTER TABLE transacoes%'",
}


def is_building(server: Server) -> bool:
    return bool(server.ask(_BUILDING[server.engine]))


def until(holds: Callable[[], bool]) -> None:
    """Raises AssertionError where it does not hold within a minute."""
    limit = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < limit
        time.sleep(0.02)


@pytest.mark.parametrize("which", ["unique_index", "date_index"])
def test_whoever_writes_is_not_kept_waiting(server: Server, which: str) -> None:
    make(server)
    statement = advice.statement(f"{server.engine}.{which}", index="novo")
    insert = "INSERT INTO transacoes (ordem_id, nome, valor) VALUES ('{}', 'w', 1)"
    with closing(server.connect()) as writer, writer.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(insert.format("open"))
        attempt = Attempt(server, statement.replace("lock_wait_timeout = 5", "lock_wait_timeout = 1"))
        until(lambda: is_waiting(server))
        server.execute(_GIVE_UP[server.engine], insert.format("meanwhile"))
        if server.engine == "mysql":
            # its own wait ends by the limit that comes before it, and all is as it was
            attempt.join(30)
            assert attempt.failure is not None
            assert attempt.failure.args[0] == 1205
            assert "novo" not in str(seen(server).definition)
        else:
            assert attempt.is_alive(), "it waits for the open transaction, alone"
        cursor.execute("COMMIT")
    attempt.join()
    if server.engine == "mysql":
        run(server, statement)
    after = seen(server)
    assert any("novo" in line and "INVALID" not in line for line in after.definition)
    assert after.rows.count(b"meanwhile") == after.rows.count(b"open") == 1


def test_rows_are_written_while_the_index_is_made(server: Server) -> None:
    """LOCK=NONE, and CONCURRENTLY, hold for the whole of a larger table."""
    server.fill(100_000)
    server.execute(
        {"postgres": "DROP INDEX idx_ordem_id", "mysql": "DROP INDEX idx_ordem_id ON transacoes"}[
            server.engine
        ]
    )
    attempt = Attempt(server, offered(f"{server.engine}.unique_index", message(server)))
    written = 0
    with closing(server.connect()) as connection, connection.cursor() as cursor:
        until(lambda: is_building(server) or not attempt.is_alive())
        for key in itertools.count():
            if not attempt.is_alive():
                break
            cursor.execute(f"INSERT INTO transacoes (ordem_id) VALUES ('W{key}')")
            written += is_building(server)
    assert attempt.failure is None
    assert written, "not one while it was being made"
    assert refused(server) is None
