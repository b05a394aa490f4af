"""A right that is taken away for a while."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from tests.e2e.conftest import Operator


@contextmanager
def denied(operator: Operator, role: str, action: str, resource: str) -> Iterator[None]:
    """As if nobody had granted it, while the block lasts."""
    iam = operator.client("iam")
    statement = {"Effect": "Deny", "Action": action, "Resource": resource}
    policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
    name = f"denied-{uuid.uuid4()}"  # of several at once each is its own
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=policy)
    try:
        yield
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName=name)
