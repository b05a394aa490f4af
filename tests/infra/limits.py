"""What each service takes, where neither CloudFormation's schemas nor their linter say it; with its source.

A value of a template that is no literal (an ARN that CloudFormation makes) has no limit to be held to.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.infra.template import ACCOUNT, REGION, Template

_DESCRIPTION = r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{0,255}"


@dataclass(frozen=True)
class Limit:
    """Of one property, by the pattern that its whole text has."""

    kind: str
    path: str
    """Names below the resource's properties, by dots; `*` is each item of a list."""
    pattern: str
    source: str


_ATHENA = "Athena guide, names of databases, tables and columns"
_STATEMENT = "Athena API, CreatePreparedStatement"
_QUICKSIGHT = "QuickSight API, ShortRestrictiveResourceId"
LIMITS = (
    Limit("AWS::Athena::NamedQuery", "Description", r".{1,1024}", "Athena API, CreateNamedQuery"),
    Limit("AWS::Athena::NamedQuery", "Name", r".{1,128}", "Athena API, CreateNamedQuery"),
    Limit("AWS::Athena::PreparedStatement", "Description", r".{1,1024}", _STATEMENT),
    Limit("AWS::Athena::PreparedStatement", "StatementName", r"[a-zA-Z_][a-zA-Z0-9_@:]{1,256}", _STATEMENT),
    Limit("AWS::Athena::WorkGroup", "Name", r"[a-zA-Z0-9._-]{1,128}", "Athena API, CreateWorkGroup"),
    Limit("AWS::CloudWatch::Alarm", "AlarmDescription", r".{0,1024}", "CloudWatch API, PutMetricAlarm"),
    Limit("AWS::CloudWatch::Alarm", "AlarmName", r"[\x20-\x7e]{1,255}", "CloudWatch API, PutMetricAlarm"),
    Limit("AWS::CloudWatch::Dashboard", "DashboardName", r"[A-Za-z0-9_-]{1,255}", "CloudWatch API"),
    Limit("AWS::EC2::SecurityGroup", "GroupDescription", _DESCRIPTION, "EC2 API, CreateSecurityGroup"),
    Limit("AWS::EC2::SecurityGroup", "GroupName", rf"(?!sg-){_DESCRIPTION}", "EC2 API, CreateSecurityGroup"),
    Limit("AWS::EC2::SecurityGroup", "SecurityGroupEgress.*.Description", _DESCRIPTION, "EC2 API, IpRange"),
    Limit("AWS::EC2::SecurityGroupEgress", "Description", _DESCRIPTION, "EC2 API, UserIdGroupPair"),
    Limit("AWS::EC2::SecurityGroupIngress", "Description", _DESCRIPTION, "EC2 API, UserIdGroupPair"),
    Limit("AWS::Events::Rule", "Name", r"[.\-_A-Za-z0-9]{1,64}", "EventBridge API, PutRule"),
    Limit("AWS::Glue::Connection", "ConnectionInput.Name", r"[\w-]{1,255}", "Glue API, ConnectionInput"),
    Limit("AWS::Glue::Database", "DatabaseInput.Name", r"[a-z0-9_]{1,255}", _ATHENA),
    Limit("AWS::Glue::Job", "GlueVersion", r"5\.[01]", "Glue guide, versions: 5.x alone has Python 3.11"),
    Limit("AWS::Glue::Job", "Name", r"[\w-]{1,255}", "Glue API, CreateJob"),
    Limit("AWS::Glue::Table", "TableInput.Name", r"[a-z0-9_]{1,255}", _ATHENA),
    Limit("AWS::Glue::Table", "TableInput.StorageDescriptor.Columns.*.Name", r"[a-z0-9_]{1,255}", _ATHENA),
    Limit("AWS::IAM::ManagedPolicy", "ManagedPolicyName", r"[\w+=,.@-]{1,128}", "IAM API, CreatePolicy"),
    Limit("AWS::IAM::Role", "Policies.*.PolicyName", r"[\w+=,.@-]{1,128}", "IAM API, PutRolePolicy"),
    Limit("AWS::IAM::Role", "RoleName", r"[\w+=,.@-]{1,64}", "IAM API, CreateRole"),
    Limit("AWS::KMS::Alias", "AliasName", r"alias/(?!aws/)[a-zA-Z0-9/_-]{1,250}", "KMS API, CreateAlias"),
    Limit("AWS::Lambda::Function", "FunctionName", r"[a-zA-Z0-9-_]{1,64}", "Lambda API, CreateFunction"),
    Limit("AWS::Logs::LogGroup", "LogGroupName", r"[.\-_/#A-Za-z0-9]{1,512}", "Logs API, CreateLogGroup"),
    Limit("AWS::QuickSight::Analysis", "AnalysisId", r"[\w-]{1,512}", _QUICKSIGHT),
    Limit("AWS::QuickSight::Analysis", "Name", r".{1,2048}", "QuickSight API, AnalysisName"),
    Limit("AWS::QuickSight::Dashboard", "DashboardId", r"[\w-]{1,512}", _QUICKSIGHT),
    Limit("AWS::QuickSight::Dashboard", "Name", r".{1,2048}", "QuickSight API, DashboardName"),
    Limit("AWS::QuickSight::DataSet", "DataSetId", r"[\w-]{1,512}", _QUICKSIGHT),
    Limit("AWS::QuickSight::DataSet", "Name", r".{1,128}", "QuickSight API, ResourceName"),
    Limit("AWS::QuickSight::DataSource", "DataSourceId", r"[\w-]{1,512}", _QUICKSIGHT),
    Limit("AWS::QuickSight::DataSource", "Name", r".{1,128}", "QuickSight API, ResourceName"),
    Limit(
        *("AWS::RDS::DBInstance", "DBInstanceIdentifier", r"(?=.{1,63}$)[a-z](-?[a-z0-9])*"),
        "RDS API, CreateDBInstance: no hyphen at the end, no two of them",
    ),
    Limit(
        *("AWS::RDS::DBInstance", "DBName", r"(?!(postgres|template[01]|rdsadmin|mysql|sys)$)[a-z]\w{0,62}"),
        "RDS API, CreateDBInstance: 63 for PostgreSQL, 64 for MySQL; the engines' own databases",
    ),
    Limit(
        *("AWS::RDS::DBInstance", "EngineVersion", r"(16|8\.4)\.\d+"),
        "RDS guide, release calendars: in standard support; test_first_deployment.py has the minors",
    ),
    Limit(
        *("AWS::RDS::DBInstance", "MasterUsername", r"(?!(admin|postgres|root|rds\w*|public)$)[a-z]\w{0,15}"),
        "RDS API, CreateDBInstance: 16 letters, digits, underscores; names that the engines or RDS keep",
    ),
    Limit(
        "AWS::RDS::DBInstance", "Port", r"11[5-9]\d|1[2-9]\d\d|[2-9]\d{3}|[1-6]\d{4}", "RDS API: from 1150"
    ),
    Limit(
        *("AWS::S3::Bucket", "BucketName", r"(?!xn--|sthree-)[a-z0-9][a-z0-9-]{1,61}[a-z0-9](?<!-s3alias)"),
        "S3 guide, bucket naming rules",
    ),
    Limit("AWS::SNS::Topic", "TopicName", r"[a-zA-Z0-9_-]{1,256}", "SNS API, CreateTopic"),
    Limit("AWS::SQS::Queue", "QueueName", r"[a-zA-Z0-9_-]{1,80}", "SQS API, CreateQueue"),
    Limit(
        *("AWS::SecretsManager::Secret", "Name", r"[A-Za-z0-9/_+=.@-]{1,512}(?<!-[A-Za-z0-9]{6})"),
        "Secrets Manager API, CreateSecret: it appends a hyphen and six characters of its own",
    ),
    Limit(
        *("AWS::StepFunctions::StateMachine", "StateMachineName", r"[a-zA-Z0-9_-]{1,80}"),
        "Step Functions API, CreateStateMachine: others stay out of CloudWatch",
    ),
)


