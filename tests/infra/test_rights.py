"""The matrix: what each principal may do, and nothing more."""

from fnmatch import fnmatchcase
from typing import Any

import pytest

from infra.names import ANALYST, DEPLOYER, OPERATOR, READER, REPORTS, SUPPLIER
from tests.infra.matrix import (
    ARN,
    CREDENTIALS,
    DAYS,
    DELETE_REPORTS,
    MACHINE_RIGHTS,
    MACHINE_WITHOUT_RESOURCE,
    PEOPLE,
    RECORDS,
    ROLES,
    TOPIC,
    USE_KEY,
    VERSIONS,
    WORKGROUP,
    Rights,
    bucket,
    list_keys,
    log,
    on,
    read,
    secret,
)
from tests.infra.template import Template


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def rights_of(document: dict[str, Any]) -> Rights:
    assert {statement["Effect"] for statement in document["Statement"]} == {"Allow"}
    return set().union(
        *(on(as_list(item["Resource"]), *as_list(item["Action"])) for item in document["Statement"])
    )


def inline(template: Template, role: str) -> dict[str, Rights]:
    policies = template.of("AWS::IAM::Role")[role]["Policies"]
    return {policy["PolicyName"]: rights_of(policy["PolicyDocument"]) for policy in policies}


@pytest.mark.parametrize("role", ROLES)
def test_a_function_may_do_exactly_this(template: Template, role: str) -> None:
    policies = inline(template, role)
    deployed = {right for right in policies["access"] if "-assets-" in right[1]}
    assert {action for action, _ in deployed} <= {"s3:GetObject"}
    assert len(deployed) == (role == "reconciliation-watchdog"), "the runbook's page, which it posts"
    assert {name: rights - deployed for name, rights in policies.items()} == {
        "access": ROLES[role] | log(role)
    }


def test_the_machine_may_do_exactly_this(template: Template) -> None:
    access = inline(template, "reconciliation-state-machine")["access"]
    assert access == MACHINE_RIGHTS | on("*", *MACHINE_WITHOUT_RESOURCE)


def test_the_jobs_may_do_exactly_this(template: Template) -> None:
    policies = inline(template, "ReconciliationGlueRole")
    assets = {right for right in policies["s3-read"] if "-assets-" in right[1]}
    assert {action for action, _ in assets} == {"s3:GetObject"}
    assert not any(resource.endswith("*") for _, resource in assets)
    assert policies["s3-read"] - assets == VERSIONS | read("intermediate", "checkpoints", "output")
    assert policies["s3-write"] == DAYS | RECORDS
    assert policies["s3-reports"] == (
        on([f"{bucket('output')}/{name}/*" for name in ("????-??-??", "resumos")], "s3:GetObjectVersion")
        | on(bucket("output"), "s3:ListBucketVersions")
        | DELETE_REPORTS
    )
    assert policies["keys-and-secret"] == secret("reconciliation-rds-credentials") | USE_KEY
    everywhere = {action for action, resource in policies["glue"] if resource == "*"}
    assert not [action for action in everywhere if not action.startswith("ec2:Describe")]


def test_quicksight_may_do_exactly_this(template: Template) -> None:
    """Query two tables, and keep what it found where the workgroup does; it sees no rejects."""
    results = f"{bucket('intermediate')}/athena/*"
    assert inline(dashboards(template), "reconciliation-quicksight")["access"] == (
        on(WORKGROUP, *(f"athena:{action}" for action in (
            "StartQueryExecution", "StopQueryExecution", "GetQueryExecution", "GetQueryResults",
            "GetQueryResultsStream", "GetWorkGroup", "BatchGetQueryExecution")))
        | on(ARN("athena", "datacatalog/AwsDataCatalog"), *(f"athena:{action}" for action in (
            "GetDataCatalog", "GetDatabase", "GetTableMetadata", "ListDatabases", "ListTableMetadata")))
        | on([ARN("glue", name) for name in
              ("catalog", "database/reconciliation", "table/reconciliation/divergencias",
               "table/reconciliation/resumos")],
             *(f"glue:Get{kind}" for kind in
               ("Database", "Databases", "Table", "Tables", "Partition", "Partitions")))
        | on(ARN("glue", "database/default"), "glue:GetDatabase", "glue:GetDatabases")
        | on([f"{bucket('output')}/????-??-??/*", f"{bucket('output')}/resumos/*"], "s3:GetObject")
        | on(results, *(f"s3:{action}" for action in
             ("GetObject", "PutObject", "AbortMultipartUpload", "ListMultipartUploadParts")))
        | list_keys("output", "intermediate")
        | on([bucket("output"), bucket("intermediate")], "s3:GetBucketLocation")
        | on(ARN("kms", "key/*"), "kms:Decrypt", "kms:GenerateDataKey")
    )  # fmt: skip


