"""Gives the base's reading user a new password. Secrets Manager calls it once a step (docs/adr/0006)."""

from typing import Any

import boto3

from reconciliation.access.rotating import Rotation
from reconciliation.adapters.patience import PROMPT
from reconciliation.lifecycle.settings import BaseSettings


def handler(event: dict[str, Any], _: object) -> None:
    """`event`: SecretId, ClientRequestToken, Step. Raises RDS_AUTH, RDS_UNREACHABLE, ValueError."""
    Rotation(
        manager=boto3.client("secretsmanager", config=PROMPT),
        secret_id=event["SecretId"],
        token=event["ClientRequestToken"],
        database_ca=BaseSettings().database_ca,
    ).take(event["Step"])
