"""What a deployment is like before anybody has put, made or sent anything; a second one changes nothing."""

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from local.deploy import LEFT_OUT, NOT_JUDGED, deploy
from local.place import ACCOUNT, REGION
from local.stack import Stack
from reconciliation import runbook
from reconciliation.deployment import Deployment
from tests.deployed.asking import CREDENTIALS, NAME, Client, errors, first_checks, invoke, logged
from tests.waiting import eventually

pytestmark = pytest.mark.stack
WEBHOOKS = tuple(f"reconciliation-slack-{name}webhook" for name in ("", "engineering-", "oncall-"))
WATCHDOG, NOTIFIER = "reconciliation-watchdog", "reconciliation-slack-notifier"
ROTATION = "reconciliation-rotate-secret"
UNKNOWN_HERE = [
    "AWS::SecretsManager::RotationSchedule DatabaseRotation0D47EBD2",
    "AWS::QuickSight::Analysis Analysis",
]
"""Types of resources that the local stack does not make, each a line of what `make up` lists."""


def test_nothing_rings_right_after_a_deployment(stack: Stack, client: Client) -> None:
    """Nobody has put a webhook, made the user or sent a file yet, and an alarm's message comes all the same.

    The first test: the next one deploys again, and with that puts what a person puts.
    """
    secrets, functions = client("secretsmanager"), client("lambda")
    for name in WEBHOOKS:
        secrets.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
        secrets.create_secret(Name=name)
    secrets.delete_secret(SecretId=CREDENTIALS, ForceDeleteWithoutRecovery=True)
    nobody = {**stack.database, "username": "reconciliation_reader"}
    secrets.create_secret(Name=CREDENTIALS, SecretString=json.dumps(nobody), KmsKeyId="alias/reconciliation")
    topics = [item["TopicArn"] for item in client("sns").list_topics()["Topics"]]
    (topic,) = [arn for arn in topics if arn.endswith(":reconciliation-alerts")]
    alarm = {"AlarmName": "a", "AlarmDescription": "[CRITICAL] x", "StateChangeTime": "t"}
    client("sns").publish(TopicArn=topic, Message=json.dumps(alarm))
    rotation = functions.get_function(FunctionName=ROTATION)["Configuration"]["FunctionArn"]
    secrets.rotate_secret(SecretId=CREDENTIALS, RotationLambdaARN=rotation, RotateImmediately=False)
    usual = functions.get_function_configuration(FunctionName=WATCHDOG)["Environment"]["Variables"]
    every_day = json.dumps({"expected_by": ["mon-sun 00:00"], "checked_at": "00:00", "holidays": "none"})
    for variables in ({**usual, "CALENDAR": every_day}, usual):
        functions.update_function_configuration(FunctionName=WATCHDOG, Environment={"Variables": variables})
        told, _ = invoke(client, WATCHDOG)
        assert not any(told.values()), told
    eventually(lambda: "webhook_unset" in logged(client, NOTIFIER))
    assert "no_user_yet" in logged(client, ROTATION)
    assert errors(client) == 0
    queue = client("sqs").get_queue_url(QueueName="reconciliation-alerts-dead-letters")["QueueUrl"]
    assert "Messages" not in client("sqs").receive_message(QueueUrl=queue)
    assert client("cloudwatch").describe_alarms(StateValue="ALARM")["MetricAlarms"] == []
    *told, python = first_checks(stack)
    assert "python3.11" in python, "its mark is the calendar's"
    assert [line[0] for line in told] == ["✓", "·", "·", "·", "·", "✓", "·", "✓"], told
    assert "o banco recusa reconciliation_reader, que ainda não existe" in told[4]


def test_an_alerts_link_is_the_place_of_the_deployed_runbook(client: Client) -> None:
    """The watchdog of the test above put it there: by its own rights, with the account's number."""
    deployment = Deployment(region=REGION, account_id=ACCOUNT, suffix="")
    link = urlsplit(runbook.link(deployment, "RDS_AUTH"))
    assert link.hostname == f"{REGION}.console.aws.amazon.com"
    where = {"Bucket": link.path.rpartition("/")[2], "Key": parse_qs(link.query)["prefix"][0]}
    page = client("s3").get_object(**where)
    assert page["ContentType"] == "text/html; charset=utf-8"
    text = page["Body"].read().decode()
    assert f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:reconciliation-state-machine" in text
    assert 'location.hash = "rds_auth"' in text
    assert '<a id="rds_auth">' in text
    assert not set(re.findall(r"@[A-Z]+@", text))


def test_every_resource_is_there_and_a_second_deploy_changes_nothing(stack: Stack, client: Client) -> None:
    before = client("cloudformation").list_stack_resources(StackName=NAME)["StackResourceSummaries"]
    deploy(stack.endpoint, stack.directory, stack.database, stack.owner, stack.slack_webhook_url)
    after = client("cloudformation").list_stack_resources(StackName=NAME)["StackResourceSummaries"]
    assert [item["PhysicalResourceId"] for item in after] == [item["PhysicalResourceId"] for item in before]
    assert (stack.directory / "left-out.txt").read_text().splitlines() == [
        *UNKNOWN_HERE,
        NOT_JUDGED,
        *LEFT_OUT,
    ]
