"""Alarms say what no run says of itself, the dashboard shows a day at a glance, and alerts reach people."""

import json
import re

import pytest

from infra import functions as fn
from tests.infra.conftest import Synth
from tests.infra.template import Template
from tests.runbooks.pages import pages

WATCHED = (fn.TRIGGER, fn.PREPARE_RUN, fn.CLOSE_RUN, fn.FINISH_RUN, fn.WATCHDOG, fn.SLACK_NOTIFIER,
           fn.ALERT_REPLAY, fn.ROTATE_SECRET)  # fmt: skip
THRESHOLDS = {
    **{f"{spec.name}-errors": ("AWS/Lambda", "Errors", 0) for spec in WATCHED},
    "reconciliation-executions-failed": ("AWS/States", "ExecutionsFailed", 0),
    "reconciliation-executions-timed-out": ("AWS/States", "ExecutionsTimedOut", 0),
    "reconciliation-executions-aborted": ("AWS/States", "ExecutionsAborted", 0),
    "reconciliation-near-limit": ("Reconciliation", "ProcessingTime", 960),
    "reconciliation-over-limit": ("Reconciliation", "ProcessingTime", 1200),
    "reconciliation-nothing-published": ("Reconciliation", "SecondsOverdue", 43_200),
    "reconciliation-undelivered-alerts": (None, None, 0),
}
"""The rate is told by the run itself."""


def test_the_alarms_are_these_and_no_others(template: Template) -> None:
    alarms = template.of("AWS::CloudWatch::Alarm")
    assert {
        name: (alarm.get("Namespace"), alarm.get("MetricName"), alarm["Threshold"])
        for name, alarm in alarms.items()
    } == THRESHOLDS


def test_the_runbook_says_of_each_alarm_what_it_means(template: Template) -> None:
    _, _, section = pages()["README.md"].partition("### 1.2 Alarmes")
    first_columns = "".join(re.findall(r"^\|([^|]*)\|", section, re.MULTILINE))
    assert set(re.findall(r"`([^`]+)`", first_columns)) == set(template.of("AWS::CloudWatch::Alarm"))


def test_an_alarm_compares_as_the_run_does_and_tells_how_bad_it_is(template: Template) -> None:
    for name, alarm in template.of("AWS::CloudWatch::Alarm").items():
        assert alarm["ComparisonOperator"] == "GreaterThanThreshold", name
        missing = "breaching" if name == "reconciliation-nothing-published" else "notBreaching"
        assert alarm["TreatMissingData"] == missing, name
        assert alarm["AlarmActions"] == ["{reconciliation-alerts}"], name
        assert alarm["AlarmDescription"].startswith(("[CRITICAL] ", "[HIGH] ", "[MEDIUM] ")), name
        assert "(runbook " in alarm["AlarmDescription"], name


def test_the_limits_follow_the_deadline(synth: Synth) -> None:
    alarms = synth(deadline_s=600).of("AWS::CloudWatch::Alarm")
    assert [alarms[f"reconciliation-{name}-limit"]["Threshold"] for name in ("near", "over")] == [480, 600]


@pytest.mark.parametrize(
    "shown",
    [
        '"title":"Alarmes"', '"title":"Último dia"', "ProcessingTime", "etapa", "DivergenceRate",
        "média de 7 dias", "tipo_divergencia", "RejectedLines", "SecondsSincePublished",
        "ExecutionsSucceeded",
        "ReadLatency", "CPUUtilization", "DatabaseConnections", '"value":1200', '"value":10',
    ],
)  # fmt: skip
def test_the_dashboard_shows_a_day_at_a_glance(template: Template, shown: str) -> None:
    """Runbook 1.1: status, time against 20 minutes, rate against history, types, rejects, health."""
    body = template.of("AWS::CloudWatch::Dashboard")["Reconciliation-Dashboard"]["DashboardBody"]
    assert shown in body
    assert json.loads(body)["widgets"]


def test_slack_gets_everything_and_what_it_fails_on_is_kept_and_told_again(template: Template) -> None:
    (subscription,) = [
        item for item in template.of("AWS::SNS::Subscription").values() if item["Protocol"] == "lambda"
    ]
    assert subscription["Endpoint"] == "{reconciliation-slack-notifier}"
    assert "FilterPolicy" not in subscription
    notifier = template.of("AWS::Lambda::Function")["reconciliation-slack-notifier"]
    ((queue_id, queue),) = template.of("AWS::SQS::Queue").items()
    assert notifier["DeadLetterConfig"] == {"TargetArn": f"{{{queue_id}}}"}
    assert (queue["QueueName"], queue["MessageRetentionPeriod"]) == (
        "reconciliation-alerts-dead-letters", 14 * 86400,
    )  # fmt: skip
    (fed,) = template.of("AWS::Lambda::EventSourceMapping").values()
    assert (fed["FunctionName"], fed["EventSourceArn"], fed["BatchSize"]) == (
        "{reconciliation-alert-replay}", f"{{{queue_id}}}", 1,
    )  # fmt: skip
    replay = template.of("AWS::Lambda::Function")["reconciliation-alert-replay"]
    assert queue["VisibilityTimeout"] >= replay["Timeout"]


def test_functions_write_json(template: Template) -> None:
    formats = {
        name: item["LoggingConfig"]["LogFormat"]
        for name, item in template.of("AWS::Lambda::Function").items()
    }
    assert set(formats.values()) == {"JSON"}, formats