@dataclass(frozen=True)
class Size:
    """Of a resource as a whole, in characters, at most."""

    kind: str
    measure: Callable[[dict[str, Any]], int]
    most: int
    source: str


def _written(value: Any) -> int:
    """As JSON without white space; what CloudFormation fills in counts as a long ARN."""
    text = (
        json.dumps(value, separators=(",", ":")).replace(ACCOUNT, "1" * 12).replace(REGION, "ap-southeast-1")
    )
    return len(re.sub(r"\{[\w /.-]+\}", "a" * 128, text))


def _inline(role: dict[str, Any]) -> int:
    return sum(_written(policy["PolicyDocument"]) for policy in role["Policies"])


def _document(policy: dict[str, Any]) -> int:
    return _written(policy["PolicyDocument"])


def _trust(role: dict[str, Any]) -> int:
    return _written(role["AssumeRolePolicyDocument"])


def _definition(machine: dict[str, Any]) -> int:
    return len(machine["DefinitionString"].encode())


def _variables(function: dict[str, Any]) -> int:
    return sum(len(name) + _written(value) for name, value in function["Environment"]["Variables"].items())


SIZES = (
    Size("AWS::IAM::ManagedPolicy", _document, 6_144, "IAM quotas: a managed policy, without white space"),
    Size("AWS::IAM::Role", _inline, 10_240, "IAM quotas: all inline policies of a role, without white space"),
    Size("AWS::IAM::Role", _trust, 2_048, "IAM quotas: a role's trust policy"),
    Size("AWS::KMS::Key", _written, 32_768, "KMS quotas: key policy document"),
    Size("AWS::Lambda::Function", _variables, 4_096, "Lambda quotas: all variables of a function"),
    Size("AWS::S3::BucketPolicy", _document, 20_480, "S3 guide: a bucket's policy"),
    Size("AWS::SecretsManager::Secret", _written, 10_240, "Secrets Manager API: SecretStringTemplate"),
    Size("AWS::StepFunctions::StateMachine", _definition, 1_048_576, "Step Functions quotas"),
)

