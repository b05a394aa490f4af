"""SNS and CloudWatch silent or down: the run is what it is, and people are told later, once."""

import json
from datetime import date
from typing import Any

import pytest

from infra.functions import FINISH_RUN
from local.generated_day import GeneratedDay
from tests.faults.held import hold
from tests.faults.invariants import watched
from tests.faults.stack import INTERMEDIATE, Hurt
from tests.waiting import eventually

pytestmark = pytest.mark.stack
DOWN: list[dict[str, Any]] = [{"service": name, "do": "answer"} for name in ("sns", "monitoring")]
SILENT: dict[str, Any] = {"service": "sns", "do": "ignore", "times": 1}


def invoke(hurt: Hurt, name: str, given: dict[str, Any]) -> dict[str, Any]:
    answer = hurt.client("lambda").invoke(FunctionName=name, Payload=json.dumps(given).encode())
    return dict(json.loads(answer["Payload"].read()))


def watchdog(hurt: Hurt) -> list[str]:
    return list(invoke(hurt, "reconciliation-watchdog", {})["closed"])


def test_a_run_whose_alert_cannot_be_sent_is_a_success_and_is_told_later(hurt: Hurt) -> None:
    """SNS first says nothing at all: waited for as botocore does, FinishRun would be over before."""
    day = GeneratedDay(2_000, date(2026, 5, 4))
    key = hurt.put(day)
    seen = watched(hurt, day)
    with hurt.faults(SILENT, *DOWN) as met:
        ended = seen.start({"s3_key": key})
        assert ended["status"] == "SUCCEEDED", ended
        assert all(met()), "all were really asked"
        assert hurt.states_s(ended["executionArn"])["FinishRun"] < FINISH_RUN.timeout_s / 2
        assert watchdog(hurt) == [str(day.reference_date)], "it tries again, in vain"
        assert hurt.day_object(day.reference_date)["holder"] == ended["executionArn"]
        assert not hurt.alerts(json.loads(ended["output"])["job_id"])
    assert watchdog(hurt) == [str(day.reference_date)]
    assert watchdog(hurt) == []
    assert seen.breaches(published=True) == []


def test_a_timeout_that_cannot_be_told_is_told_later_as_the_timeout_that_it_was(hurt: Hurt) -> None:
    day = GeneratedDay(2_000, date(2026, 5, 5))
    key = hurt.put(day)
    seen = watched(hurt, day)
    with hurt.faults(*DOWN, hold(rf"PUT /{INTERMEDIATE}/.*partial\.parquet/.*part-")) as met:
        ended = seen.start({"s3_key": key, "deadline_s": 2})
        assert (ended["status"], ended["error"]) == ("FAILED", "TIMEOUT"), ended
        assert all(met()[: len(DOWN)])
        cause = json.loads(ended["cause"])
        assert not hurt.alerts(cause["job_id"])
    # the event of the failed execution may have told it already
    eventually(lambda: watchdog(hurt) == [] and not hurt.day_object(day.reference_date)["holder"])
    assert seen.breaches(published=False, deadline_s=2) == []
    checkpoint = hurt.json_at("reconciliation-checkpoints", f"{cause['job_id']}/checkpoint.json")
    assert checkpoint["status"] == "TIMEOUT"
    taken = invoke(hurt, "reconciliation-incident", {"dia": str(day.reference_date), "assumido_por": "ana"})
    assert (taken["estado"], taken["codigos"], taken["assumido_por"]) == ("aberto", {"TIMEOUT": 1}, "ana")
