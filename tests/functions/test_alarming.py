"""The function that tells CloudWatch's alarms, on moto: what reaches people, what does not, what is kept."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from lambdas import alarms
from reconciliation.alert_texts import subject_of
from tests.functions.world import World

CHANGED = datetime(2026, 2, 16, 7, tzinfo=UTC)
RUN = "arn:aws:states:us-east-1:123456789012:execution:reconciliation-state-machine:JOB-20260216-000001-0a"


@pytest.fixture(autouse=True)
def _function(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarms, "context", lambda: world)


def message(kind: str, severity: str = "HIGH", **changed: Any) -> dict[str, Any]:
    """As the topic leaves it in the queue."""
    return {
        "AlarmName": f"reconciliation-{kind}", "AlarmDescription": f"[{severity}] O que houve (runbook 2.4).",
        "NewStateValue": "ALARM", "NewStateReason": "1 > 0", "StateChangeTime": CHANGED.isoformat(),
        "Trigger": {"Threshold": 960.0}, **changed,
    }  # fmt: skip


def hear(kind: str, severity: str = "HIGH", **changed: Any) -> list[str]:
    """Answers the ids of what was told."""
    body = json.dumps(message(kind, severity, **changed))
    return list(alarms.handler({"Records": [{"body": body}]}, None)["told"])


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


def test_one_that_ended_while_the_alarm_waited_is_told_once_its_alert_is_late(world: World) -> None:
    """Heard five minutes after the alarm rang: this end is younger, and its alert may be on its way.

    The alarm stays on, and rings for none of these again: the watchdog looks at every end.
    """
    ended(world, RUN, "FAILED", 3, ago=-1, told=False)
    ended(world, f"{RUN}-heard", "ABORTED", 3, ago=-1, told=True)
    minute = timedelta(minutes=1)
    assert world.alarming.hear(message("executions-failed"), CHANGED + 5 * minute) == []
    assert world.alarming.sweep(CHANGED + 5 * minute) == []
    assert world.alarming.sweep(CHANGED + 6 * minute) == ["JOB-20260216-000001-0a-ALARM"]
    assert world.alarming.sweep(CHANGED + 11 * minute) == []
    assert world.alarming.hear(message("executions-failed"), CHANGED + 11 * minute) == []
    (alert,) = world.alerts()
    assert (alert["codigo"], alert["dia"], alert["severidade"]) == ("ALARM", "2026-02-16", "HIGH")
    assert alert["incidente"] == {"id": "INC-20260216", "estado": "abre"}


def test_what_sns_does_not_take_of_an_end_is_looked_at_again(world: World) -> None:
    """Kept, it would come after the execution's own alert, and be untrue; noted, people be reminded of it."""
    ended(world, RUN, "ABORTED", 3, told=False)
    boto3.client("sns").delete_topic(TopicArn=world.settings.alerts_topic_arn)
    assert hear("executions-aborted") == []
    assert world.alarming.sweep(CHANGED + timedelta(minutes=9)) == []
    assert list(world.teller.marks.kept(CHANGED)) == []
    assert list(world.incidents.since(CHANGED)) == []
    assert world.alarming.sweep(CHANGED + timedelta(days=2)) == [], "nor after a day"


def test_any_other_alarm_is_an_alert_of_its_severity(world: World) -> None:
    dimensions = [{"name": "FunctionName", "value": "reconciliation-trigger"}]
    assert hear("trigger-errors", "CRITICAL", Trigger={"Threshold": 0.0, "Dimensions": dimensions}) == [
        "reconciliation-trigger-errors-20260216T070000-ALARM"
    ]
    (alert,) = world.alerts()
    assert (alert["severidade"], alert["playbook"]) == ("CRITICAL", "2.4")
    assert alert["mensagem"] == "O que houve"
    assert alert["incidente"] == {"id": "INC-reconciliation-trigger-errors", "estado": "abre"}


def test_an_alarm_that_stays_on_is_reminded_of_and_its_incident_ends_with_it(world: World) -> None:
    cloudwatch, name = boto3.client("cloudwatch"), "reconciliation-trigger-errors"
    cloudwatch.put_metric_alarm(
        AlarmName=name, AlarmDescription="[CRITICAL] O que houve (runbook 2.4).", Namespace="N",
        MetricName="M", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=0,
        ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="x")
    hear("trigger-errors", "CRITICAL")
    began, minute = datetime.now(UTC), timedelta(minutes=1)
    assert world.reminding.remind(began + 9 * minute) == []
    assert len(world.reminding.remind(began + 11 * minute)) == 1
    _, reminder = world.alerts()
    assert (reminder["codigo"], reminder["severidade"], reminder["playbook"]) == ("ALARM", "CRITICAL", "2.4")
    assert subject_of(reminder) == f"[CRITICAL] Lembrete: Conciliação {name} ALARM"
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="x")
    assert world.reminding.remind(began + 21 * minute) == []
    assert world.reminding.still_open(began) == []
    (ended,) = world.reminding.ended_since(began - minute)
    assert ended.ended
    assert ended.ended.by == "o alarme voltou ao normal"


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
