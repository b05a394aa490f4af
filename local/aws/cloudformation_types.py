"""The resource types that moto's CloudFormation skips: how each is made from its properties.

Every function calls boto3 back into the server, so what it asks is checked as a program's request would be.
Making a resource that exists brings it up to date.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import boto3
from botocore.exceptions import ClientError

from local.place import REGION

Properties = dict[str, Any]

_ITS_OWN = ("DataSetRefreshProperties", "IngestionWaitPolicy")
"""Properties of a dataset that are no part of the API's request for one."""
_EXISTS = ("AlreadyExistsException", "InvalidPermission.Duplicate", "ResourceExistsException")


@dataclass(frozen=True)
class Made:
    """What `Ref` and `GetAtt` answer."""

    ref: str
    attributes: dict[str, str] = field(default_factory=dict)


Maker = Callable[[Properties], Made]


@lru_cache
def client(service: str) -> Any:
    """Speaks to this very server, by the environment that local.server sets."""
    return boto3.client(service)  # type: ignore[call-overload]  # any service, by its name


def without_conditions(policy: Properties) -> Properties | None:
    """The policy without its conditional statements, which moto would enforce without their conditions.

    None where nothing is left.
    """
    statements = [statement for statement in policy["Statement"] if "Condition" not in statement]
    return {**policy, "Statement": statements} if statements else None


def configure_bucket(name: str, properties: Properties) -> None:
    """What moto's own type leaves out: versions, events, life cycle, closed to the public."""
    s3 = client("s3")
    if "VersioningConfiguration" in properties:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=properties["VersioningConfiguration"])
    if "PublicAccessBlockConfiguration" in properties:
        s3.put_public_access_block(
            Bucket=name, PublicAccessBlockConfiguration=properties["PublicAccessBlockConfiguration"]
        )
    if "LifecycleConfiguration" in properties:
        rules = [_lifecycle_rule(rule) for rule in properties["LifecycleConfiguration"]["Rules"]]
        s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})
    functions = properties.get("NotificationConfiguration", {}).get("LambdaConfigurations", ())
    if functions:
        wanted = [{"LambdaFunctionArn": item["Function"], "Events": [item["Event"]]} for item in functions]
        s3.put_bucket_notification_configuration(
            Bucket=name, NotificationConfiguration={"LambdaFunctionConfigurations": wanted}
        )


def fill_definition(properties: Properties) -> None:
    """A state machine's definition with its `${Name}` filled, as CloudFormation does before it is created."""
    for name, value in properties.get("DefinitionSubstitutions", {}).items():
        properties["DefinitionString"] = properties["DefinitionString"].replace(f"${{{name}}}", value)


def keep_dead_letter_queue(function: Any, properties: Properties) -> None:
    function.dead_letter_arn = properties.get("DeadLetterConfig", {}).get("TargetArn")


def name_parameter_group(properties: Properties) -> None:
    group = properties.get("DBParameterGroupName")
    properties["DBParameterGroupName"] = getattr(group, "name", group)


def _lifecycle_rule(rule: Properties) -> Properties:
    """CloudFormation's names for a rule's parts, as the API has them."""
    answer: Properties = {
        "ID": rule.get("Id", secrets.token_hex(4)),
        "Status": rule["Status"],
        "Filter": {"Prefix": rule.get("Prefix", "")},
    }
    if "ExpirationInDays" in rule:
        answer["Expiration"] = {"Days": rule["ExpirationInDays"]}
    for name in ("NoncurrentVersionExpiration", "AbortIncompleteMultipartUpload"):
        if name in rule:
            answer[name] = rule[name]
    return answer


def _bucket_policy(properties: Properties) -> Made:
    policy = without_conditions(properties["PolicyDocument"])
    if policy:
        client("s3").put_bucket_policy(Bucket=properties["Bucket"], Policy=json.dumps(policy))
    return Made(f"{properties['Bucket']}-policy")


def _secret(properties: Properties) -> Made:
    """A value that is generated, or none yet: then a person puts it."""
    manager = client("secretsmanager")
    rule = properties.get("GenerateSecretString")
    known: Properties = {
        key: properties[key] for key in ("Name", "Description", "KmsKeyId") if key in properties
    }
    if rule:
        value = json.loads(rule["SecretStringTemplate"])
        value[rule["GenerateStringKey"]] = secrets.token_urlsafe(24)
        known["SecretString"] = json.dumps(value)
    _once(manager.create_secret, **known)
    arn = manager.describe_secret(SecretId=properties["Name"])["ARN"]
    return Made(arn, {"Id": arn})