TEMPLATE_BYTES = 1_048_576
"""CloudFormation quotas: a template's body in S3, where the CDK puts it."""
TEMPLATE_RESOURCES = 500
"""CloudFormation quotas: resources of a template."""
READERS = {
    "postgres": (
        r"(?!(rdsadmin|rds_\w+|postgres|pg_\w*|public|none|recon_owner)$)[a-z_]\w{0,62}",
        "PostgreSQL manual, CREATE ROLE and identifiers: 63 bytes; RDS guide, its own roles",
    ),
    "mysql": (
        r"(?!(rdsadmin|rdsrepladmin|root|mysql\w*|recon_owner)$)\w{1,32}",
        "MySQL manual, account names: 32 characters; RDS guide, its own users",
    ),
}
"""The reading user's name, by engine."""


def exceeded(template: Template) -> Iterator[str]:
    """What a service would refuse of a template, with the source that says so."""
    for limit, text in limited(template):
        if not re.fullmatch(limit.pattern, text, re.ASCII):
            yield f"{limit.kind} {limit.path} {text!r}: {limit.source}"
    for size in SIZES:
        for name, properties in template.of(size.kind).items():
            if size.measure(properties) > size.most:
                yield f"{size.kind} {name} has {size.measure(properties)} of {size.most}: {size.source}"


def limited(template: Template) -> Iterator[tuple[Limit, str]]:
    """Each literal text of the template that a limit is of."""
    for limit in LIMITS:
        for properties in template.of(limit.kind).values():
            for text in _at(properties, limit.path.split(".")):
                if not re.search(r"\{.+\}", text):
                    yield limit, text


def _at(value: Any, path: list[str]) -> Iterator[str]:
    if not path:
        yield str(value)
    elif path[0] == "*":
        for item in value:
            yield from _at(item, path[1:])
    elif path[0] in value:
        yield from _at(value[path[0]], path[1:])
