"""What Slack would not take, told once it does: fed by the notifier's dead-letter queue (runbook 2.4).

A failure leaves the message in the queue, which offers it again, for fourteen days.
"""

from typing import Any

from lambdas import slack_notifier
from reconciliation.bounded_json import MESSAGE_BYTES, parse_object


def handler(event: dict[str, Any], context: object) -> None:
    """`event` is SQS's, with one message: the event that the notifier failed on. Raises NotTold."""
    for record in event["Records"]:
        slack_notifier.handler(parse_object(record["body"], MESSAGE_BYTES), context)