def test_quicksight_uses_the_one_key_that_has_our_alias(template: Template) -> None:
    """It cannot name the other stack's: a policy knows an alias as a condition alone (KMS guide, ABAC)."""
    policies = dashboards(template).of("AWS::IAM::Role")["reconciliation-quicksight"]["Policies"]
    statements = [item for policy in policies for item in policy["PolicyDocument"]["Statement"]]
    (ours,) = (item for item in statements if "kms:Decrypt" in as_list(item["Action"]))
    (alias,) = template.of("AWS::KMS::Alias")
    assert ours["Condition"] == {"ForAnyValue:StringEquals": {"kms:ResourceAliases": [alias]}}


def dashboards(template: Template) -> Template:
    assert template.quicksight
    return template.quicksight


def test_the_flow_log_finds_its_group_and_writes_to_it(template: Template) -> None:
    """Without the two Describe rights, which the VPC guide lists, the log may stay empty."""
    group = ARN("logs", "log-group:/reconciliation/vpc-refused:*")
    assert inline(template, "reconciliation-vpc-refused")["access"] == (
        on(group, "logs:CreateLogStream", "logs:PutLogEvents")
        | on("*", "logs:DescribeLogGroups", "logs:DescribeLogStreams")
    )


DENIED = [
    ("reconciliation-trigger", "s3:GetObject", f"{bucket('ingress')}/2026-02-16/input.csv"),
    ("reconciliation-finish-run", "s3:PutObject", f"{bucket('output')}/2026-02-16/divergencias.parquet"),
    ("reconciliation-finish-run", "s3:GetObject", f"{bucket('intermediate')}/2026-02-16/validated.parquet"),
    ("reconciliation-slack-notifier", "s3:PutObject", f"{bucket('checkpoints')}/days/2026-02-16.json"),
    ("test-rds-connection", "s3:GetObject", f"{bucket('output')}/2026-02-16/divergencias.parquet"),
    ("reconciliation-quicksight", "s3:GetObject", f"{bucket('output')}/rejeitos/2026-02-16/rejeitos.parquet"),
    ("ReconciliationGlueRole", "s3:PutObject", f"{bucket('ingress')}/2026-02-16/input.csv"),
    ("ReconciliationGlueRole", "sns:Publish", TOPIC),
    (SUPPLIER, "s3:GetObject", f"{bucket('ingress')}/2026-02-16/input.csv"),
    (SUPPLIER, "s3:ListBucket", bucket("ingress")),
    (READER, "s3:GetObject", f"{bucket('output')}/rejeitos/2026-02-16/rejeitos.parquet"),
    (READER, "s3:GetObject", f"{bucket('output')}/relatorios/2026-02-16/relatorio.html"),
    (REPORTS, "s3:GetObject", f"{bucket('output')}/2026-02-16/divergencias.parquet"),
    (REPORTS, "s3:GetObject", f"{bucket('output')}/rejeitos/2026-02-16/rejeitos.parquet"),
    ("reconciliation-explain", "s3:GetObject", f"{bucket('checkpoints')}/days/2026-02-16.json"),
    ("reconciliation-explain", "s3:PutObject", f"{bucket('output')}/2026-02-16/divergencias.parquet"),
    (ANALYST, "s3:GetObject", f"{bucket('output')}/2026-02-16/divergencias.parquet"),
    (ANALYST, "lambda:InvokeFunction", ARN("lambda", "function:reconciliation-query")),
    *(
        (role, "lambda:InvokeFunction", ARN("lambda", "function:reconciliation-explain"))
        for role in PEOPLE
        if role != ANALYST
    ),
    ("ReconciliationGlueRole", "s3:DeleteObject", f"{bucket('output')}/2026-02-16/divergencias.parquet"),
    (READER, "s3:GetObject", f"{bucket('checkpoints')}/days/2026-02-16.json"),
    (OPERATOR, "s3:PutObject", f"{bucket('output')}/2026-02-16/divergencias.parquet"),
    *((role, "athena:StartQueryExecution", WORKGROUP) for role in (*ROLES, *PEOPLE) if role != READER),
    *((role, "s3:GetObject", f"{bucket('intermediate')}/athena/q.csv") for role in PEOPLE if role != READER),
    *((READER, f"athena:{change}PreparedStatement", WORKGROUP) for change in ("Create", "Update", "Delete")),
    (READER, "s3:GetObject", f"{bucket('intermediate')}/2026-02-16/divergences.parquet"),
    (DEPLOYER, "s3:GetObject", f"{bucket('output')}/2026-02-16/divergencias.parquet"),
    *((role, "secretsmanager:GetSecretValue", CREDENTIALS) for role in PEOPLE),
    *(
        (role, "s3:DeleteObject", f"{bucket('output')}/2026-02-16/divergencias.parquet")
        for role in (*ROLES, *PEOPLE)
    ),
]


