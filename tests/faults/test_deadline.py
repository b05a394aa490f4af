"""The deadline counts from the execution's start, whatever is under way; no run that ends earlier waits."""

import json
import time
from datetime import date, datetime
from typing import Any

import pytest

from local.generated_day import GeneratedDay
from tests.faults.invariants import watched
from tests.faults.stack import CHECKPOINTS, Hurt

pytestmark = pytest.mark.stack


def states_s(hurt: Hurt, arn: str) -> dict[str, tuple[datetime, datetime]]:
    """When each task state was entered and left."""
    machine, entered, times = hurt.client("stepfunctions"), {}, {}
    pages = machine.get_paginator("get_execution_history").paginate(executionArn=arn)
    for event in (event for page in pages for event in page["events"]):
        if "stateEnteredEventDetails" in event:
            entered[event["stateEnteredEventDetails"]["name"]] = event["timestamp"]
        elif "stateExitedEventDetails" in event:
            name = event["stateExitedEventDetails"]["name"]
            times[name] = (entered[name], event["timestamp"])
    return times


def seconds(times: dict[str, tuple[datetime, datetime]], name: str) -> float:
    began, ended = times[name]
    return (ended - began).total_seconds()


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
    times = states_s(hurt, resumed["executionArn"])
    assert seconds(times, "ReadTimer") + seconds(times, "StopTimer") < 5, "the timer does not hold the run"
