"""The template, unmodified, in the local stack: one test for each thing CloudFormation is taught there."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from infra import synth
from local.deploy import LEFT_OUT, Account, DeployError, deploy
from local.place import REGION
from local.stack import Stack, running_stack

pytestmark = pytest.mark.stack
Client = Callable[[str], Any]
NAME = "Reconciliation"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running_stack(tmp_path_factory.mktemp("stack")) as stack:
        yield stack


@pytest.fixture(scope="module")
def client(stack: Stack) -> Client:
    session = boto3.Session("local", "local", region_name=REGION)
    return lambda service: session.client(service, endpoint_url=stack.endpoint)


def test_every_resource_is_there_and_a_second_deploy_changes_nothing(stack: Stack, client: Client) -> None:
    before = client("cloudformation").list_stack_resources(StackName=NAME)["StackResourceSummaries"]
    deploy(stack.endpoint, stack.directory, stack.database, stack.slack_webhook_url)
    after = client("cloudformation").list_stack_resources(StackName=NAME)["StackResourceSummaries"]
    assert [item["PhysicalResourceId"] for item in after] == [item["PhysicalResourceId"] for item in before]
    assert (stack.directory / "left-out.txt").read_text().splitlines() == list(LEFT_OUT)


def test_a_bucket_has_versions_its_life_cycle_and_its_event(client: Client) -> None:
    s3, bucket = client("s3"), "reconciliation-ingress"
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 90}
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]["BlockPublicAcls"]
    (wanted,) = s3.get_bucket_notification_configuration(Bucket=bucket)["LambdaFunctionConfigurations"]
    assert wanted["LambdaFunctionArn"].endswith(":function:reconciliation-trigger")


def test_a_conditional_bucket_policy_is_dropped(client: Client) -> None:
    """Enforced without its condition, "no plain HTTP" would be "nobody"."""
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        client("s3").get_bucket_policy(Bucket="reconciliation-output")


def test_the_definition_is_filled(client: Client) -> None:
    (machine,) = client("stepfunctions").list_state_machines()["stateMachines"]
    found = client("stepfunctions").describe_state_machine(stateMachineArn=machine["stateMachineArn"])
    assert "${" not in found["definition"]
    assert ":function:reconciliation-prepare-run" in found["definition"]


def test_the_secrets_have_what_a_person_puts(stack: Stack, client: Client) -> None:
    read = client("secretsmanager").get_secret_value
    assert json.loads(read(SecretId="reconciliation-rds-credentials")["SecretString"]) == stack.database
    assert read(SecretId="reconciliation-slack-webhook")["SecretString"] == stack.slack_webhook_url


def test_subscriptions_have_their_filters(client: Client) -> None:
    sns = client("sns")
    arns = {item["Endpoint"]: item["SubscriptionArn"] for item in sns.list_subscriptions()["Subscriptions"]}
    attributes = sns.get_subscription_attributes(SubscriptionArn=arns["po-conciliacao@empresa.com"])
    assert json.loads(attributes["Attributes"]["FilterPolicy"]) == {"severidade": ["CRITICAL"]}
    (topic,) = sns.list_topics()["Topics"]
    policy = sns.get_topic_attributes(TopicArn=topic["TopicArn"])["Attributes"]["Policy"]
    assert "cloudwatch.amazonaws.com" in policy


def test_the_jobs_point_at_what_was_uploaded(client: Client) -> None:
    job = client("glue").get_job(JobName="reconciliation-job")["Job"]
    assert job["Connections"] == {"Connections": ["reconciliation-network"]}
    addresses = [
        job["Command"]["ScriptLocation"],
        job["DefaultArguments"]["--extra-py-files"],
        job["DefaultArguments"]["--additional-python-modules"],
    ]
    for address in addresses:
        bucket, key = address.removeprefix("s3://").split("/", 1)
        assert client("s3").head_object(Bucket=bucket, Key=key)["ContentLength"] > 0
    assert client("glue").get_connection(Name="reconciliation-network")["Connection"]


def test_the_divergences_are_a_table_with_a_workgroup(client: Client) -> None:
    table = client("glue").get_table(DatabaseName="reconciliation", Name="divergencias")["Table"]
    assert table["Parameters"]["storage.location.template"] == "s3://reconciliation-output/${dia}/"
    assert client("athena").get_work_group(WorkGroup="reconciliation")["WorkGroup"]["State"] == "ENABLED"


def test_alarms_and_the_database_are_there(client: Client) -> None:
    alarms = client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert "reconciliation-trigger-errors" in {alarm["AlarmName"] for alarm in alarms}
    assert all(alarm["AlarmActions"] for alarm in alarms)
    (database,) = client("rds").describe_db_instances()["DBInstances"]
    assert database["DBInstanceIdentifier"] == "reconciliation-db"


def test_glue_sg_lets_workers_speak(client: Client) -> None:
    """Runbook 2.3."""
    named = [{"Name": "group-name", "Values": ["glue-sg"]}]
    (group,) = client("ec2").describe_security_groups(Filters=named)["SecurityGroups"]
    for direction in ("IpPermissions", "IpPermissionsEgress"):
        peers = [pair["GroupId"] for rule in group[direction] for pair in rule["UserIdGroupPairs"]]
        assert group["GroupId"] in peers


def test_a_changed_template_changes_what_runs(stack: Stack, client: Client) -> None:
    with synth.assembly() as out:
        template = json.loads((out / f"{NAME}.template.json").read_text())
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Glue::Job":
            resource["Properties"]["DefaultArguments"]["--changed"] = "yes"
        if resource["Type"] == "AWS::StepFunctions::StateMachine":
            text = resource["Properties"]["DefinitionString"]
            resource["Properties"]["DefinitionString"] = text.replace("One reconciliation day", "Changed")
    Account(stack.endpoint).create_or_update(NAME, json.dumps(template))
    job = client("glue").get_job(JobName="reconciliation-output-job")["Job"]
    assert job["DefaultArguments"]["--changed"] == "yes"
    (machine,) = client("stepfunctions").list_state_machines()["stateMachines"]
    found = client("stepfunctions").describe_state_machine(stateMachineArn=machine["stateMachineArn"])
    assert '"Comment": "Changed' in found["definition"]
    assert "${" not in found["definition"]


def test_what_does_not_deploy_is_one_sentence(stack: Stack) -> None:
    broken = {"Resources": {"Job": {"Type": "AWS::Glue::Job", "Properties": {"Name": "x", "Rol": "y"}}}}
    with pytest.raises(DeployError, match=r"was not deployed: AWS::Glue::Job: .*Rol"):
        Account(stack.endpoint).create_or_update("Broken", json.dumps(broken))
