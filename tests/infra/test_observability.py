"""Alarms say what no run says of itself, the dashboard shows a day at a glance, and alerts reach people."""

import json
import re

import pytest

from infra import functions as fn
from reconciliation import alarms
from reconciliation.alarms import Alarm
from reconciliation.contract import TYPES
from reconciliation.deployment import Deployment
from reconciliation.errors import STAGES
from reconciliation.lifecycle.informing import ROUND
from tests.infra.conftest import Synth
from tests.infra.template import Template
from tests.runbooks.pages import pages

WATCHED = (fn.TRIGGER, fn.CLOSE_RUN, fn.WATCHDOG, fn.ALERT_REPLAY, fn.ALARMS, fn.ROTATE_SECRET)
"""What PrepareRun and FinishRun fail on, the execution's alert says; what the notifier fails on is kept."""
STRAIGHT = (
    "reconciliation-alarms-errors", "reconciliation-untold-alarms",
    "reconciliation-trigger-throttles", "reconciliation-trigger-events-dropped",
)  # fmt: skip
"""What would tell these is what fails, or lacks the same."""
DEPLOYMENT = Deployment(region="sa-east-1", account_id="123456789012", suffix="")
NOW = "2026-02-16T07:00:00.000+0000"
CHANGE = {"NewStateValue": "ALARM", "NewStateReason": "1 > 0", "StateChangeTime": NOW}
THRESHOLDS = {
    **{f"{spec.name}-errors": ("AWS/Lambda", "Errors", 0) for spec in WATCHED},
    "reconciliation-trigger-throttles": ("AWS/Lambda", "Throttles", 0),
    "reconciliation-trigger-events-dropped": ("AWS/Lambda", "AsyncEventsDropped", 0),
    "reconciliation-executions-failed": ("AWS/States", "ExecutionsFailed", 0),
    "reconciliation-executions-timed-out": ("AWS/States", "ExecutionsTimedOut", 0),
    "reconciliation-executions-aborted": ("AWS/States", "ExecutionsAborted", 0),
    "reconciliation-near-limit": ("Reconciliation", "ProcessingTime", 960),
    "reconciliation-over-limit": ("Reconciliation", "ProcessingTime", 1200),
    "reconciliation-nothing-published": ("Reconciliation", "SecondsOverdue", 43_200),
    "reconciliation-undelivered-alerts": (None, None, 0),
    "reconciliation-lost-alerts": ("AWS/Lambda", "DeadLetterErrors", 0),
    "reconciliation-untold-alarms": ("AWS/SQS", "ApproximateNumberOfMessagesVisible", 0),
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
        assert alarm["EvaluationWindow"] == {"SlidingWindow": {}}, name
        missing = "breaching" if name == "reconciliation-nothing-published" else "notBreaching"
        assert alarm["TreatMissingData"] == missing, name
        topic = "{reconciliation-alerts}" if name in STRAIGHT else "{reconciliation-alarms}"
        assert (alarm["AlarmActions"], alarm.get("OKActions")) == ([topic], None), name
        told = Alarm.of_message({**CHANGE, "AlarmName": name, **alarm}, DEPLOYMENT)
        assert told.failure.severity in ("CRITICAL", "HIGH", "MEDIUM"), name
        assert (
            f"[{told.failure.severity}] {told.sentence} (runbook {told.failure.playbook})."
            == (alarm["AlarmDescription"])
        )


def test_what_is_said_of_an_alarm_by_its_name_is_of_one_that_there_is(template: Template) -> None:
    known = {*alarms.OF_EXECUTIONS, *alarms.SAID_BY, *alarms.SAID_BY.values(), *alarms.LOGS}
    assert {f"reconciliation-{kind}" for kind in known} <= set(template.of("AWS::CloudWatch::Alarm"))
    assert set(alarms.LOGS.values()) <= set(template.of("AWS::Lambda::Function"))


def test_an_alarm_waits_five_minutes_and_what_nobody_can_tell_is_kept(template: Template) -> None:
    """Two hours of tries: SNS may be away for one. The queue takes them as the alarms' topic sends them."""
    queue = template.of("AWS::SQS::Queue")["reconciliation-alarms"]
    assert (queue["DelaySeconds"], queue["VisibilityTimeout"]) == (300, 300)
    assert queue["RedrivePolicy"] == {
        "deadLetterTargetArn": "{reconciliation-alarms-dead-letters}", "maxReceiveCount": 24,
    }  # fmt: skip
    (told,) = [one for one in template.of("AWS::SNS::Subscription").values() if one["Protocol"] == "sqs"]
    assert told == {
        "Protocol": "sqs", "RawMessageDelivery": True, "TopicArn": "{reconciliation-alarms}",
        "Endpoint": "{reconciliation-alarms}",
    }  # fmt: skip
    fed = {item["FunctionName"]: item for item in template.of("AWS::Lambda::EventSourceMapping").values()}
    assert fed["{reconciliation-alarms}"]["EventSourceArn"] == "{reconciliation-alarms}"


def test_the_limits_follow_the_deadline(synth: Synth) -> None:
    alarms = synth(deadline_s=600).of("AWS::CloudWatch::Alarm")
    assert [alarms[f"reconciliation-{name}-limit"]["Threshold"] for name in ("near", "over")] == [480, 600]


@pytest.mark.parametrize(
    "shown",
    [
        '"title":"Alarmes"', '"title":"Último dia"', "ProcessingTime", "DivergenceRate",
        "média de 7 dias", "RejectedLines", '"start":"-P14D"', '"periodOverride":"inherit"',
        '["Reconciliation","SecondsSincePublished",{"stat":"Maximum"}]',
        '["Reconciliation","SecondsOverdue",{"stat":"Maximum"}]', '"value":43200',
        *(f'["Reconciliation","ProcessingTime","etapa","{stage}",{{"label":"{stage}","period":86400,'
          for stage in STAGES),
        *(f'["Reconciliation","Divergences","tipo_divergencia","{kind}",{{"label":"{kind}","period":86400,'
          for kind in TYPES),
        *(f'["Reconciliation","DivergenceValue","tipo_divergencia","{kind}",{{"label":"{kind}","period":86400,'
          for kind in TYPES),
        '["Reconciliation","DivergenceValue",{"label":"valor (R$)"',
        '["Reconciliation","UsualDivergenceRate"',
        "ExecutionsSucceeded",
        "ReadLatency", "CPUUtilization", "DatabaseConnections", '"value":1200', '"value":10',
    ],
)  # fmt: skip
def test_the_dashboard_shows_a_day_at_a_glance(template: Template, shown: str) -> None:
    """Runbook 1.1: status, time against 20 minutes, rate against history, types, rejects, health."""
    body = template.of("AWS::CloudWatch::Dashboard")["Reconciliation-Dashboard"]["DashboardBody"]
    assert shown in body
    assert json.loads(body)["widgets"]
    assert "job_id" not in body, "a job is one dot"


def test_slack_gets_everything_and_what_it_fails_on_is_kept_and_told_again(template: Template) -> None:
    (subscription,) = [
        item for item in template.of("AWS::SNS::Subscription").values() if item["Protocol"] == "lambda"
    ]
    assert subscription["Endpoint"] == "{reconciliation-slack-notifier}"
    assert "FilterPolicy" not in subscription
    notifier = template.of("AWS::Lambda::Function")["reconciliation-slack-notifier"]
    queue_id = "reconciliation-alerts-dead-letters"
    queue = template.of("AWS::SQS::Queue")[queue_id]
    assert notifier["DeadLetterConfig"] == {"TargetArn": f"{{{queue_id}}}"}
    assert (queue["QueueName"], queue["MessageRetentionPeriod"]) == (
        "reconciliation-alerts-dead-letters", 14 * 86400,
    )  # fmt: skip
    mappings = template.of("AWS::Lambda::EventSourceMapping").values()
    (fed,) = [one for one in mappings if one["FunctionName"] == "{reconciliation-alert-replay}"]
    assert (fed["EventSourceArn"], fed["BatchSize"]) == (f"{{{queue_id}}}", 1)
    replay = template.of("AWS::Lambda::Function")["reconciliation-alert-replay"]
    assert queue["VisibilityTimeout"] >= replay["Timeout"]


def test_functions_write_json(template: Template) -> None:
    formats = {
        name: item["LoggingConfig"]["LogFormat"]
        for name, item in template.of("AWS::Lambda::Function").items()
    }
    assert set(formats.values()) == {"JSON"}, formats


def test_the_watchdog_comes_as_often_as_the_business_area_s_message_counts_on(template: Template) -> None:
    rule = template.of("AWS::Events::Rule")["reconciliation-watchdog"]
    assert rule["ScheduleExpression"] == f"rate({ROUND.total_seconds() / 60:g} minutes)"
