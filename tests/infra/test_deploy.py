"""The template, unmodified, in the local stack: one test for each thing CloudFormation is taught there.

All in one file, however long: they look at one deployment, which another worker would have to make again.
"""

import base64
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from infra import synth
from infra.account import Account as AskedAccount
from infra.account import AccountError
from infra.jobs import JOBS
from infra.names import DEPLOYER
from local import outbox
from local.deploy import LEFT_OUT, NOT_JUDGED, Account, DeployError, deploy
from local.place import ACCOUNT, REGION
from local.stack import Stack, running_stack
from reconciliation import runbook
from reconciliation.deployment import BUCKETS, Deployment
from tests import sparks
from tests.infra import deploy_page
from tests.people import environment
from tests.waiting import eventually
from tests.warm_cli import warm_cli

pytestmark = pytest.mark.stack
Client = Callable[[str], Any]
NAME = "Reconciliation"
CREDENTIALS = "reconciliation-rds-credentials"
WEBHOOKS = tuple(f"reconciliation-slack-{name}webhook" for name in ("", "engineering-", "oncall-"))
WATCHDOG, NOTIFIER = "reconciliation-watchdog", "reconciliation-slack-notifier"
ROTATION = "reconciliation-rotate-secret"
CONNECTIONS = ["reconciliation-network", "reconciliation-network-2"]
UNKNOWN_HERE = [
    "AWS::SecretsManager::RotationSchedule DatabaseRotation0D47EBD2",
    "AWS::QuickSight::Analysis Analysis",
]
"""Types of resources that the local stack does not make, each a line of what `make up` lists."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("stack")
    with running_stack(folder) as stack, sparks.choosing(stack), warm_cli(stack):
        yield stack


@pytest.fixture(scope="module")
def client(stack: Stack) -> Client:
    session = boto3.Session("local", "local", region_name=REGION)
    return lambda service: session.client(service, endpoint_url=stack.endpoint)


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


def logged(client: Client, function: str) -> str:
    """All that a function has written."""
    pages = client("logs").get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{function}")
    return "\n".join(event["message"] for page in pages for event in page["events"])


def errors(client: Client) -> float:
    """How many invocations of any function have failed."""
    now = datetime.now(UTC)
    asked = {"Namespace": "AWS/Lambda", "MetricName": "Errors", "Period": 3600, "Statistics": ["Sum"],
             "StartTime": now - timedelta(hours=1), "EndTime": now + timedelta(minutes=1)}  # fmt: skip
    found = [
        client("cloudwatch").get_metric_statistics(
            Dimensions=[{"Name": "FunctionName", "Value": function["FunctionName"]}], **asked
        )["Datapoints"]
        for function in client("lambda").list_functions()["Functions"]
    ]
    assert any(found), "no function has run"
    return float(sum(point["Sum"] for points in found for point in points))


def first_checks(stack: Stack) -> list[str]:
    """The lines of `make first-checks`, which finds nothing broken."""
    command = [sys.executable, "-m", "infra.first_checks"]
    done = subprocess.run(command, env=stack.env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done
    return done.stdout.splitlines()


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


def test_awss_own_command_line_is_understood(
    stack: Stack, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its words for a stack, its buckets and a name that is taken or free, as `make deploy` asks for them."""
    for name, value in environment(stack, DEPLOYER).items():
        monkeypatch.setenv(name, value)
    account = AskedAccount.entered(REGION)
    assert account.number == ACCOUNT
    assert account.status(NAME) in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    assert len(account.buckets(NAME)) == len(BUCKETS)
    assert account.keeps_data(NAME)
    with pytest.raises(AccountError, match="reconciliation-output is in this account already, outside"):
        account.require_free("reconciliation-output")
    for name, value in {
        **stack.env,
        "AWS_SESSION_TOKEN": "",
    }.items():  # the deployer's are these buckets alone
        monkeypatch.setenv(name, value)
    assert account.status("Absent") is None
    account.require_free("reconciliation-nobodys")


