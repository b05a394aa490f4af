"""local/deploy.py, local/aws/cloudformation_stacks.py: a first deployment that fails, and its repetition."""

import json
from collections.abc import Iterator

import pytest
from moto.cloudformation.exceptions import ValidationError

from infra import synth
from local import deploy
from local.aws import cloudformation
from local.aws.cloudformation_types import Made
from local.deploy import DeployError
from tests.local.conftest import Account

NAME = "Reconciliation"
TAKEN = "reconciliation-output-job"
NAMED = (
    ("s3", "list_buckets", "Buckets", "Name"),
    ("lambda", "list_functions", "Functions", "FunctionName"),
    ("iam", "list_roles", "Roles", "RoleName"),
    ("glue", "get_jobs", "Jobs", "Name"),
    ("glue", "get_databases", "DatabaseList", "Name"),
    ("glue", "get_connections", "ConnectionList", "Name"),
    ("stepfunctions", "list_state_machines", "stateMachines", "name"),
    ("secretsmanager", "list_secrets", "SecretList", "Name"),
    ("sns", "list_topics", "Topics", "TopicArn"),
    ("cloudwatch", "describe_alarms", "MetricAlarms", "AlarmName"),
    ("events", "list_rules", "Rules", "Name"),
    ("athena", "list_work_groups", "WorkGroups", "Name"),
    ("rds", "describe_db_instances", "DBInstances", "DBInstanceIdentifier"),
    ("ec2", "describe_vpcs", "Vpcs", "VpcId"),
    ("ec2", "describe_security_groups", "SecurityGroups", "GroupId"),
    ("logs", "describe_log_groups", "logGroups", "logGroupName"),
    ("kms", "list_aliases", "Aliases", "AliasName"),
)


def what_there_is(account: Account) -> set[tuple[str, str]]:
    """Kind and name; the bucket of the CDK's own is not counted."""
    return {
        (kind, found[key])
        for service, operation, kind, key in NAMED
        for found in getattr(account.client(service), operation)()[kind]
        if not found[key].startswith("cdk-")
    }


@pytest.fixture
def template(account: Account) -> Iterator[str]:
    """As `make deploy` has it at first, unprotected; its packages are uploaded. No stack is left."""
    there = deploy.Account(account.stack.endpoint)
    with synth.assembly() as assembly:
        there.bootstrap()
        there.upload(assembly, json.loads((assembly / f"{NAME}.assets.json").read_text()))
        protected = (assembly / f"{NAME}.template.json").read_text()
    yield protected.replace('"DeletionProtection": true', '"DeletionProtection": false')
    account.client("cloudformation").delete_stack(StackName=NAME)


def test_a_creation_that_fails_half_way_is_taken_back_and_repeated(account: Account, template: str) -> None:
    """docs/deploy.md, "A first deployment that failed". A job's name is taken."""
    there, glue = deploy.Account(account.stack.endpoint), account.client("glue")
    cloudformation = account.client("cloudformation")
    glue.create_job(Name=TAKEN, Role="r", Command={"Name": "glueetl", "ScriptLocation": "s3://a/b"})
    before = what_there_is(account)
    with pytest.raises(DeployError, match="Job already exists"):
        there.create_or_update(NAME, template)
    events = cloudformation.describe_stack_events(StackName=NAME)["StackEvents"]
    failed = [event["ResourceType"] for event in events if event["ResourceStatus"] == "CREATE_FAILED"]
    assert (failed, events[0]["ResourceStatus"]) == (["AWS::Glue::Job"], "ROLLBACK_COMPLETE")
    assert what_there_is(account) == before, "buckets and database, too, which were made before the job"
    glue.delete_job(JobName=TAKEN)
    there.create_or_update(NAME, template)
    made = what_there_is(account) - before
    assert {kind for _, _, kind, _ in NAMED} == {kind for kind, _ in made}
    cloudformation.delete_stack(StackName=NAME)
    left = {kind for kind, _ in what_there_is(account) - before}
    assert left == {"Buckets"}, "data that was in use stays"


def test_a_change_that_nobody_can_make_is_refused_and_not_forgotten() -> None:
    """AWS changes or replaces what it made; a template that only seems to be deployed would be kinder."""
    model = cloudformation._model("AWS::Some::Kind", lambda _: Made("ref"))
    made = model.create_from_cloudformation_json("A", {"Properties": {"Name": "a", "Size": 1}}, "", "")

    def update(**properties: int | str) -> object:
        return model.update_from_cloudformation_json(made, "A", {"Properties": properties}, "", "")

    assert update(Size=1, Name="a") is made
    with pytest.raises(ValidationError, match=r"AWS::Some::Kind: nothing here can change Name, Size"):
        update(Size=2)


def test_what_generates_a_secret_generates_it_anew_with_each_change(account: Account) -> None:
    """And only then: of one without, CloudFormation never puts a value."""
    cloudformation, manager = account.client("cloudformation"), account.client("secretsmanager")

    def deployed(deploy: str, host: str, **more: str) -> str:
        rule = {
            "SecretStringTemplate": json.dumps({"host": host}), "GenerateStringKey": "password"
        }  # fmt: skip
        properties = {"Name": "made-up", **({"GenerateSecretString": rule} if host else {}), **more}
        secret = {"Type": "AWS::SecretsManager::Secret", "Properties": properties}
        getattr(cloudformation, deploy)(
            StackName="Secrets", TemplateBody=json.dumps({"Resources": {"Secret": secret}})
        )
        return str(manager.get_secret_value(SecretId="made-up")["SecretString"])

    first = deployed("create_stack", "a")
    try:
        assert deployed("update_stack", "a", Description="other") == first
        second = deployed("update_stack", "b", Description="other")
        assert json.loads(second)["host"] == "b"
        assert json.loads(second)["password"] != json.loads(first)["password"]
        assert deployed("update_stack", "") == second
    finally:
        cloudformation.delete_stack(StackName="Secrets")
