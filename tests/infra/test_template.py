"""The resources that others rely on: their names, and what about them must not change unnoticed."""

from typing import Any

import pytest
from aws_cdk import App, Stack, assertions
from aws_cdk.aws_kms import Key

from infra.alerts import Alerts
from infra.functions import FUNCTIONS
from infra.settings import Settings, SettingsError
from tests.infra.conftest import Synth
from tests.infra.template import IMPORTED, Template

BUCKETS = {f"reconciliation-{name}" for name in ("ingress", "intermediate", "checkpoints", "output")}
DEAD_LETTERS = {f"reconciliation-{name}-dead-letters" for name in ("alerts", "alarms")}
ACCESS_LOGS = "reconciliation-access-logs"
SECRETS = {
    *(
        "reconciliation-rds-credentials",
        "reconciliation-slack-webhook",
        "reconciliation-slack-oncall-webhook",
        "reconciliation-slack-engineering-webhook",
    ),
}


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("AWS::S3::Bucket", {*BUCKETS, ACCESS_LOGS}),
        ("AWS::Lambda::Function", {spec.name for spec in FUNCTIONS}),
        ("AWS::Glue::Job", {f"reconciliation-{name}job" for name in ("validation-", "", "output-")}),
        ("AWS::StepFunctions::StateMachine", {"reconciliation-state-machine"}),
        ("AWS::SNS::Topic", {f"reconciliation-{name}" for name in ("alerts", "alarms", "business")}),
        ("AWS::SecretsManager::Secret", SECRETS),
        ("AWS::SQS::Queue", {*DEAD_LETTERS, "reconciliation-alarms"}),
        ("AWS::Athena::WorkGroup", {"reconciliation"}),
        ("AWS::RDS::DBInstance", {"reconciliation-db"}),
        ("AWS::CloudWatch::Dashboard", {"Reconciliation-Dashboard"}),
        ("AWS::IAM::ManagedPolicy", {"s3-write-policy"}),
    ],
)
def test_everything_has_its_name(template: Template, kind: str, names: set[str]) -> None:
    assert set(template.of(kind)) == names


def test_the_dashboards_parts_have_their_names(template: Template) -> None:
    assert template.quicksight
    assert set(template.quicksight.of("AWS::QuickSight::DataSet")) == {
        "reconciliation-dataset",
        "reconciliation-days",
    }
    for kind in ("Analysis", "Dashboard"):
        assert set(template.quicksight.of(f"AWS::QuickSight::{kind}")) == {"Visão Geral de Divergências"}


def test_every_log_has_a_group_that_ends_and_glue_keeps_its_own(template: Template) -> None:
    """Runbook 2.1 and 4.1 read `/aws/lambda/…` and `/aws-glue/jobs/output`."""
    groups = template.of("AWS::Logs::LogGroup")
    functions = {f"/aws/lambda/{name}" for name in template.of("AWS::Lambda::Function")}
    machine = "/aws/vendedlogs/states/reconciliation-state-machine"
    assert set(groups) == functions | {machine, "/reconciliation/vpc-refused"}
    assert {group["RetentionInDays"] for group in groups.values()} == {90}
    for job in template.of("AWS::Glue::Job").values():
        assert "SecurityConfiguration" not in job
        assert not [name for name in job["DefaultArguments"] if "log" in name.lower()]


def test_there_are_no_hidden_functions_and_no_custom_resources(template: Template) -> None:
    kinds = {item["Type"] for item in template.raw["Resources"].values()}
    assert not [
        kind for kind in kinds if kind.startswith(("Custom::", "AWS::CloudFormation::CustomResource"))
    ]


