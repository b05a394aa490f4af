"""Alerts to their topics: operators get a JSON body and a Portuguese text, the business area its own text."""

import json
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import boto3

from reconciliation.adapters.patience import HASTY
from reconciliation.alert_texts import subject_of, text_of

if TYPE_CHECKING:
    from types_boto3_sns import SNSClient


@dataclass
class Notifier:
    """The alerts topic."""

    topic_arn: str
    sns: "SNSClient" = field(default_factory=lambda: boto3.client("sns", config=HASTY))

    def publish(self, body: dict[str, Any], attributes: dict[str, str]) -> None:
        """Where SNS refuses the subject for its accents, it is sent without them. Raises botocore's errors.

        The API's present text takes UTF-8 there; its older ones, and some who use it, say ASCII.
        """
        as_json = json.dumps(body, ensure_ascii=False)
        publish = partial(
            self.sns.publish,
            TopicArn=self.topic_arn,
            MessageStructure="json",
            Message=json.dumps(
                {"default": as_json, "lambda": as_json, "email": text_of(body)}, ensure_ascii=False
            ),
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
        )
        _with_subject(self.sns, publish, subject_of(body))


@dataclass
class BusinessTopic:
    """The business area's topic, which carries text alone."""

    topic_arn: str
    sns: "SNSClient" = field(default_factory=lambda: boto3.client("sns", config=HASTY))

    def send(self, subject: str, text: str) -> None:
        """Raises botocore's errors."""
        publish = partial(self.sns.publish, TopicArn=self.topic_arn, Message=text)
        _with_subject(self.sns, publish, subject)


def _with_subject(sns: "SNSClient", publish: Callable[..., object], subject: str) -> None:
    try:
        publish(Subject=subject)
    except sns.exceptions.InvalidParameterException:
        publish(Subject=_without_accents(subject))


def _without_accents(text: str) -> str:
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
