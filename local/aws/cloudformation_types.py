"""The resource types that moto's CloudFormation skips: how each is made from its properties.

Every function calls boto3 back into the server, so what it asks is checked as a program's request would be,
and a name that is taken is refused. `UPDATERS` bring up to date what a later template changes; of the other
types, a change fails.
"""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache, partial
from typing import Any

import boto3
from moto.athena.models import athena_backends
from moto.quicksight.models import quicksight_backends

from local.place import ACCOUNT, REGION

Properties = dict[str, Any]

_ITS_OWN = ("DataSetRefreshProperties", "IngestionWaitPolicy")
"""Properties of a dataset that are no part of the API's request for one."""


def _nothing() -> None:
    """It goes with what it belongs to."""


@dataclass(frozen=True)
class Made:
    """What `Ref` and `GetAtt` answer, and how the resource is deleted."""

    ref: str
    attributes: dict[str, str] = field(default_factory=dict)
    delete: Callable[[], object] = _nothing


Maker = Callable[[Properties], Made]
Updater = Callable[[Properties, Properties], Made]
"""Of the properties that are wanted, and of those that it was last made from."""


@lru_cache
def client(service: str) -> Any:
    """Speaks to this very server, by the environment that local.server sets."""
    return boto3.client(service)  # type: ignore[call-overload]  # any service, by its name


def _bucket_policy(properties: Properties) -> Made:
    client("s3").put_bucket_policy(
        Bucket=properties["Bucket"], Policy=json.dumps(properties["PolicyDocument"])
    )
    return Made(f"{properties['Bucket']}-policy")


def _secret(properties: Properties) -> Made:
    """A value that is generated, or none yet: then a person puts it."""
    known: Properties = {
        key: properties[key] for key in ("Name", "Description", "KmsKeyId") if key in properties
    }
    return _made_secret(
        client("secretsmanager").create_secret(**known, **_generated(properties))["ARN"], properties
    )


def _update_secret(properties: Properties, before: Properties) -> Made:
    """Another rule is another password, whatever of it changed (cloudformation-coverage-roadmap#2210).

    Without a rule there is nothing to put, and UpdateSecret, which is asked for nothing, leaves the value.
    """
    name, rule = properties["Name"], "GenerateSecretString"
    if name != before["Name"]:
        raise ValueError("nothing here can change Name")
    known = {key: properties[key] for key in ("Description", "KmsKeyId") if key in properties}
    value = _generated(properties) if properties.get(rule) != before.get(rule) else {}
    return _made_secret(
        client("secretsmanager").update_secret(SecretId=name, **known, **value)["ARN"], properties
    )


def _generated(properties: Properties) -> Properties:
    rule = properties.get("GenerateSecretString")
    if rule is None:
        return {}
    value = json.loads(rule["SecretStringTemplate"])
    value[rule["GenerateStringKey"]] = secrets.token_urlsafe(24)
    return {"SecretString": json.dumps(value)}


def _made_secret(arn: str, properties: Properties) -> Made:
    gone = partial(
        client("secretsmanager").delete_secret, SecretId=properties["Name"], ForceDeleteWithoutRecovery=True
    )
    return Made(arn, {"Id": arn}, gone)


def _subscription(properties: Properties) -> Made:
    attributes = {}
    if "FilterPolicy" in properties:
        attributes["FilterPolicy"] = json.dumps(properties["FilterPolicy"])
    if properties.get("RawMessageDelivery"):
        attributes["RawMessageDelivery"] = "true"
    answer = client("sns").subscribe(
        TopicArn=properties["TopicArn"],
        Protocol=properties["Protocol"],
        Endpoint=properties["Endpoint"],
        Attributes=attributes,
        ReturnSubscriptionArn=True,
    )
    arn = answer["SubscriptionArn"]
    return Made(arn, {"Arn": arn}, partial(client("sns").unsubscribe, SubscriptionArn=arn))


def _queue_policy(properties: Properties) -> Made:
    for queue in properties["Queues"]:
        client("sqs").set_queue_attributes(
            QueueUrl=queue, Attributes={"Policy": json.dumps(properties["PolicyDocument"])}
        )
    return Made(f"{properties['Queues'][0]}-policy")


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
    return Made(
        name, {"Arn": found[0]["AlarmArn"]}, partial(client("cloudwatch").delete_alarms, AlarmNames=[name])
    )


def _egress(properties: Properties) -> Made:
    names = ("IpProtocol", "FromPort", "ToPort")
    permission = {name: properties[name] for name in names if name in properties}
    if "DestinationSecurityGroupId" in properties:
        permission["UserIdGroupPairs"] = [{"GroupId": properties["DestinationSecurityGroupId"]}]
    else:
        permission["IpRanges"] = [{"CidrIp": properties["CidrIp"]}]
    rule = {"GroupId": properties["GroupId"], "IpPermissions": [permission]}
    client("ec2").authorize_security_group_egress(**rule)
    gone = partial(client("ec2").revoke_security_group_egress, **rule)
    return Made(f"{properties['GroupId']}-egress", delete=gone)


def _glue_job(properties: Properties) -> Made:
    client("glue").create_job(**properties)
    return _made_job(properties["Name"])


def _update_glue_job(properties: Properties) -> Made:
    name = properties["Name"]
    update = {key: value for key, value in properties.items() if key != "Name"}
    client("glue").update_job(JobName=name, JobUpdate=update)
    return _made_job(name)


def _made_job(name: str) -> Made:
    return Made(name, delete=partial(client("glue").delete_job, JobName=name))


