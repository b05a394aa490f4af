"""What the scenarios ask of the account, as IAM's rights: tests/rights holds them against the policies."""

import json
from typing import Any, Final

from local.aws.needs import Asked, Need, copied_from, key_needs, needs, s3_key_use
from local.place import ACCOUNT, REGION

KEY: Final = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/KEY"
"""The deployment's, which encrypts the buckets and the topic."""
GLUE_ROLE: Final = "ReconciliationGlueRole"

RIGHTS: Final[set[tuple[str, str, str]]] = set()
"""Role, action and resource of whatever was asked in this process."""

_METHODS: Final = {"GetObject": "GET", "HeadObject": "HEAD", "PutObject": "PUT", "CopyObject": "PUT",
                   "ListObjectsV2": "GET", "DeleteObject": "DELETE"}  # fmt: skip


def note(role: str, service: str, operation: str, given: dict[str, Any], *, is_absent: bool = False) -> None:
    RIGHTS.update(wanted(role, service, operation, given, is_absent=is_absent))


def wanted(
    role: str, service: str, operation: str, given: dict[str, Any], *, is_absent: bool = False
) -> set[tuple[str, str, str]]:
    """By boto3's name of the service. `is_absent`: of an object that is not there, or not in that version."""
    asked = _of_s3(operation, given) if service == "s3" else _of_other(service, operation, given)
    found = needs(asked)
    use = s3_key_use(asked.operation, asked.given) if service == "s3" else operation
    if asked.given.get("Key") or service != "s3":
        found += key_needs(asked.service, use, KEY)
    if copied_from(asked.given):
        found += key_needs("s3", "GetObject", KEY)
    if is_absent:
        found.append(Need("s3:ListBucket", f"arn:aws:s3:::{asked.given['Bucket']}"))
    return {(role, need.action, need.resource) for need in found}


def _of_s3(operation: str, given: dict[str, Any]) -> Asked:
    version = {"versionId": given["VersionId"]} if "VersionId" in given else {}
    where = {"Bucket": f"reconciliation-{given['Bucket']}", "Key": given.get("Key", "")}
    copied = {
        "x-amz-copy-source": f"reconciliation-{given['CopySource']}",
        "x-amz-tagging-directive": given.get("TaggingDirective", "COPY"),
    } if "CopySource" in given else {}  # fmt: skip
    return Asked("s3", _METHODS[operation], {**where, **version, **copied})


def _of_other(service: str, operation: str, given: dict[str, Any]) -> Asked:
    named = {key: value for key, value in given.items() if isinstance(value, str)}
    here = json.loads(json.dumps(named).replace(":us-east-1:", f":{REGION}:"))
    return Asked({"stepfunctions": "states"}.get(service, service), operation, here)
