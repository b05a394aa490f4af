"""The database locked, and crashed under the reader: no session is left, and a resume is right."""

import os
import signal
import threading
from datetime import date
from typing import Any

import psycopg2
import pytest

from local.generated_day import GeneratedDay
from local.postgres import READER
from tests.faults.invariants import watched
from tests.faults.looking import ask
from tests.faults.stack import Hurt
from tests.waiting import eventually

pytestmark = pytest.mark.stack
WAITING = (
    "select coalesce(max(pid), 0) from pg_stat_activity"
    f" where usename = '{READER}' and wait_event_type = 'Lock'"
)


def test_a_locked_table_costs_the_deadline_and_no_more(hurt: Hurt) -> None:
    day = GeneratedDay(2_000, date(2026, 5, 13))
    key = hurt.put(day)
    seen = watched(hurt, day)
    with psycopg2.connect(hurt.stack.base_database_url) as connection, connection.cursor() as cursor:
        cursor.execute("lock table transacoes in access exclusive mode")
        ended = seen.start({"s3_key": key, "deadline_s": 10})
        assert (ended["status"], ended["error"]) == ("FAILED", "TIMEOUT"), ended
        eventually(lambda: not ask(hurt, WAITING))
    assert seen.breaches(published=False, deadline_s=10) == []
    resumed = seen.start(hurt.resume_of(ended))
    assert resumed["status"] == "SUCCEEDED", resumed
    assert seen.breaches(published=True) == []


def test_a_database_that_crashes_under_the_reader(hurt: Hurt) -> None:
    """A server process killed with -9 takes all of PostgreSQL down; it recovers by itself."""
    day = GeneratedDay(2_000, date(2026, 5, 14))
    key = hurt.put(day)
    seen = watched(hurt, day)
    ended: list[dict[str, Any]] = []
    connection = psycopg2.connect(hurt.stack.base_database_url)
    with connection.cursor() as cursor:
        cursor.execute(
            "lock table transacoes in access exclusive mode"
        )  # holds the reader in its transaction
        run = threading.Thread(target=lambda: ended.append(seen.start({"s3_key": key})))
        run.start()
        os.kill(eventually(lambda: ask(hurt, WAITING), 60), signal.SIGKILL)
        run.join()
    with pytest.raises(psycopg2.OperationalError):
        connection.commit()  # ours was cut too: the whole server went down
    chain = [ended[0]]
    if ended[0]["status"] != "SUCCEEDED":
        assert ended[0]["error"] == "RDS_UNREACHABLE", ended
        chain.append(seen.start(hurt.resume_of(ended[0])))
    assert chain[-1]["status"] == "SUCCEEDED", chain
    assert seen.breaches(published=True) == []
