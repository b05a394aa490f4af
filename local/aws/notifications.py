"""SNS: e-mails land in the outbox, functions get the message as AWS sends it."""

import json
import unicodedata
from datetime import UTC, datetime
from typing import Any

from moto.sns.models import SNSBackend, Subscription

from local.aws import functions, rights
from local.aws.needs import Need, key_needs
from local.outbox import deliver
from local.place import Place


def install(place: Place) -> None:
    publish_elsewhere = Subscription.publish

    # moto's Subscription.publish drops e-mails, and gives functions an example's attributes and topic.
    def publish(self: Any, message: str, message_id: str, **options: Any) -> None:
        if self.protocol not in ("email", "lambda"):
            if self.protocol != "sqs" or _may_fill(self):
                publish_elsewhere(self, message, message_id, **options)
            return
        attributes = options.get("message_attributes") or {}
        if self._filter_policy_matcher and not self._filter_policy_matcher.matches(attributes, message):
            return
        if options.get("message_structure") == "json":
            message = self._parse_message_structure(message, self.protocol)
        subject = options.get("subject") or ""
        if self.protocol == "lambda":
            record = _record(self, message, message_id, subject, attributes)
            functions.send(self.endpoint, record, "sns", self.topic.arn)
            return
        values = {name: attribute["Value"] for name, attribute in attributes.items()}
        deliver(
            place.outbox,
            canal="email",
            destino=self.endpoint,
            assunto=subject,
            corpo=message,
            atributos=values,
        )

    Subscription.publish = publish
    _refuse_subjects(SNSBackend)


def _may_fill(subscription: Any) -> bool:
    """SNS sends in its own name, which the queue's policy and its key's must let it
    (sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html, sns-enable-encryption-for-topic-sqs-queue-….html).
    """
    queue = subscription.endpoint
    key = rights.key_of("sqs", {"QueueName": queue.rsplit(":", 1)[-1]})
    wanted = (Need("sqs:SendMessage", queue), *key_needs("sqs", "SendMessage", key))
    return rights.may(rights.of_service("sns"), *wanted, source_arn=subscription.topic.arn)


def _refuse_subjects(backend: Any) -> None:
    """moto's SNSBackend.publish looks at a subject's length alone; a line break is refused as well."""
    publish_any = backend.publish

    def publish(self: Any, message: str, *more: Any, subject: str | None = None, **options: Any) -> Any:
        if any(unicodedata.category(character) == "Cc" for character in subject or ""):
            raise ValueError("Invalid parameter: Subject")
        return publish_any(self, message, *more, subject=subject, **options)

    backend.publish = publish


def _record(
    subscription: Any, message: str, message_id: str, subject: str, attributes: dict[str, Any]
) -> dict[str, Any]:
    body = {
        "Type": "Notification",
        "MessageId": message_id,
        "TopicArn": subscription.topic.arn,
        "Subject": subject or None,
        "Message": message,
        "Timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "SignatureVersion": "1",
        "MessageAttributes": {
            name: {"Type": attribute["Type"], "Value": attribute["Value"]}
            for name, attribute in attributes.items()
        },
    }
    return {
        "Records": [
            {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": subscription.arn,
                "Sns": json.loads(json.dumps(body)),
            }
        ]
    }