def test_every_block_of_the_page_is_run_or_has_its_reason() -> None:
    keys = [deploy_page.key_of(block) for block in deploy_page.blocks()]
    assert sorted(keys) == sorted((*deploy_page.ANSWERS, *deploy_page.NOT_RUN))


def test_a_stranger_follows_the_page(stack: Stack, client: Client, tmp_path: Path) -> None:
    """docs/deploy.md, from the base's preparation to the first published day and the smoke test."""
    assert deploy_page.follow(stack, tmp_path, client("stepfunctions")) == {}


def test_the_pages_removal_lets_nothing_write(stack: Stack, client: Client, tmp_path: Path) -> None:
    """Of two functions here, which get their instances back, as the log bucket does its policy."""
    s3, functions, logs = client("s3"), client("lambda"), "reconciliation-access-logs"
    impatient = boto3.client(
        "lambda", endpoint_url=stack.endpoint, region_name=REGION, aws_access_key_id="local",
        aws_secret_access_key="local", config=Config(retries={"total_max_attempts": 1}),
    )  # fmt: skip
    policy = s3.get_bucket_policy(Bucket=logs)["Policy"]
    (machine,) = client("stepfunctions").list_state_machines()["stateMachines"]
    (block,) = [block for block in deploy_page.blocks() if "put-function-concurrency" in block]
    assert '].PhysicalResourceId"' in block
    text = block.replace('].PhysicalResourceId"', '].PhysicalResourceId | [:2]"')
    environment = {**stack.env, "SUFFIX": "", "MACHINE": machine["stateMachineArn"]}
    names = [function["FunctionName"] for function in functions.list_functions()["Functions"]]
    try:
        subprocess.run(["bash", "-euc", text], cwd=tmp_path, env=environment, check=True, capture_output=True)
        stopped = [name for name in names if reserved(client, name) == 0]
        assert len(stopped) == 2
        with pytest.raises(ClientError, match="TooManyRequestsException"):
            impatient.invoke(FunctionName=stopped[0])
        with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
            s3.get_bucket_policy(Bucket=logs)
    finally:
        for name in names:
            functions.delete_function_concurrency(FunctionName=name)
        s3.put_bucket_policy(Bucket=logs, Policy=policy)


def reserved(client: Client, function: str) -> int | None:
    """How many instances it may have; None where nobody said."""
    found = client("lambda").get_function_concurrency(FunctionName=function)
    return found.get("ReservedConcurrentExecutions")


def test_the_pages_removal_empties_each_bucket(stack: Stack, client: Client, tmp_path: Path) -> None:
    """Of every version, and of what marks a deletion; of buckets of its own, as others need the stack's."""
    s3, names = client("s3"), [f"{name}-gone" for name in BUCKETS.values()]
    for name in names:
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    kept, unversioned = names[0], names[-1]
    s3.put_bucket_versioning(Bucket=kept, VersioningConfiguration={"Status": "Enabled"})
    for key in ("a", "a", "b/ç 'x'"):
        s3.put_object(Bucket=kept, Key=key, Body=b"x")
    s3.delete_object(Bucket=kept, Key="a")
    s3.put_object(Bucket=unversioned, Key="log", Body=b"x")
    (block,) = [block for block in deploy_page.blocks() if "delete-objects" in block]
    environment = {**stack.env, "SUFFIX": "-gone"}
    subprocess.run(["bash", "-euc", block], cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert not any(
        {"Versions", "DeleteMarkers"} & set(s3.list_object_versions(Bucket=name)) for name in names
    )
    for name in names:
        s3.delete_bucket(Bucket=name)


def test_a_bucket_has_versions_its_life_cycle_and_its_event(client: Client) -> None:
    s3, bucket = client("s3"), "reconciliation-ingress"
    assert s3.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 90}
    assert s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]["BlockPublicAcls"]
    (wanted,) = s3.get_bucket_notification_configuration(Bucket=bucket)["LambdaFunctionConfigurations"]
    assert wanted["LambdaFunctionArn"].endswith(":function:reconciliation-trigger")


