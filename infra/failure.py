"""Why CloudFormation did not do what was asked: one paragraph that ends with the next command."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from reconciliation.bounded_json import parse_object

STUCK = ("DELETE_FAILED", "UPDATE_ROLLBACK_FAILED")
"""States of a stack that no deployment can leave (AWSCloudFormation/…/view-stack-events.html)."""

_CANCELLED = "cancelled"
"""In the reason of what only ended because something else had failed."""
_NAMES = ("Name", "BucketName", "FunctionName", "RoleName", "AliasName", "LogGroupName")


@dataclass(frozen=True)
class Refusal:
    """A resource that could not be made, changed or deleted, and the service's words for it."""

    logical_id: str
    kind: str
    name: str
    """Its own, or that of the template; "" where it has none."""
    status: str
    reason: str

    @classmethod
    def of_event(cls, event: Mapping[str, Any]) -> Self:
        """As DescribeStackEvents answers it."""
        given = event.get("ResourceProperties") or "{}"
        known = parse_object(given) if given.startswith("{") else {}
        named = (known[key] for key in _NAMES if isinstance(known.get(key), str))
        return cls(
            logical_id=event["LogicalResourceId"],
            kind=event["ResourceType"],
            name=event.get("PhysicalResourceId") or next(named, ""),
            status=event["ResourceStatus"],
            reason=" ".join(event.get("ResourceStatusReason", "").split()),
        )


def refusals(stack: str, events: Iterable[Mapping[str, Any]]) -> list[Refusal]:
    """Of the newest operation, in the order in which they happened; `events` come the newest first."""
    found: list[Refusal] = []
    for event in events:
        if event["LogicalResourceId"] == stack:
            if event.get("ResourceStatusReason") == "User Initiated":
                break
        elif event["ResourceStatus"].endswith("_FAILED"):
            found.insert(0, Refusal.of_event(event))
    return [one for one in found if _CANCELLED not in one.reason]


def explanation(stack: str, status: str | None, refused: Sequence[Refusal]) -> str:
    """What `stack` is now, why, and what to do."""
    again = "say make deploy again"
    told = {
        "ROLLBACK_COMPLETE": ("was not made, and what was begun is gone again", again),
        "ROLLBACK_FAILED": ("was not made, and not all that was begun is gone", again),
        "DELETE_FAILED": (
            "is half deleted",
            f"aws cloudformation delete-stack --stack-name {stack}, and once it is gone say what you meant"
            " again",
        ),
        "UPDATE_ROLLBACK_COMPLETE": ("runs as before, the update is undone", again),
        "UPDATE_ROLLBACK_FAILED": (
            "is between two deployments",
            f"aws cloudformation continue-update-rollback --stack-name {stack}, and once it is"
            f" UPDATE_ROLLBACK_COMPLETE {again}",
        ),
    }
    if status not in told:
        return f"Nothing of {stack} was changed ({status or 'there is none'}): the lines above say why."
    left = [one for one in refused if one.status == "DELETE_FAILED"]
    causes = left if status in ("ROLLBACK_FAILED", "DELETE_FAILED") and left else refused
    state, end = told[status]
    why = " ".join(f"{one.logical_id} ({one.kind}): {one.reason} -> {_mend(one)};" for one in causes)
    return f"{stack} {state} ({status}). {why or 'Its events say why;'} then {end}."


def _mend(refused: Refusal) -> str:
    """What a person does about it."""
    reason, name = refused.reason.lower(), refused.name
    if "scheduled for deletion" in reason:
        return f"aws secretsmanager delete-secret --force-delete-without-recovery --secret-id {name}"
    if "already exist" in reason or "name is not available" in reason:
        return "it is there outside the stack: delete it where nobody needs it, or choose another suffix"
    if "not empty" in reason and refused.kind == "AWS::S3::Bucket":
        return f'empty {name} with all its versions (the S3 console\'s "Empty"), and aws s3 rb s3://{name}'
    if "not empty" in reason and refused.kind == "AWS::Athena::WorkGroup":
        return f"aws athena delete-work-group --recursive-delete-option --work-group {name}"
    if "protect" in reason and refused.kind == "AWS::RDS::DBInstance":
        unprotect = "aws rds modify-db-instance --no-deletion-protection --apply-immediately"
        return f"{unprotect} --db-instance-identifier {name}"
    return "mend that"
