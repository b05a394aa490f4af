"""What changes a deployment, or is refused; and the reader's password, which no test after these has."""

import json

import pytest
from botocore.exceptions import ClientError

from infra import synth
from local.deploy import Account, DeployError
from local.stack import Stack
from tests.deployed.asking import CREDENTIALS, NAME, Client, invoke

pytestmark = pytest.mark.stack


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


def test_an_update_that_is_refused_is_told(stack: Stack) -> None:
    """Only "nothing to update" is no failure."""
    account = Account(stack.endpoint)
    account.create_or_update("Small", json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}))
    with pytest.raises(DeployError, match="não foi implantado"):
        account.create_or_update("Small", json.dumps({"Resources": {"Topic": {"Ref": "Absent"}}}))


def test_what_does_not_deploy_is_one_sentence(stack: Stack) -> None:
    broken = {"Resources": {"Job": {"Type": "AWS::Glue::Job", "Properties": {"Name": "x", "Rol": "y"}}}}
    with pytest.raises(DeployError, match=r"não foi implantado: AWS::Glue::Job: .*Rol"):
        Account(stack.endpoint).create_or_update("Broken", json.dumps(broken))


def test_a_secret_without_a_function_is_not_rotated(client: Client) -> None:
    secrets = client("secretsmanager")
    secrets.create_secret(Name="no-function", SecretString="kept")
    with pytest.raises(ClientError, match="InvalidRequestException"):
        secrets.rotate_secret(SecretId="no-function")
    assert secrets.get_secret_value(SecretId="no-function")["SecretString"] == "kept"


def test_the_readers_password_rotates(stack: Stack, client: Client) -> None:
    """By the deployed function, asked by Secrets Manager; the last test that uses the old one is above."""
    function = client("lambda").get_function(FunctionName="reconciliation-rotate-secret")["Configuration"]
    secret = {"SecretId": CREDENTIALS}
    client("secretsmanager").rotate_secret(**secret, RotationLambdaARN=function["FunctionArn"])
    rotated = json.loads(client("secretsmanager").get_secret_value(**secret)["SecretString"])
    assert rotated["password"] != stack.database["password"]
    assert invoke(client, "test-rds-connection")[0]["ok"]
    client("secretsmanager").put_secret_value(**secret, SecretString=json.dumps(stack.database))
    assert invoke(client, "test-rds-connection")[0]["codigo"] == "RDS_AUTH"
