"""The function that tells CloudWatch's alarms, on moto: what reaches people, what does not, what is kept."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from lambdas import alarms
from tests.functions.world import World

CHANGED = datetime(2026, 2, 16, 7, tzinfo=UTC)
RUN = "arn:aws:states:us-east-1:123456789012:execution:reconciliation-state-machine:JOB-20260216-000001-0a"


@pytest.fixture(autouse=True)
def _function(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarms, "context", lambda: world)


def hear(kind: str, severity: str = "HIGH", **changed: Any) -> list[str]:
    """The queue's message, as the topic leaves it there; answers the ids of what was told."""
    message = {
        "AlarmName": f"reconciliation-{kind}", "AlarmDescription": f"[{severity}] O que houve (runbook 2.4).",
        "NewStateValue": "ALARM", "NewStateReason": "1 > 0", "StateChangeTime": CHANGED.isoformat(),
        "Trigger": {"Threshold": 960.0}, **changed,
    }  # fmt: skip
    return list(alarms.handler({"Records": [{"body": json.dumps(message)}]}, None)["told"])


def ended(world: World, arn: str, status: str, minutes: float, *, ago: float = 2, told: bool) -> None:
    """An execution that took so long and was over so many minutes before the alarm."""
    stopped = CHANGED - timedelta(minutes=ago)
    world.executions.ended.append((arn, status, stopped - timedelta(minutes=minutes), stopped))
    if told:
        world.teller.marks.sent(arn, "an alert")


def test_a_run_out_of_time_is_told_by_its_own_alert_alone(world: World) -> None:
    """Before, its alarms told it thrice more: executions-failed, near and over the limit."""
    ended(world, RUN, "FAILED", 20.5, told=True)
    for kind in ("executions-failed", "near-limit", "over-limit"):
        assert hear(kind) == []
    assert world.alerts() == []


def test_an_execution_whose_alert_did_not_come_is_told_once(world: World) -> None:
    ended(world, RUN, "FAILED", 3, told=False)
    ended(world, f"{RUN}-before", "FAILED", 3, ago=16, told=False)
    ended(world, f"{RUN}-refused", "FAILED", 0.1, told=True)
    assert hear("executions-failed") == ["JOB-20260216-000001-0a-ALARM"]
    (alert,) = world.alerts()
    assert (alert["codigo"], alert["severidade"], alert["execution_arn"]) == ("ALARM", "HIGH", RUN)
    assert "nenhum alerta dela chegou" in alert["mensagem"]
    assert alert["proximo_comando"] == f"aws stepfunctions describe-execution --execution-arn {RUN}"


def test_any_other_alarm_is_an_alert_of_its_severity(world: World) -> None:
    dimensions = [{"name": "FunctionName", "value": "reconciliation-trigger"}]
    assert hear("trigger-errors", "CRITICAL", Trigger={"Threshold": 0.0, "Dimensions": dimensions}) == [
        "reconciliation-trigger-errors-20260216T070000-ALARM"
    ]
    (alert,) = world.alerts()
    assert (alert["severidade"], alert["playbook"]) == ("CRITICAL", "2.4")
    assert alert["mensagem"] == "O que houve"


def test_that_an_alarm_is_over_is_told_to_nobody(world: World) -> None:
    assert hear("trigger-errors", NewStateValue="OK") == []
    assert world.alerts() == []


def test_the_replays_failures_are_told_where_nothing_says_already_that_slack_is_away(world: World) -> None:
    cloudwatch = boto3.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="reconciliation-undelivered-alerts", Namespace="N", MetricName="M", Statistic="Sum",
        Period=60, EvaluationPeriods=1, Threshold=0, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    for state, told in (("ALARM", 0), ("OK", 1)):
        cloudwatch.set_alarm_state(
            AlarmName="reconciliation-undelivered-alerts", StateValue=state, StateReason="x"
        )
        assert len(hear("alert-replay-errors", "MEDIUM")) == told
    assert [alert["severidade"] for alert in world.alerts()] == ["MEDIUM"]


@pytest.mark.parametrize("changed", [{"AlarmName": None}, {"StateChangeTime": "yesterday"}])
def test_what_is_no_alarm_is_kept_in_the_queue(changed: dict[str, Any]) -> None:
    with pytest.raises((AttributeError, ValueError)):
        hear("trigger-errors", **changed)


def test_what_sns_does_not_take_is_kept(world: World) -> None:
    boto3.client("sns").delete_topic(TopicArn=world.settings.alerts_topic_arn)
    (alert_id,) = hear("trigger-errors")
    (kept,) = world.teller.marks.kept(CHANGED)
    assert kept.json()["body"]["id"] == alert_id
