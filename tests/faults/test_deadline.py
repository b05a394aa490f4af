"""The deadline counts from the execution's start, whatever is under way; no run that ends earlier waits."""

import json
import time
from datetime import date
from typing import Any

import pytest

from local.generated_day import GeneratedDay
from tests.faults.invariants import watched
from tests.faults.stack import CHECKPOINTS, Hurt

pytestmark = pytest.mark.stack


def test_a_slow_inspection_ends_at_the_deadline(hurt: Hurt) -> None:
    day = GeneratedDay(2_000, date(2026, 5, 19))
    key = hurt.put(day)
    seen = watched(hurt, day)
    slow: dict[str, Any] = {
        "service": "s3", "do": "delay", "delay_s": 25, "target": f"GET /reconciliation-ingress/{key}",
    }  # fmt: skip
    with hurt.faults(slow) as met:
        began = time.monotonic()
        ended = seen.start({"s3_key": key, "deadline_s": 3})
        took_s = time.monotonic() - began
        assert met()[0] == 1
    assert (ended["status"], ended["error"]) == ("FAILED", "TIMEOUT"), ended
    assert took_s < 20, "it did not wait for the inspection"
    assert json.loads(ended["cause"])["stage"] == "validation"
    assert seen.breaches(published=False, deadline_s=3) == []
    resumed = seen.start(hurt.resume_of(ended))
    assert resumed["status"] == "SUCCEEDED", resumed
    assert seen.breaches(published=True) == []
    job_id = json.loads(ended["cause"])["job_id"]
    assert hurt.json_at(CHECKPOINTS, f"{job_id}/checkpoint.json")["progress"]["total_lines"] is None
    took_s = hurt.states_s(resumed["executionArn"])
    assert took_s["ReadTimer"] + took_s["StopTimer"] < 5, "the timer does not hold the run"