def test_policies_are_the_templates_as_json(client: Client) -> None:
    """moto's CloudFormation keeps the text of a Python dict, and drops what it does not know."""
    iam, role = client("iam"), "ReconciliationGlueRole"
    found = iam.get_role_policy(RoleName=role, PolicyName="s3-write")["PolicyDocument"]
    assert "arn:aws:s3:::reconciliation-checkpoints/days/*" in found["Statement"][0]["Resource"]
    key = client("kms").describe_key(KeyId="alias/reconciliation")["KeyMetadata"]["KeyId"]
    assert ":root" in client("kms").get_key_policy(KeyId=key, PolicyName="default")["Policy"]
    queue = client("sqs").get_queue_url(QueueName="reconciliation-alerts-dead-letters")["QueueUrl"]
    kept = client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["Policy"])["Attributes"]
    for policy in (client("s3").get_bucket_policy(Bucket="reconciliation-output")["Policy"], kept["Policy"]):
        assert json.loads(policy)["Statement"][0]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


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
    topics = [topic["TopicArn"] for topic in sns.list_topics()["Topics"]]
    (alerts,) = (topic for topic in topics if topic.endswith(":reconciliation-alerts"))
    policy = sns.get_topic_attributes(TopicArn=alerts)["Attributes"]["Policy"]
    assert "cloudwatch.amazonaws.com" in policy


@pytest.mark.parametrize("name", [spec.name for spec in JOBS])
def test_the_jobs_point_at_what_was_uploaded(client: Client, name: str) -> None:
    job = client("glue").get_job(JobName=name)["Job"]
    assert job["Connections"] == {"Connections": CONNECTIONS}
    addresses = [
        job["Command"]["ScriptLocation"],
        job["DefaultArguments"]["--extra-py-files"],
        job["DefaultArguments"]["--additional-python-modules"],
    ]
    for address in addresses:
        bucket, key = address.removeprefix("s3://").split("/", 1)
        assert client("s3").head_object(Bucket=bucket, Key=key)["ContentLength"] > 0
    zones = {
        client("glue").get_connection(Name=name)["Connection"]["PhysicalConnectionRequirements"][
            "AvailabilityZone"
        ]
        for name in CONNECTIONS
    }
    assert len(zones) == len(CONNECTIONS)


def test_the_divergences_are_a_table_with_a_workgroup(client: Client) -> None:
    for name, place in {"divergencias": "${dia}/", "resumos": "resumos/${dia}/"}.items():
        table = client("glue").get_table(DatabaseName="reconciliation", Name=name)["Table"]
        assert table["Parameters"]["storage.location.template"] == f"s3://reconciliation-output/{place}"
    assert client("athena").get_work_group(WorkGroup="reconciliation")["WorkGroup"]["State"] == "ENABLED"


def test_the_dashboard_reads_the_dataset_over_the_table(client: Client) -> None:
    quicksight, account = client("quicksight"), {"AwsAccountId": ACCOUNT}
    (dashboard,) = quicksight.list_dashboards(**account)["DashboardSummaryList"]
    assert dashboard["Name"] == "Visão Geral de Divergências"
    source = quicksight.describe_data_source(**account, DataSourceId="reconciliation-datasource")
    assert source["DataSource"]["Type"] == "ATHENA"
    for name, kind in (("dataset", "INCREMENTAL_REFRESH"), ("days", "FULL_REFRESH")):
        begun = quicksight.create_ingestion(
            **account, DataSetId=f"reconciliation-{name}", IngestionId="1", IngestionType=kind
        )
        assert begun["IngestionStatus"] == "INITIALIZED"


def invoke(client: Client, name: str, **event: Any) -> tuple[Any, str]:
    """The answer, and the end of the function's log."""
    answer = client("lambda").invoke(FunctionName=name, Payload=json.dumps(event), LogType="Tail")
    assert "FunctionError" not in answer
    return json.loads(answer["Payload"].read()), base64.b64decode(answer["LogResult"]).decode()


