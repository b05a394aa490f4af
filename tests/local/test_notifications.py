"""local/aws/notifications.py and local/outbox.py: what people would have been told."""

import json
import urllib.request
from typing import Any
from uuid import uuid4

import pytest

from tests.local.conftest import Account, outbox
from tests.waiting import eventually

ATTRIBUTES = {"severidade": {"DataType": "String", "StringValue": "HIGH"}}


def lines_to(account: Account, destino: str) -> list[dict[str, Any]]:
    return [line for line in outbox(account.stack) if line["destino"] == destino]


def test_an_email_is_a_line_of_the_outbox(account: Account) -> None:
    sns, address = account.client("sns"), f"{uuid4().hex}@example.com"
    topic = sns.create_topic(Name=uuid4().hex)["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=address)
    message = json.dumps({"default": "{}", "email": "conciliação"})
    sns.publish(
        TopicArn=topic, Subject="Olá", Message=message, MessageStructure="json", MessageAttributes=ATTRIBUTES
    )
    assert lines_to(account, address) == [
        {
            "canal": "email",
            "destino": address,
            "assunto": "Olá",
            "corpo": "conciliação",
            "atributos": {"severidade": "HIGH"},
        }
    ]


@pytest.mark.parametrize("subject", ["two\nlines", "a\ttab", "x" * 101])
def test_a_subject_that_sns_refuses_is_refused(account: Account, subject: str) -> None:
    sns = account.client("sns")
    topic = sns.create_topic(Name=uuid4().hex)["TopicArn"]
    with pytest.raises(sns.exceptions.InvalidParameterException):
        sns.publish(TopicArn=topic, Subject=subject, Message="m")


def test_a_filter_policy_holds(account: Account) -> None:
    sns, address = account.client("sns"), f"{uuid4().hex}@example.com"
    topic = sns.create_topic(Name=uuid4().hex)["TopicArn"]
    policy = {"FilterPolicy": json.dumps({"severidade": ["CRITICAL"]})}
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=address, Attributes=policy)
    sns.publish(TopicArn=topic, Message="no", MessageAttributes=ATTRIBUTES)
    assert lines_to(account, address) == []


def test_a_function_gets_the_message_with_its_attributes(account: Account) -> None:
    sns, bucket = account.client("sns"), account.bucket()
    topic = sns.create_topic(Name=uuid4().hex)["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=account.recorder(bucket))
    message_id = sns.publish(TopicArn=topic, Message="text", MessageAttributes=ATTRIBUTES)["MessageId"]
    ((record,),) = [event["Records"] for event in eventually(lambda: account.recorded(bucket))]
    assert (record["Sns"]["Message"], record["Sns"]["MessageId"]) == ("text", message_id)
    assert record["Sns"]["TopicArn"] == topic
    assert record["Sns"]["MessageAttributes"] == {"severidade": {"Type": "String", "Value": "HIGH"}}


def test_a_queue_gets_a_message_as_it_is_where_its_policy_lets_sns_send(account: Account) -> None:
    """sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html"""
    sns, sqs = account.client("sns"), account.client("sqs")
    topic = sns.create_topic(Name=uuid4().hex)["TopicArn"]
    url = sqs.create_queue(QueueName=uuid4().hex)["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue, Attributes={"RawMessageDelivery": "true"})
    sns.publish(TopicArn=topic, Message="refused")
    allowed = {
        "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
        "Resource": queue, "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }  # fmt: skip
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Statement": [allowed]})})
    sns.publish(TopicArn=topic, Message="taken")
    assert [message["Body"] for message in sqs.receive_message(QueueUrl=url)["Messages"]] == ["taken"]


def test_what_is_posted_to_slack_is_a_line_of_the_outbox(account: Account) -> None:
    body = json.dumps({"text": "atenção", "channel": (channel := f"#{uuid4().hex}")}).encode()
    urllib.request.urlopen(account.stack.slack_webhook_url, data=body)
    (line,) = lines_to(account, channel)
    assert (line["canal"], line["corpo"]) == ("slack", "atenção")