def _subscription(properties: Properties) -> Made:
    attributes = {}
    if "FilterPolicy" in properties:
        attributes["FilterPolicy"] = json.dumps(properties["FilterPolicy"])
    answer = client("sns").subscribe(
        TopicArn=properties["TopicArn"],
        Protocol=properties["Protocol"],
        Endpoint=properties["Endpoint"],
        Attributes=attributes,
        ReturnSubscriptionArn=True,
    )
    return Made(answer["SubscriptionArn"], {"Arn": answer["SubscriptionArn"]})


def _topic_policy(properties: Properties) -> Made:
    for topic in properties["Topics"]:
        client("sns").set_topic_attributes(
            TopicArn=topic,
            AttributeName="Policy",
            AttributeValue=json.dumps(properties["PolicyDocument"]),
        )
    return Made(f"{properties['Topics'][0]}-policy")


def _alarm(properties: Properties) -> Made:
    client("cloudwatch").put_metric_alarm(**properties)
    name = properties["AlarmName"]
    found = client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return Made(name, {"Arn": found[0]["AlarmArn"]})


def _egress(properties: Properties) -> Made:
    names = ("IpProtocol", "FromPort", "ToPort")
    permission = {name: properties[name] for name in names if name in properties}
    if "DestinationSecurityGroupId" in properties:
        permission["UserIdGroupPairs"] = [{"GroupId": properties["DestinationSecurityGroupId"]}]
    else:
        permission["IpRanges"] = [{"CidrIp": properties["CidrIp"]}]
    authorize = client("ec2").authorize_security_group_egress
    _once(authorize, GroupId=properties["GroupId"], IpPermissions=[permission])
    return Made(f"{properties['GroupId']}-egress")


def _glue_job(properties: Properties) -> Made:
    glue, name = client("glue"), properties["Name"]
    try:
        glue.get_job(JobName=name)
    except glue.exceptions.EntityNotFoundException:
        glue.create_job(**properties)
    else:
        glue.update_job(JobName=name, JobUpdate={key: properties[key] for key in properties if key != "Name"})
    return Made(name)


def _glue_connection(properties: Properties) -> Made:
    _once(client("glue").create_connection, ConnectionInput=properties["ConnectionInput"])
    return Made(properties["ConnectionInput"]["Name"])


def _glue_database(properties: Properties) -> Made:
    _once(client("glue").create_database, DatabaseInput=properties["DatabaseInput"])
    return Made(properties["DatabaseInput"]["Name"])


def _glue_table(properties: Properties) -> Made:
    where, table = {"DatabaseName": properties["DatabaseName"]}, properties["TableInput"]
    if not _once(client("glue").create_table, **where, TableInput=table):
        client("glue").update_table(**where, TableInput=table)
    return Made(table["Name"])


def _workgroup(properties: Properties) -> Made:
    configuration = properties["WorkGroupConfiguration"]
    _once(client("athena").create_work_group, Name=properties["Name"], Configuration=configuration)
    return Made(properties["Name"])


def _quicksight(kind: str, create: str) -> Maker:
    """`kind` as its resources' properties name it; Arn is made up here, since moto makes none of some."""

    def make(properties: Properties) -> Made:
        identity, account = properties[f"{kind}Id"], properties["AwsAccountId"]
        known = {key: value for key, value in properties.items() if key not in _ITS_OWN}
        _once(getattr(client("quicksight"), create), **known)
        arn = f"arn:aws:quicksight:{REGION}:{account}:{kind.lower()}/{identity}"
        return Made(f"{account}|{identity}", {"Arn": arn})

    return make


def _once(create: Callable[..., Any], **parameters: Any) -> bool:
    """Whether it was created now; what already exists stays as it is."""
    try:
        create(**parameters)
    except ClientError as exc:
        if exc.response["Error"]["Code"] not in _EXISTS:
            raise
        return False
    return True


MAKERS: dict[str, Maker] = {
    "AWS::Athena::WorkGroup": _workgroup,
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::EC2::SecurityGroupEgress": _egress,
    "AWS::Glue::Connection": _glue_connection,
    "AWS::Glue::Database": _glue_database,
    "AWS::Glue::Job": _glue_job,
    "AWS::Glue::Table": _glue_table,
    "AWS::QuickSight::Dashboard": _quicksight("Dashboard", "create_dashboard"),
    "AWS::QuickSight::DataSet": _quicksight("DataSet", "create_data_set"),
    "AWS::QuickSight::DataSource": _quicksight("DataSource", "create_data_source"),
    "AWS::S3::BucketPolicy": _bucket_policy,
    "AWS::SNS::Subscription": _subscription,
    "AWS::SNS::TopicPolicy": _topic_policy,
    "AWS::SecretsManager::Secret": _secret,
}