def test_the_base_is_reached_from_where_the_jobs_are(stack: Stack, client: Client) -> None:
    """Runbook 2.3."""
    answer, log = invoke(client, "test-rds-connection", host=stack.database["host"])
    assert (answer["ok"], answer["etapa"], answer["indice_unico"]) == (True, "select", True)
    assert 0 < answer["ms"] < 20_000
    refused, refusal_log = invoke(client, "test-rds-connection", host="10.0.0.1", port=22)
    assert (refused["ok"], refused["codigo"]) == (False, "INVALID_INPUT")
    assert stack.database["password"] not in f"{answer}{log}{refused}{refusal_log}"


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


def test_the_readers_password_rotates(stack: Stack, client: Client) -> None:
    """By the deployed function, asked by Secrets Manager; the last test that uses the old one is above."""
    function = client("lambda").get_function(FunctionName="reconciliation-rotate-secret")["Configuration"]
    secret = {"SecretId": "reconciliation-rds-credentials"}
    client("secretsmanager").rotate_secret(**secret, RotationLambdaARN=function["FunctionArn"])
    rotated = json.loads(client("secretsmanager").get_secret_value(**secret)["SecretString"])
    assert rotated["password"] != stack.database["password"]
    assert invoke(client, "test-rds-connection")[0]["ok"]
    client("secretsmanager").put_secret_value(**secret, SecretString=json.dumps(stack.database))
    assert invoke(client, "test-rds-connection")[0]["codigo"] == "RDS_AUTH"


def test_a_secret_without_a_function_is_not_rotated(client: Client) -> None:
    secrets = client("secretsmanager")
    secrets.create_secret(Name="no-function", SecretString="kept")
    with pytest.raises(ClientError, match="InvalidRequestException"):
        secrets.rotate_secret(SecretId="no-function")
    assert secrets.get_secret_value(SecretId="no-function")["SecretString"] == "kept"


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


def test_an_alarm_becomes_an_alert_by_the_function_s_own_rights(stack: Stack, client: Client) -> None:
    """By topic, queue, key, the executions and their marks, the other alarm's state; it waits 20 seconds.

    An execution that is refused is told by its own alert, and its alarm has nothing to say.
    """
    (machine,) = client("stepfunctions").list_state_machines()["stateMachines"]
    client("stepfunctions").start_execution(stateMachineArn=machine["stateMachineArn"], input="{}")
    eventually(lambda: "Código: INVALID_INPUT" in stack.outbox.read_text(), 60)
    topics = [item["TopicArn"] for item in client("sns").list_topics()["Topics"]]
    (topic,) = [arn for arn in topics if arn.endswith(":reconciliation-alarms")]
    kinds = {"executions-failed": "HIGH", "trigger-errors": "CRITICAL", "alert-replay-errors": "MEDIUM"}
    for kind, severity in kinds.items():
        alarm = {
            "AlarmName": f"reconciliation-{kind}", "AlarmDescription": f"[{severity}] {kind} (runbook 2.4).",
            "NewStateValue": "ALARM", "NewStateReason": "1 > 0",
            "StateChangeTime": datetime.now(UTC).isoformat(),
        }  # fmt: skip
        client("sns").publish(TopicArn=topic, Message=json.dumps(alarm))

    def told() -> set[tuple[str, str]]:
        lines = map(json.loads, outbox.lines(stack.outbox))
        return {(line["destino"], line["assunto"]) for line in lines if "Código: ALARM" in line["corpo"]}

    replay, trigger = (
        f"[{kinds[kind]}] Conciliação reconciliation-{kind} ALARM"
        for kind in ("alert-replay-errors", "trigger-errors")
    )
    people = [f"{name}-conciliacao@empresa.com" for name in ("ops", "eng", "po")]
    channels = ("#conciliação-alerts", "#eng-conciliacao", "#ops-oncall")
    wanted = {
        (people[0], replay),
        *((person, trigger) for person in people),
        *((one, "") for one in channels),
    }
    eventually(lambda: told() >= wanted, 90)
    assert told() == wanted
