"""local/aws/queues.py and functions.py: what a function fails on is tried again, kept, and offered again."""

import json
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto import mock_aws

from local.aws import functions
from local.aws.function_worker import Answer
from tests.local.conftest import Account
from tests.waiting import eventually


class Pool:
    """Fails so often, then works."""

    def __init__(self, failures: int) -> None:
        self.failures, self.calls = failures, 0

    def run(self, _function: Any, _body: bytes) -> tuple[Answer, str]:
        self.calls += 1
        return Answer(b"{}", is_error=self.calls <= self.failures), ""


@pytest.mark.parametrize(("failures", "calls", "kept"), [(0, 1, 0), (1, 2, 0), (2, 3, 0), (3, 3, 1)])
def test_an_asynchronous_event_is_tried_three_times_then_kept(
    monkeypatch: pytest.MonkeyPatch, failures: int, calls: int, kept: int
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setattr(functions.rights, "may", lambda *_: True)
    with mock_aws():
        sqs = boto3.client("sqs", functions.REGION)
        url = sqs.create_queue(QueueName="kept")["QueueUrl"]
        known = {
            "dead_letter_arn": "arn:aws:sqs:r:a:kept",
            "role": "any",
            "function_name": "any",
            "reserved_concurrency": None,
        }
        pool, function = Pool(failures), type("Function", (), known)
        functions.deliver(pool, function, b'{"n": 7}', retries_s=(0.01, 0.01))
        messages = sqs.receive_message(QueueUrl=url).get("Messages", [])
    assert (pool.calls, [json.loads(message["Body"]) for message in messages]) == (calls, [{"n": 7}] * kept)


def test_a_queues_message_is_offered_until_it_is_taken(account: Account) -> None:
    """The function fails until its bucket is there."""
    name, url = f"bucket-{uuid4().hex}", ""
    sqs = account.client("sqs")
    url = sqs.create_queue(QueueName=uuid4().hex)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    account.client("lambda").create_event_source_mapping(
        EventSourceArn=arn, FunctionName=account.recorder(name), BatchSize=1
    )
    sqs.send_message(QueueUrl=url, MessageBody="later")

    def left() -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(map(int, found.values()))

    assert left() == 1
    where = {"LocationConstraint": "sa-east-1"}
    account.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=where)
    eventually(lambda: left() == 0, limit_s=60)
    assert [event["Records"][0]["body"] for event in account.recorded(name)] == ["later"]


def test_a_queue_holds_messages_back_for_a_fifteenth_of_its_time(account: Account) -> None:
    sqs = account.client("sqs")
    url = sqs.create_queue(QueueName=uuid4().hex, Attributes={"DelaySeconds": "15"})["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="later")
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    (message,) = eventually(lambda: sqs.receive_message(QueueUrl=url).get("Messages"), limit_s=5)
    assert message["Body"] == "later"
