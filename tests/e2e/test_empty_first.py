"""As s3fs uploads: an empty object, and the file over it before the empty one's run is over."""

import json
from datetime import date

import pytest

from local import results, verify
from local.generated_day import GeneratedDay
from tests.e2e.conftest import Operator
from tests.waiting import eventually

pytestmark = pytest.mark.stack


def told(operator: Operator, given: str) -> list[str]:
    """How each execution of that key ended."""
    step_functions = operator.client("stepfunctions")
    machine = step_functions.list_state_machines()["stateMachines"][0]["stateMachineArn"]
    found = step_functions.list_executions(stateMachineArn=machine)["executions"]
    described = [step_functions.describe_execution(executionArn=one["executionArn"]) for one in found]
    return sorted(
        one.get("error") or one["status"]
        for one in described
        if json.loads(one["input"]).get("s3_key") == given
    )


def test_the_file_over_an_empty_object_is_published(operator: Operator) -> None:
    day = GeneratedDay(1_000, date(2026, 7, 6))
    key, body = "2026-07-06/input.csv", operator.load(day)
    before = operator.executions()
    operator.upload("2026-07-06/", b"")
    operator.upload(f"{key}.tmp", b"half a file")
    operator.upload(key, b"")
    operator.newest(before + 1)
    # else the two could change places, and the empty one would come to a busy day
    eventually(lambda: bool(operator.objects("reconciliation-checkpoints", "days/2026-07-06")), limit_s=60)
    operator.upload(key, body)
    eventually(lambda: "SUCCEEDED" in told(operator, key), limit_s=240)
    ends = told(operator, key)
    assert ends in (["DAY_BUSY", "E_EMPTY", "SUCCEEDED"], ["E_EMPTY", "SUCCEEDED"]), ends
    assert operator.executions() == before + len(ends), "the folder and the companion started nothing"
    operator.client("lambda").invoke(FunctionName="reconciliation-watchdog", Payload=b"{}")
    assert told(operator, key) == ends
    found = results.published(operator.client("s3"), day.reference_date)
    assert verify.mistakes(found.frame, found.summary, day.expected(), day.reference_date) == []
    refused_keys = "".join(alert["corpo"] for alert in operator.on_slack("E_S3_KEY", limit_s=0.1))
    assert "2026-07-06/" not in refused_keys


def test_an_input_of_any_depth_is_refused_by_its_code(operator: Operator) -> None:
    """As deep as the local Step Functions takes it. The machine hands it to the functions as text."""
    value: object = "x"
    for _ in range(200):
        value = [value]
    ended = operator.end_of(operator.start({"s3_key": value}))
    assert (ended["status"], ended["error"]) == ("FAILED", "INVALID_INPUT")
    assert "32 níveis" in json.loads(ended["cause"])["message"]
