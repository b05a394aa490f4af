"""What a request needs: IAM's actions on resources, under condition keys. Pure.

Actions, resources and keys are those of AWS's Service Authorization Reference.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from local.place import ACCOUNT, REGION


@dataclass(frozen=True)
class Need:
    """One right; `context` has the values of its own condition keys, by names in lower case."""

    action: str
    resource: str
    context: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """A request: IAM's name of the service, the API's of the operation, and its parameters.

    Of S3 the parameters are Bucket, Key, the query's and the headers', in lower case.
    """

    service: str
    operation: str
    given: Mapping[str, Any]


RESOURCES: dict[str, tuple[str, ...]] = {
    "athena": ("workgroup/{WorkGroup}",),
    "cloudformation": ("stack/{StackName}/*",),
    "cloudwatch": ("alarm:{AlarmName}",),
    "cloudwatch:DescribeAlarms": ("alarm:{AlarmNames}",),
    "cloudwatch:GetDashboard": (f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/{{DashboardName}}",),
    "ec2:AuthorizeSecurityGroupIngress": ("security-group/{GroupId}",),
    "events": ("rule/{Name}",),
    "glue": ("job/{JobName}",),
    "glue:CreateJob": ("job/{Name}",),
    "glue:GetConnection": ("catalog connection/{Name}",),
    "glue:GetDatabase": ("catalog database/{Name}",),
    "glue:GetTable": ("catalog database/{DatabaseName} table/{DatabaseName}/{Name}",),
    "iam": ("role/{RoleName}", "{PolicyArn}"),
    "kms": ("key/{KeyId}",),
    "lambda": ("function:{FunctionName}",),
    "logs": (
        "log-group:{logGroupName}:log-stream:{logStreamName}",
        "log-group:{logGroupName}:log-stream:",
    ),
    "quicksight": ("dataset/{DataSetId}/ingestion/{IngestionId}", "dataset/{DataSetId}"),
    "rds": ("db:{DBInstanceIdentifier}",),
    "secretsmanager": ("{SecretId}",),
    "sns": ("{TopicArn}",),
    "sqs": ("{QueueName}",),
    "ssm": ("parameter/{Name}",),
    "states": ("{executionArn}", "{stateMachineArn}"),
    "sts": ("{RoleArn}",),
}
"""By operation or service: the first whose parameters are given, each of several; none of them is `*`."""

_KEYS = {
    "cloudwatch": {"Namespace": "cloudwatch:namespace"},
    "sns": {"Protocol": "sns:protocol", "Endpoint": "sns:endpoint"},
}
"""By service, the condition keys that are a parameter's value."""
_NAMES = {"lambda:Invoke": "lambda:InvokeFunction"}
PASSED = {
    **dict.fromkeys(("glue:CreateJob", "glue:UpdateJob"), ("Role", "glue.amazonaws.com")),
    **dict.fromkeys(
        ("lambda:CreateFunction", "lambda:UpdateFunctionConfiguration"), ("Role", "lambda.amazonaws.com")
    ),
    **dict.fromkeys(
        ("states:CreateStateMachine", "states:UpdateStateMachine"), ("roleArn", "states.amazonaws.com")
    ),
}
"""Whoever gives a service a role must be allowed to pass it on (IAM/…/id_roles_use_passrole.html)."""
KEY_USES = {
    "s3:GetObject": ("Decrypt",),
    "s3:PutObject": ("GenerateDataKey",),
    "s3:UploadPart": ("Decrypt",),
    "s3:ListMultipartUploadParts": ("Decrypt",),
    "secretsmanager:GetSecretValue": ("Decrypt",),
    "secretsmanager:PutSecretValue": ("GenerateDataKey", "Decrypt"),
    "sns:Publish": ("GenerateDataKey", "Decrypt"),
    "sqs:ReceiveMessage": ("Decrypt",),
    "sqs:SendMessage": ("GenerateDataKey", "Decrypt"),
}
"""What a service does in the caller's name with the key of what is asked for: UsingKMSEncryption.html of S3,
security-encryption.html of Secrets Manager, sns-key-management.html, sqs-key-management.html.
"""


