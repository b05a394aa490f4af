"""A job that does not hear its cancel and wakes up after its run has ended: it writes nothing that counts."""

import json
import signal
import threading
import time
from datetime import date
from typing import Any

import pytest

from local.generated_day import GeneratedDay
from tests.faults.held import OUTPUT_JOB, hold, while_held
from tests.faults.invariants import watched
from tests.faults.reader import a_reader
from tests.faults.stack import OUTPUT, Hurt
from tests.waiting import eventually

pytestmark = pytest.mark.stack
DEADLINE_S = 10
DEAF = {"service": "glue", "do": "answer", "target": "BatchStopJobRun", "status": 200, "body": "{}"}


def test_a_job_that_sleeps_past_its_cancel_wakes_up_and_publishes_nothing(hurt: Hurt) -> None:
    """It is stopped on its way to PUBLISHING, and wakes up when the resume's result stands there."""
    day = GeneratedDay(2_000, date(2026, 5, 12))
    key = hurt.put(day)
    seen = watched(hurt, day)
    publishes = hold(rf"HEAD /{OUTPUT}/resumos/{day.reference_date}")
    failed = while_held(
        hurt, seen, {"s3_key": key}, publishes, lambda: hurt.driver(hurt.glue_run(OUTPUT_JOB)).kill()
    )
    given = hurt.resume_of(failed, deadline_s=DEADLINE_S)
    ended: list[dict[str, Any]] = []
    with hurt.faults(DEAF, publishes) as met:
        began = time.monotonic()
        run = threading.Thread(target=lambda: ended.append(seen.start(given)))
        run.start()
        eventually(lambda: met()[1], 60)
        sleeper = hurt.glue_run(OUTPUT_JOB)
        hurt.signal_run(sleeper, signal.SIGSTOP)
        run.join()
        assert time.monotonic() - began < DEADLINE_S + 60
        assert met()[0], "Glue was asked to stop it"
    assert (ended[0]["status"], ended[0]["error"]) == ("FAILED", "TIMEOUT"), ended
    cause = json.loads(ended[0]["cause"])
    assert cause["stage"] == "output"
    assert "não parou a tempo" in cause["message"]
    assert hurt.processes(sleeper), "it sleeps still"
    resumed = seen.start(hurt.resume_of(ended[0]))
    assert resumed["status"] == "SUCCEEDED", resumed
    with a_reader(seen):
        hurt.signal_run(sleeper, signal.SIGCONT)
        woken = hurt.end_of_glue_run(OUTPUT_JOB, sleeper)
    assert "LOCK_LOST: " in woken.get("ErrorMessage", ""), woken
    assert not hurt.processes(sleeper)
    assert seen.breaches(published=True) == []
    assert len(hurt.versions(OUTPUT, seen.key)) == 1
