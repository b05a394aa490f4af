"""People on a local stack: the roles of infra/roles.py, taken as a person's profile takes them."""

from typing import Any

import boto3

from local.place import ACCOUNT
from local.stack import Stack

ADMINISTRATOR = ""
"""In place of a role: whoever holds the stack's own keys."""


def environment(stack: Stack, role: str) -> dict[str, str]:
    """Of that person's shell."""
    if role == ADMINISTRATOR:
        return stack.env
    sts: Any = boto3.client(
        "sts", endpoint_url=stack.endpoint, region_name=stack.env["AWS_DEFAULT_REGION"],
        aws_access_key_id="local", aws_secret_access_key="local",
    )  # fmt: skip
    arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
    taken = sts.assume_role(RoleArn=arn, RoleSessionName="person")["Credentials"]
    return {
        **stack.env,
        "AWS_ACCESS_KEY_ID": taken["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": taken["SecretAccessKey"],
        "AWS_SESSION_TOKEN": taken["SessionToken"],
    }
