"""Whom the system tells: the topics, the people of runbook 3.1 and the function that writes to Slack."""

from aws_cdk import Duration
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.alarms import let_alarms_publish
from infra.names import BUSINESS_TOPIC, TOPIC
from infra.people import told_severities
from infra.settings import Settings
from reconciliation.channels import CHANNEL, ENGINEERING, ONCALL

DEAD_LETTERS = "reconciliation-alerts-dead-letters"
WEBHOOKS = {
    CHANNEL: "SlackWebhook",
    ENGINEERING: "SlackEngineeringWebhook",
    ONCALL: "SlackOncallWebhook",
}
"""The secrets' construct ids: under another one, CloudFormation would make a new secret, without a value."""


def _filter(severities: list[str]) -> dict[str, sns.SubscriptionFilter] | None:
    return {"severidade": sns.SubscriptionFilter(list(severities))} if severities else None


class Alerts(Construct):
    """E-mail by severity as runbook 3.2 escalates; operations and Slack's first channel get everything.

    The business area's topic has texts of its own, and whoever subscribes to it gets all of them.
    """

    def __init__(self, scope: Construct, construct_id: str, settings: Settings, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self.topic, self.business_topic = (
            sns.Topic(self, each, topic_name=settings.named(name), master_key=key, enforce_ssl=True)
            for each, name in (("Topic", TOPIC), ("BusinessTopic", BUSINESS_TOPIC))
        )
        self.business_topic.add_subscription(subscriptions.EmailSubscription(settings.email_business))
        severities_of = told_severities(settings)
        self.subscribers = {
            self.topic.topic_arn: list(severities_of),
            self.business_topic.topic_arn: [settings.email_business],
        }
        """Addresses by topic: the daily check looks whether they are confirmed."""
        for address, severities in severities_of.items():
            self.topic.add_subscription(
                subscriptions.EmailSubscription(address, filter_policy=_filter(severities))
            )
        if settings.email_board:
            last = {"nivel": sns.SubscriptionFilter(["4"])}
            self.topic.add_subscription(
                subscriptions.EmailSubscription(settings.email_board, filter_policy=last)
            )
            self.subscribers[self.topic.topic_arn].append(settings.email_board)
        let_alarms_publish(self.topic)  # the few that tell of what tells the others
        for channel, secret in settings.slack_secrets.items():
            self._add_webhook(WEBHOOKS[channel], secret, channel, key)
        self.dead_letters = sqs.Queue(
            self,
            "DeadLetters",
            queue_name=settings.named(DEAD_LETTERS),
            retention_period=Duration.days(14),
            visibility_timeout=Duration.minutes(5),  # the pause between two tries of the replay
            encryption_master_key=key,
            enforce_ssl=True,
        )

    def tell(self, notifier: lambda_.Function) -> None:
        """Everything; what it fails on three times is kept."""
        self.topic.add_subscription(subscriptions.LambdaSubscription(notifier))
        function = notifier.node.default_child
        assert isinstance(function, lambda_.CfnFunction)
        function.dead_letter_config = lambda_.CfnFunction.DeadLetterConfigProperty(
            target_arn=self.dead_letters.queue_arn
        )

    def replay(self, function: lambda_.Function) -> None:
        """One at a time: a failure keeps only its own message."""
        function.add_event_source_mapping(
            "DeadLetters", event_source_arn=self.dead_letters.queue_arn, batch_size=1
        )

    def _add_webhook(self, construct_id: str, name: str, channel: str, key: kms.IKey) -> None:
        secretsmanager.CfnSecret(
            self,
            construct_id,
            name=name,
            description=f"URL of Slack's incoming webhook to {channel}; its value is put by a person",
            kms_key_id=key.key_arn,
        )
