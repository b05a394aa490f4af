"""Who is subscribed to the topics: SNS keeps a link that nobody opens for two days (ConfirmSubscription)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import boto3

from reconciliation.adapters.patience import PROMPT

if TYPE_CHECKING:
    from types_boto3_sns import SNSClient


@dataclass
class Subscriptions:
    """`wanted` are the e-mail addresses that each topic is to have, by its ARN."""

    wanted: Mapping[str, Sequence[str]]
    sns: "SNSClient" = field(default_factory=lambda: boto3.client("sns", config=PROMPT))

    def missing(self) -> list[str]:
        """The addresses that nobody confirmed, or that are gone, each once. Raises botocore's errors."""
        missing = [
            address
            for topic, addresses in self.wanted.items()
            for address in set(addresses) - self._confirmed(topic)
        ]
        return sorted(set(missing))

    def _confirmed(self, topic_arn: str) -> set[str]:
        """In place of the ARN of any other stands what it is: `PendingConfirmation`, `Deleted`."""
        pages = self.sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic_arn)
        found = (item for page in pages for item in page["Subscriptions"])
        return {item["Endpoint"] for item in found if item["SubscriptionArn"].startswith("arn:")}
