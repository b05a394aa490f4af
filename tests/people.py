"""People on a local stack: the roles of infra/roles.py, as a person's profile takes them, and their shell."""

import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import boto3

from local.place import ACCOUNT
from local.stack import Stack
from tests.jq import put_jq

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


def shell(stack: Stack, role: str, words: Sequence[str], folder: Path, **variables: str) -> str:
    """What those words of bash say in that person's shell, in that folder. AssertionError where they fail."""
    known = {**environment(stack, role), "AWS_PAGER": "", **variables}
    known["PATH"] += f":{put_jq(folder / 'shims')}"
    done = subprocess.run(
        ["bash", *words], cwd=folder, env=known, capture_output=True, text=True, errors="replace",
        check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, f"{words[-1]}\n{done.stdout}\n{done.stderr}"
    return done.stdout
