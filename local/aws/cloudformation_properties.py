"""The properties that moto's own types leave out: what each lacks once moto has made it, or before.

cloudformation.py says which is of which type.
"""

import json
import secrets
from collections.abc import Callable
from typing import Any

from moto.rds.models import MasterUserSecret

from local.aws.cloudformation_types import Properties, client


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


def keep_policies(role: Any, properties: Properties) -> None:
    """As JSON, where moto keeps the text of a Python dict, and anew at an update, where it keeps the old."""
    role.policies = {
        item["PolicyName"]: json.dumps(item["PolicyDocument"]) for item in properties.get("Policies", ())
    }
    role.assume_role_policy_document = json.dumps(properties["AssumeRolePolicyDocument"])


def keep_key_policy(key: Any, properties: Properties) -> None:
    key.policy = json.dumps(properties["KeyPolicy"])


def keep_dead_letter_queue(function: Any, properties: Properties) -> None:
    function.dead_letter_arn = properties.get("DeadLetterConfig", {}).get("TargetArn")


def keep_owners_secret(instance: Any, properties: Properties) -> None:
    if properties.get("ManageMasterUserPassword") and not hasattr(instance, "master_user_secret"):
        instance.manage_master_user_password = True
        instance.master_user_secret = MasterUserSecret(instance, None)


def keep_protection(instance: Any, properties: Properties) -> None:
    instance.deletion_protection = bool(properties.get("DeletionProtection"))
    instance.made_from = dict(properties)


def with_owners_secret(own: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    def attribute(instance: Any, name: str) -> Any:
        if name == "MasterUserSecret.SecretArn":
            return instance.master_user_secret.secret_arn
        return own(instance, name)

    return attribute


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