def arn(service: str, resource: str) -> str:
    """A name's, or the ARN that was given in place of a name."""
    if resource == "*" or "arn:" in resource:
        return resource[max(0, resource.find("arn:")) :]
    return f"arn:aws:{service}:{'' if service == 'iam' else REGION}:{ACCOUNT}:{resource}"


def needs(asked: Asked) -> list[Need]:
    """Those that stand in the request itself: of keys, see `key_needs`."""
    if asked.service == "s3":
        return list(_of_s3(asked))
    name = f"{asked.service}:{asked.operation}"
    templates = RESOURCES.get(name) or RESOURCES.get(asked.service, ())
    fitting = (one for one in templates if all(asked.given.get(key) for key in re.findall(r"{(\w+)}", one)))
    keys = _KEYS.get(asked.service, {})
    context = {key: asked.given[parameter] for parameter, key in keys.items() if parameter in asked.given}
    found = [
        Need(_NAMES.get(name, name), arn(asked.service, part.format(**asked.given)), context)
        for part in next(fitting, "*").split(" ")
    ]
    parameter, service = PASSED.get(name, ("", ""))
    given = asked.given.get("JobUpdate", asked.given).get(parameter)
    if given:
        role = given if given.startswith("arn:") else arn("iam", f"role/{given}")
        found.append(Need("iam:PassRole", role, {"iam:passedtoservice": service}))
    return found


def key_needs(service: str, use: str, key_arn: str | None) -> list[Need]:
    """`use` is one of KEY_USES. The key is the bucket's, topic's, queue's or secret's, if it has one."""
    context = {"kms:viaservice": f"{service}.{REGION}.amazonaws.com", "kms:calleraccount": ACCOUNT}
    actions = KEY_USES.get(f"{service}:{use}", ()) if key_arn else ()
    return [Need(f"kms:{action}", str(key_arn), context) for action in actions]


# --- what a service does by itself with the role it was given

_DESCRIBED = ("NetworkInterfaces", "RouteTables", "SecurityGroups", "Subnets", "VpcAttribute", "VpcEndpoints")
_JOINED = tuple(
    Need("ec2:CreateNetworkInterface", arn("ec2", f"{kind}/*"))
    for kind in ("network-interface", "subnet", "security-group")
)
_LEFT = Need("ec2:DeleteNetworkInterface", arn("ec2", "network-interface/*"))
OF_FUNCTIONS_IN_A_VPC = (
    *(Need(f"ec2:Describe{kind}", "*") for kind in ("NetworkInterfaces", "Subnets")),
    *_JOINED,
    _LEFT,
)
"""lambda/latest/dg/configuration-vpc.html"""
OF_JOBS_IN_A_VPC = (
    *(Need(f"ec2:Describe{kind}", "*") for kind in _DESCRIBED),
    *_JOINED,
    Need("ec2:CreateTags", _LEFT.resource, {"aws:tagkeys": ["aws-glue-service-resource"]}),
    _LEFT,
)
"""glue/latest/dg/create-service-policy.html"""
OF_MACHINES_WITH_A_LOG = tuple(
    Need(f"logs:{action}", "*")
    for action in (
        *("CreateLogDelivery", "GetLogDelivery", "UpdateLogDelivery", "DeleteLogDelivery"),
        *("ListLogDeliveries", "PutResourcePolicy", "DescribeResourcePolicies", "DescribeLogGroups"),
    )
)
"""step-functions/latest/dg/cw-logs.html"""


# --- S3 (service-authorization/…/list_amazons3.html; AmazonS3/…/using-with-s3-policy-actions.html)

