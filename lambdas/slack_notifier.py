"""Alerts to Slack (runbook 3.1)."""

from typing import Any

from lambdas.context import context


def handler(event: dict[str, Any], _: object) -> None:
    """`event` is SNS's. Raises NotTold where any channel was not told, after trying all."""
    context().relaying.relay([record["Sns"] for record in event["Records"]])
