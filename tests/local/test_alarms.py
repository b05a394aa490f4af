"""local/aws/alarms.py: an alarm of the API changes its state, and tells its topics of the change alone."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.cloudwatch.models import cloudwatch_backends
from moto.cloudwatch.responses import CloudWatchResponse

from local.aws import alarms, metrics
from local.place import ACCOUNT, REGION

ASKED = {
    "AlarmName": "a", "AlarmDescription": "[HIGH] o que houve", "Namespace": "N", "MetricName": "M",
    "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1,
    "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching",
}  # fmt: skip


class Watched:
    """A queue of the account hears of every state; the clock is moved by hand."""

    def __init__(self) -> None:
        self.cloudwatch, self.sqs = boto3.client("cloudwatch", REGION), boto3.client("sqs", REGION)
        sns = boto3.client("sns", REGION)
        self.topic, self.url = sns.create_topic(Name="t")["TopicArn"], self.queue("told")
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:told"
        sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=arn)
        self.now = datetime.now(UTC).replace(second=0, microsecond=0)

    def queue(self, name: str) -> str:
        return str(self.sqs.create_queue(QueueName=name)["QueueUrl"])

    def alarm(self, **others: Any) -> None:
        self.cloudwatch.put_metric_alarm(**{"AlarmActions": [self.topic], **ASKED, **others})

    def put(self, value: float) -> None:
        """A value of this minute."""
        metric = {"MetricName": "M", "Value": value, "Timestamp": self.now}
        self.cloudwatch.put_metric_data(Namespace="N", MetricData=[metric])

    def passed(self, minutes: int = 1) -> list[str]:
        """What was told of a minute, or of some, as `old → new`."""
        told: list[dict[str, Any]] = []
        for _ in range(minutes):
            self.now += timedelta(minutes=1)
            alarms.evaluate(cloudwatch_backends[ACCOUNT][REGION].alarms.values(), self.now)
            found = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages", [])
            told += [json.loads(json.loads(message["Body"])["Message"]) for message in found]
        assert {message["AlarmDescription"] for message in told} <= {ASKED["AlarmDescription"]}
        for message in told:
            assert message["Trigger"] == {
                "MetricName": "M", "Namespace": "N", "Dimensions": [], "Period": 60, "EvaluationPeriods": 1,
                "Threshold": message["Trigger"]["Threshold"],
            }  # fmt: skip
        return [f"{message['OldStateValue']} → {message['NewStateValue']}" for message in told]

    def state(self) -> str:
        (alarm,) = self.cloudwatch.describe_alarms()["MetricAlarms"]
        return str(alarm["StateValue"])


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setattr(CloudWatchResponse, "put_metric_alarm", CloudWatchResponse.put_metric_alarm)
    alarms.keep_rules()
    with mock_aws():
        yield Watched()


def test_an_alarm_is_raised_above_its_threshold_and_told_once(watched: Watched) -> None:
    watched.alarm()
    assert watched.state() == "INSUFFICIENT_DATA"
    watched.put(1)
    assert watched.passed() == [], "at the threshold"
    assert watched.state() == "OK"
    watched.put(1.5)
    assert watched.passed() == ["OK → ALARM"]
    watched.put(1.5)
    assert watched.passed(4) == [], "told already, and its end is told to nobody"
    assert watched.state() == "OK"


def test_each_state_has_its_own_actions(watched: Watched) -> None:
    quiet = {"AlarmActions": [], "TreatMissingData": "missing"}
    watched.alarm(**quiet, OKActions=[watched.topic], InsufficientDataActions=[watched.topic])
    watched.put(0)
    assert watched.passed() == ["INSUFFICIENT_DATA → OK"]
    watched.put(2)
    assert watched.passed(4) == ["ALARM → INSUFFICIENT_DATA"]


def test_a_changed_alarm_keeps_its_state(watched: Watched) -> None:
    watched.alarm()
    watched.put(2)
    assert watched.passed() == ["INSUFFICIENT_DATA → ALARM"]
    watched.alarm(Threshold=0)
    assert watched.state() == "ALARM"
    assert watched.passed() == []


def test_an_alarm_that_is_new_tells_nobody_while_it_warms_up(watched: Watched) -> None:
    warm_up = {"WarmUpPeriodDurationInMinutes": 5}
    watched.alarm(TreatMissingData="breaching", WarmUpConfiguration=warm_up)
    assert watched.passed(4) == []
    assert watched.passed(2) == ["INSUFFICIENT_DATA → ALARM"]


def test_an_alarm_that_is_not_known_here_is_refused(watched: Watched) -> None:
    with pytest.raises(ClientError, match="does not evaluate such an alarm"):
        watched.alarm(Statistic="Median")
    assert watched.cloudwatch.describe_alarms()["MetricAlarms"] == []


def test_messages_in_flight_are_counted_apart(watched: Watched) -> None:
    url = watched.queue("kept")
    for _ in range(3):
        watched.sqs.send_message(QueueUrl=url, MessageBody="m")
    watched.sqs.receive_message(QueueUrl=url, VisibilityTimeout=60)
    metrics.sample_queues()
    names = [f"ApproximateNumberOfMessages{kind}" for kind in ("Visible", "NotVisible")]
    found = [
        [datum.value for datum in metrics.series("AWS/SQS", name, {"QueueName": queue})]
        for queue in ("kept", "told")
        for name in names
    ]
    assert found == [[2], [1], [0], []], "of what is in flight only where something is"
