"""Alerts to the topic `reconciliation-alerts`: one JSON body for machines, one Portuguese text for people."""

import json
import unicodedata
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import boto3

from reconciliation.adapters.patience import HASTY
from reconciliation.alert_texts import subject_of, text_of
from reconciliation.alerts import Event, attributes_of, body_of

if TYPE_CHECKING:
    from types_boto3_sns import SNSClient


@dataclass
class Notifier:
    """The alerts topic."""

    topic_arn: str
    sns: "SNSClient" = field(default_factory=lambda: boto3.client("sns", config=HASTY))

    def send(self, event: Event) -> None:
        """Where SNS refuses the subject for its accents, it is sent without them. Raises botocore's errors.

        The API's present text takes UTF-8 there; its older ones, and some who use it, say ASCII.
        """
        subject = subject_of(body_of(event))
        try:
            self._publish(event, subject)
        except self.sns.exceptions.InvalidParameterException:
            self._publish(event, _without_accents(subject))

    def _publish(self, event: Event, subject: str) -> None:
        body = body_of(event)
        as_json = json.dumps(body, ensure_ascii=False)
        self.sns.publish(
            TopicArn=self.topic_arn,
            Subject=subject,
            MessageStructure="json",
            Message=json.dumps(
                {"default": as_json, "lambda": as_json, "email": text_of(body)}, ensure_ascii=False
            ),
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in attributes_of(event).items()
            },
        )


def _without_accents(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