def _glue_connection(properties: Properties) -> Made:
    name = properties["ConnectionInput"]["Name"]
    client("glue").create_connection(ConnectionInput=properties["ConnectionInput"])
    return Made(name, delete=partial(client("glue").delete_connection, ConnectionName=name))


def _glue_database(properties: Properties) -> Made:
    name = properties["DatabaseInput"]["Name"]
    client("glue").create_database(DatabaseInput=properties["DatabaseInput"])
    return Made(name, delete=partial(client("glue").delete_database, Name=name))


def _glue_table(properties: Properties, act: str = "create_table") -> Made:
    name, database = properties["TableInput"]["Name"], properties["DatabaseName"]
    getattr(client("glue"), act)(DatabaseName=database, TableInput=properties["TableInput"])
    return Made(name, delete=partial(client("glue").delete_table, DatabaseName=database, Name=name))


def _workgroup(properties: Properties) -> Made:
    name, configuration = properties["Name"], properties["WorkGroupConfiguration"]
    client("athena").create_work_group(Name=name, Configuration=configuration)
    recursive = properties.get("RecursiveDeleteOption", False)
    return Made(name, delete=partial(_delete_workgroup, name, recursive))


def _delete_workgroup(name: str, recursive: bool) -> None:
    """moto asks for no RecursiveDeleteOption (Athena: API_DeleteWorkGroup.html)."""
    athena = client("athena")
    if name not in [group["Name"] for group in athena.list_work_groups()["WorkGroups"]]:
        return  # somebody did it by hand
    history = athena.list_query_executions(WorkGroup=name)["QueryExecutionIds"]
    queries = athena.list_named_queries(WorkGroup=name)["NamedQueryIds"]
    if (history or queries) and not recursive:
        raise ValueError(f"WorkGroup {name} is not empty")
    athena.delete_work_group(WorkGroup=name, RecursiveDeleteOption=recursive)


def _saved_query(properties: Properties) -> Made:
    made = client("athena").create_named_query(**properties)["NamedQueryId"]
    return Made(made, {"NamedQueryId": made}, partial(_forget_of_athena, "named_queries", made))


def _prepared_statement(properties: Properties) -> Made:
    name = properties["StatementName"]
    client("athena").create_prepared_statement(**properties)
    return Made(name, delete=partial(_forget_of_athena, "prepared_statements", name))


def _forget_of_athena(kind: str, name: str) -> None:
    """moto deletes neither; one that went with its workgroup is gone already."""
    getattr(athena_backends[ACCOUNT][REGION], kind).pop(name, None)


def _quicksight(kind: str, noun: str) -> Maker:
    """`kind` as its resources' properties name it; Arn is made up here, since moto makes none of some."""

    def make(properties: Properties) -> Made:
        identity, account = properties[f"{kind}Id"], properties["AwsAccountId"]
        known = {key: value for key, value in properties.items() if key not in _ITS_OWN}
        getattr(client("quicksight"), f"create_{noun}")(**known)
        arn = f"arn:aws:quicksight:{REGION}:{account}:{kind.lower()}/{identity}"
        return Made(f"{account}|{identity}", {"Arn": arn}, partial(_forget, f"{noun}s", identity))

    return make


def _forget(kind: str, identity: str) -> None:
    """moto deletes data sources alone."""
    getattr(quicksight_backends[ACCOUNT][REGION], kind).pop(identity, None)


def _refresh_schedule(properties: Properties) -> Made:
    """moto knows none: a dataset that is there has one, by which nothing is ever copied here."""
    account, data_set = properties["AwsAccountId"], properties["DataSetId"]
    client("quicksight").describe_data_set(AwsAccountId=account, DataSetId=data_set)
    return Made(f"{account}|{data_set}|{properties['Schedule']['ScheduleId']}")


MAKERS: dict[str, Maker] = {
    "AWS::Athena::NamedQuery": _saved_query,
    "AWS::Athena::PreparedStatement": _prepared_statement,
    "AWS::Athena::WorkGroup": _workgroup,
    "AWS::CloudWatch::Alarm": _alarm,
    "AWS::EC2::SecurityGroupEgress": _egress,
    "AWS::Glue::Connection": _glue_connection,
    "AWS::Glue::Database": _glue_database,
    "AWS::Glue::Job": _glue_job,
    "AWS::Glue::Table": _glue_table,
    "AWS::QuickSight::Dashboard": _quicksight("Dashboard", "dashboard"),
    "AWS::QuickSight::DataSet": _quicksight("DataSet", "data_set"),
    "AWS::QuickSight::DataSource": _quicksight("DataSource", "data_source"),
    "AWS::QuickSight::RefreshSchedule": _refresh_schedule,
    "AWS::S3::BucketPolicy": _bucket_policy,
    "AWS::SNS::Subscription": _subscription,
    "AWS::SNS::TopicPolicy": _topic_policy,
    "AWS::SQS::QueuePolicy": _queue_policy,
    "AWS::SecretsManager::Secret": _secret,
}


def _anew(make: Maker) -> Updater:
    """Of an update that asks for what the creation asked for."""
    return lambda properties, _before: make(properties)


UPDATERS: dict[str, Updater] = {
    "AWS::CloudWatch::Alarm": _anew(_alarm),
    "AWS::Glue::Job": _anew(_update_glue_job),
    "AWS::Glue::Table": _anew(partial(_glue_table, act="update_table")),
    "AWS::S3::BucketPolicy": _anew(_bucket_policy),
    "AWS::SNS::Subscription": _anew(_subscription),
    "AWS::SNS::TopicPolicy": _anew(_topic_policy),
    "AWS::SecretsManager::Secret": _update_secret,
}
