"""Alerts to Slack (runbook 3.1)."""

import time
from typing import Any

from lambdas.context import context
from reconciliation.lifecycle.relaying import PATIENCE_S


def handler(event: dict[str, Any], _: object) -> None:
    """`event` is SNS's. Raises NotTold where any channel was not told, after trying all."""
    context().relaying.relay([record["Sns"] for record in event["Records"]], time.monotonic() + PATIENCE_S)
