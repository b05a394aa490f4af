"""One test for each thing that CloudFormation is taught here: the resources as the template has them."""

import json

import pytest

from infra.jobs import JOBS
from local.place import ACCOUNT
from local.stack import Stack
from tests.deployed.asking import CREDENTIALS, Client, invoke

pytestmark = pytest.mark.stack
CONNECTIONS = ["reconciliation-network", "reconciliation-network-2"]


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
    assert json.loads(read(SecretId=CREDENTIALS)["SecretString"]) == stack.database
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