@pytest.mark.parametrize("name", sorted(BUCKETS))
def test_a_bucket_is_versioned_encrypted_closed_and_keeps_its_data(template: Template, name: str) -> None:
    bucket = template.of("AWS::S3::Bucket")[name]
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["OwnershipControls"]["Rules"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    raw = [item for item in template.raw["Resources"].values() if item["Type"] == "AWS::S3::Bucket"]
    assert {item["DeletionPolicy"] for item in raw} == {"RetainExceptOnCreate"}


def test_plain_http_is_refused(template: Template) -> None:
    policies = template.of("AWS::S3::BucketPolicy").values()
    assert {policy["Bucket"] for policy in policies} == {f"{{{name}}}" for name in (*BUCKETS, ACCESS_LOGS)}
    for policy in policies:
        statement = policy["PolicyDocument"]["Statement"][0]
        assert (statement["Effect"], statement["Action"]) == ("Deny", "s3:*")
        assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_every_use_of_a_bucket_is_logged(template: Template) -> None:
    buckets = template.of("AWS::S3::Bucket")
    assert "LoggingConfiguration" not in buckets.pop(ACCESS_LOGS)
    for name, bucket in buckets.items():
        prefix = f"{name.removeprefix('reconciliation-')}/"
        assert bucket["LoggingConfiguration"] == {
            "DestinationBucketName": f"{{{ACCESS_LOGS}}}",
            "LogFilePrefix": prefix,
        }
    (policy,) = (p for p in template.of("AWS::S3::BucketPolicy").values() if ACCESS_LOGS in p["Bucket"])
    writers = {item["Principal"].get("Service") for item in policy["PolicyDocument"]["Statement"][1:]}
    assert writers == {"logging.s3.amazonaws.com"}


def test_nothing_published_and_no_day_ever_expires(template: Template) -> None:
    buckets = template.of("AWS::S3::Bucket")
    expiring = {
        (name, rule.get("Prefix", ""), rule["ExpirationInDays"])
        for name, bucket in buckets.items()
        for rule in bucket["LifecycleConfiguration"]["Rules"]
        if "ExpirationInDays" in rule
    }
    assert expiring == {
        ("reconciliation-intermediate", "", 30),
        ("reconciliation-checkpoints", "JOB-", 90),
        (ACCESS_LOGS, "", 90),
    }


def test_an_upload_starts_the_trigger(template: Template) -> None:
    (wanted,) = template.of("AWS::S3::Bucket")["reconciliation-ingress"]["NotificationConfiguration"][
        "LambdaConfigurations"
    ]
    assert wanted == {"Event": "s3:ObjectCreated:*", "Function": "{reconciliation-trigger}"}
    allowed = [
        item
        for item in template.of("AWS::Lambda::Permission").values()
        if item["Principal"] == "s3.amazonaws.com"
    ]
    assert [(item["SourceArn"], item["SourceAccount"], item["FunctionName"]) for item in allowed] == [
        ("arn:aws:s3:::reconciliation-ingress", "ACCOUNT", "{reconciliation-trigger}")
    ]


@pytest.mark.parametrize("name", ["validation", "reconciliation", "output"])
def test_a_job_runs_as_the_runbook_sizes_it(template: Template, name: str) -> None:
    job = template.of("AWS::Glue::Job")[f"reconciliation-{name}-job".replace("reconciliation-r", "r")]
    assert (job["GlueVersion"], job["WorkerType"], job["NumberOfWorkers"]) == ("5.1", "G.1X", 2)
    assert (job["Timeout"], job["MaxRetries"]) == (20, 0)
    assert job["ExecutionProperty"] == {"MaxConcurrentRuns": 5}
    arguments = job["DefaultArguments"]
    assert arguments["--extra-py-files"].endswith(".zip")
    assert arguments["--additional-python-modules"].endswith(".gluewheels.zip")
    assert arguments["--python-modules-installer-option"] == "--no-index"


def test_nothing_is_shown_that_glue_would_not_measure(template: Template) -> None:
    """Executors' metrics want a GlueContext (Glue guide, "Job monitoring and debugging"): none has one."""
    for job in template.of("AWS::Glue::Job").values():
        assert "--enable-metrics" not in job["DefaultArguments"]
    (board,) = template.of("AWS::CloudWatch::Dashboard").values()
    assert '"Glue"' not in board["DashboardBody"]


def test_an_execution_that_ended_unclean_is_closed(template: Template) -> None:
    rule = template.of("AWS::Events::Rule")["reconciliation-unclean-end"]
    assert rule["EventPattern"] == {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {
            "status": ["ABORTED", "TIMED_OUT", "FAILED"],
            "stateMachineArn": ["arn:aws:states:sa-east-1:ACCOUNT:stateMachine:reconciliation-state-machine"],
        },
    }
    assert [target["Arn"] for target in rule["Targets"]] == ["{reconciliation-close-run}"]


def test_people_are_told_as_the_runbook_escalates(template: Template) -> None:
    """Runbook 3.1 and 3.2."""
    told = {
        (item["TopicArn"], item["Endpoint"]): item.get("FilterPolicy")
        for item in template.of("AWS::SNS::Subscription").values()
        if item["Protocol"] != "sqs"
    }
    alerts, business = "{reconciliation-alerts}", "{reconciliation-business}"
    assert told == {
        (alerts, "{reconciliation-slack-notifier}"): None,
        (alerts, "ops-conciliacao@empresa.com"): None,
        (alerts, "eng-conciliacao@empresa.com"): {"severidade": ["CRITICAL", "HIGH"]},
        (alerts, "po-conciliacao@empresa.com"): {"severidade": ["CRITICAL"]},
        (business, "negocio-conciliacao@empresa.com"): None,
    }


@pytest.mark.parametrize(
    ("roles", "policies"),
    [
        (["engineering", "product_owner"], [{"severidade": ["CRITICAL", "HIGH"]}]),
        (["product_owner", "business"], [None, {"severidade": ["CRITICAL"]}]),
        (["operations", "engineering", "product_owner"], [None]),
    ],
)
def test_one_address_of_several_roles_is_told_what_any_of_them_is(roles: list[str], policies: Any) -> None:
    """A topic keeps one subscription of an address, with one filter; the CDK refuses a second."""
    stack = Stack(App(), "Stack")
    settings = Settings.from_context({f"email_{role}": "a@b.example" for role in roles})
    Alerts(stack, "Alerts", settings, Key(stack, "Key"))
    made = assertions.Template.from_stack(stack).find_resources("AWS::SNS::Subscription").values()
    told = [item["Properties"] for item in made if item["Properties"]["Endpoint"] == "a@b.example"]
    assert sorted((item.get("FilterPolicy") for item in told), key=str) == sorted(policies, key=str)
    assert len(made) == 4 - len(roles) + len(policies)


def test_workers_speak_to_each_other_and_to_the_database(template: Template) -> None:
    """Glue demands the first rule; runbook 2.3 asks for the second."""
    ingress = {
        (item["GroupId"], item["SourceSecurityGroupId"], item["FromPort"], item["ToPort"])
        for item in template.of("AWS::EC2::SecurityGroupIngress").values()
    }
    assert ("{glue-sg}", "{glue-sg}", 0, 65535) in ingress
    (database,) = template.of("AWS::RDS::DBInstance")["reconciliation-db"]["VPCSecurityGroups"]
    assert (database, "{glue-sg}", 5432, 5432) in ingress


def test_a_suffix_is_in_every_name_that_others_could_want(synth: Synth) -> None:
    template = synth(suffix="-dev", remove_data=True)
    for kind in ("AWS::S3::Bucket", "AWS::Lambda::Function", "AWS::Glue::Job", "AWS::IAM::Role"):
        assert all(name.endswith("-dev") for name in template.of(kind)), kind
    resources = template.raw["Resources"].values()
    assert not [item for item in resources if item.get("DeletionPolicy", "").startswith("Retain")]


@pytest.mark.parametrize("settings", [{}, IMPORTED], ids=["created", "imported"])
def test_a_job_may_run_in_each_zone(synth: Synth, settings: dict[str, Any]) -> None:
    """A run is in one: that of the first connection which Glue finds fit, and whose zone is healthy."""
    template = synth(**settings)
    places = {
        item["ConnectionInput"]["Name"]: item["ConnectionInput"]["PhysicalConnectionRequirements"]
        for item in template.of("AWS::Glue::Connection").values()
    }
    assert list(places) == ["reconciliation-network", "reconciliation-network-2"]
    assert len({str(place["AvailabilityZone"]) for place in places.values()}) == 2
    assert len({place["SubnetId"] for place in places.values()}) == 2
    assert {tuple(place["SecurityGroupIdList"]) for place in places.values()} == {("{glue-sg}",)}
    known = list(template.of("AWS::Glue::Connection"))
    for job in template.of("AWS::Glue::Job").values():
        assert job["Connections"]["Connections"] == [f"{{{logical_id}}}" for logical_id in known]
    (may_join,) = (
        statement["Resource"]
        for policy in template.of("AWS::IAM::Role")["ReconciliationGlueRole"]["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Action"] == "glue:GetConnection"
    )
    needed = {"catalog", *(f"connection/{name}" for name in places)}
    assert {arn.rpartition(":")[2] for arn in may_join} == needed


def test_variables_that_lambda_would_refuse_are_said_in_one_sentence(synth: Synth) -> None:
    """Lambda's quota is of a function's variables together; the settings' own limits are of each alone."""
    suffixes = [f".{number:0100}" for number in range(40)]
    with pytest.raises(
        SettingsError, match=r"^reconciliation-\S+ would have \d+ bytes of variables, and Lambda"
    ):
        synth(ignored_suffixes=suffixes)
