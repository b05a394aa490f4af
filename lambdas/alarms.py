"""CloudWatch's alarms (runbook 1.2), from a queue that holds each back for five minutes.

A failure leaves the message in the queue, which offers it again, and at last in the dead letters.
"""

from datetime import UTC, datetime
from typing import Any

from lambdas.context import context
from reconciliation.bounded_json import MESSAGE_BYTES, parse_object


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    """`event` is SQS's; each message is what CloudWatch published. Answers the ids of what was told."""
    alarming, now = context().alarming, datetime.now(UTC)
    messages = [parse_object(message["body"], MESSAGE_BYTES) for message in event["Records"]]
    return {"told": [alert_id for message in messages for alert_id in alarming.hear(message, now)]}