@pytest.mark.parametrize(("role", "action", "resource"), DENIED)
def test_what_a_role_may_not_do(template: Template, role: str, action: str, resource: str) -> None:
    """By the patterns as IAM reads them, so that a right that grew too wide is seen."""
    where = dashboards(template) if role == "reconciliation-quicksight" else template
    granted = set().union(*inline(where, role).values())
    assert not [right for right in granted if right[0] == action and fnmatchcase(resource, right[1])]


def test_an_operator_asks_for_the_deployments_own_confirmations_alone(template: Template) -> None:
    (policy,) = template.of("AWS::IAM::Role")[OPERATOR]["Policies"]
    statements = policy["PolicyDocument"]["Statement"]
    (subscribing,) = (item for item in statements if "sns:Subscribe" in as_list(item["Action"]))
    names = ("eng", "negocio", "ops", "po")
    people = [f"{name}-conciliacao@empresa.com" for name in names]
    assert subscribing["Condition"] == {"StringEquals": {"sns:Protocol": "email", "sns:Endpoint": people}}


@pytest.mark.parametrize(
    ("role", "action", "prefixes"),
    [
        (REPORTS, "s3:ListBucket", ["relatorios/*"]),
        ("ReconciliationGlueRole", "s3:ListBucketVersions", ["????-??-??/*", "resumos/*"]),
    ],
)
def test_of_the_output_bucket_only_that_is_listed(
    template: Template, role: str, action: str, prefixes: list[str]
) -> None:
    policies = template.of("AWS::IAM::Role")[role]["Policies"]
    statements = [item for policy in policies for item in policy["PolicyDocument"]["Statement"]]
    (listing,) = (
        item for item in statements
        if action in as_list(item["Action"]) and bucket("output") in as_list(item["Resource"])
    )  # fmt: skip
    assert listing["Condition"] == {"StringLike": {"s3:prefix": prefixes}}
    assert as_list(listing["Resource"]) == [bucket("output")]


def test_publishing_is_the_policy_that_the_runbook_expects(template: Template) -> None:
    """Runbook 2.4."""
    policy = template.of("AWS::IAM::ManagedPolicy")["s3-write-policy"]
    assert policy["Roles"] == ["{ReconciliationGlueRole}"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Action"] == ["s3:PutObject", "s3:PutObjectAcl"]
    assert as_list(statement["Resource"]) == ["arn:aws:s3:::reconciliation-output/*"]


def test_nobody_else_has_a_role_and_none_has_a_managed_one_of_aws(template: Template) -> None:
    roles = template.of("AWS::IAM::Role")
    others = {f"reconciliation-{name}" for name in ("state-machine", "vpc-refused")}
    assert set(dashboards(template).of("AWS::IAM::Role")) == {"reconciliation-quicksight"}
    assert set(roles) == {*ROLES, *others, *PEOPLE, "ReconciliationGlueRole"}
    assert not any("ManagedPolicyArns" in role for role in roles.values())
    assert template.of("AWS::IAM::Policy") == {}


def test_no_action_is_a_pattern_and_nothing_deletes_objects_but_of_reports(template: Template) -> None:
    """What a newer report has not is taken away by the job that makes it; the bucket keeps its version."""
    granted = {
        (role, *right)
        for role in template.of("AWS::IAM::Role")
        for rights in inline(template, role).values()
        for right in rights
    }
    assert not [action for _, action, _ in granted if "*" in action]
    deleting = {found for found in granted if found[1].startswith("s3:Delete")}
    assert deleting == {("ReconciliationGlueRole", *right) for right in DELETE_REPORTS}


def test_metrics_are_limited_to_their_namespace(template: Template) -> None:
    for role, properties in template.of("AWS::IAM::Role").items():
        for policy in properties["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                if "cloudwatch:PutMetricData" in as_list(statement["Action"]):
                    namespaces = set(statement["Condition"]["StringEquals"]["cloudwatch:namespace"])
                    assert namespaces == {"Reconciliation"}, role