_OF_BUCKETS = {
    "acl": "BucketAcl",
    "encryption": "EncryptionConfiguration",
    "lifecycle": "LifecycleConfiguration",
    "location": "BucketLocation",
    "logging": "BucketLogging",
    "notification": "BucketNotification",
    "ownershipControls": "BucketOwnershipControls",
    "policy": "BucketPolicy",
    "policyStatus": "BucketPolicyStatus",
    "publicAccessBlock": "BucketPublicAccessBlock",
    "tagging": "BucketTagging",
    "versioning": "BucketVersioning",
}
_LISTS = {"versions": "ListBucketVersions", "uploads": "ListBucketMultipartUploads"}
_WHOLE = {"GET": "ListBucket", "HEAD": "ListBucket", "PUT": "CreateBucket", "DELETE": "DeleteBucket"}
_PARTS = {"GET": "ListMultipartUploadParts", "DELETE": "AbortMultipartUpload"}
_VERBS = {"GET": "Get", "HEAD": "Get", "PUT": "Put", "POST": "Put", "DELETE": "Delete"}
_HEADERS = {"x-amz-tagging": "PutObjectTagging", "x-amz-acl": "PutObjectAcl"}


def _of_s3(asked: Asked) -> Iterator[Need]:
    given, method = asked.given, asked.operation
    bucket, key = f"arn:aws:s3:::{given['Bucket']}", given["Key"]
    context = {f"s3:{name.lower()}": value for name, value in given.items() if isinstance(value, str)}
    if key:
        yield Need(f"s3:{_of_object(method, given)}", f"{bucket}/{key}", context)
        if method in ("PUT", "DELETE") and "if-match" in given:  # S3's guide, conditional-writes, -deletes
            yield Need("s3:GetObject", f"{bucket}/{key}")
        for header in _HEADERS.keys() & given.keys():
            yield Need(f"s3:{_HEADERS[header]}", f"{bucket}/{key}")
        if source := copied_from(given):
            version = "Version" if "?versionId=" in given["x-amz-copy-source"] else ""
            yield Need(f"s3:GetObject{version}", f"arn:aws:s3:::{source}")
            if given.get("x-amz-tagging-directive") != "REPLACE":  # AWS asks for them where it has any tags
                yield Need(f"s3:GetObject{version}Tagging", f"arn:aws:s3:::{source}")
                yield Need("s3:PutObjectTagging", f"{bucket}/{key}")
    elif not given["Bucket"]:
        yield Need("s3:ListAllMyBuckets", "*")
    elif "delete" in given:
        yield Need("s3:DeleteObject", f"{bucket}/*", context)
    else:
        yield Need(f"s3:{_of_bucket(method, given)}", bucket, context)


def copied_from(given: Mapping[str, Any]) -> str:
    """Bucket and key of what a request copies; "" where it copies nothing."""
    return str(unquote(given.get("x-amz-copy-source", "").lstrip("/").partition("?versionId=")[0]))


def _of_object(method: str, given: Mapping[str, Any]) -> str:
    if "uploadId" in given:
        return _PARTS.get(method, "PutObject")
    of = next((name.title() for name in ("tagging", "acl", "attributes", "retention") if name in given), "")
    version = "Version" if "versionId" in given and method in ("GET", "HEAD", "DELETE") else ""
    return f"{_VERBS[method]}Object{version}{of}"


def _of_bucket(method: str, given: Mapping[str, Any]) -> str:
    named = next((right for name, right in _OF_BUCKETS.items() if name in given), None)
    if named:
        return f"{_VERBS[method]}{named}"
    return next((right for name, right in _LISTS.items() if name in given), _WHOLE.get(method, "PutObject"))


def s3_key_use(method: str, given: Mapping[str, Any]) -> str:
    """One of S3's KEY_USES: HEAD opens no object but for its checksum (S3's HeadObject)."""
    if "uploadId" in given:
        return {"GET": "ListMultipartUploadParts", "DELETE": ""}.get(method, "UploadPart")
    if method == "HEAD":
        return "GetObject" if "x-amz-checksum-mode" in given else ""
    return {"GET": "GetObject", "PUT": "PutObject", "POST": "PutObject"}.get(method, "")
