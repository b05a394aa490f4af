"""What Slack would not take, told once it does: fed by the notifier's dead-letter queue (runbook 2.4).

A failure leaves the message in the queue, which offers it again, for fourteen days.
"""

from typing import Any

from lambdas.context import context
from reconciliation.bounded_json import MESSAGE_BYTES, parse_object


def handler(event: dict[str, Any], _: object) -> None:
    """`event` is SQS's; each message is the event that the notifier failed on. Raises NotTold."""
    for message in event["Records"]:
        alerts = [record["Sns"] for record in parse_object(message["body"], MESSAGE_BYTES)["Records"]]
        context().relaying.relay(alerts)
