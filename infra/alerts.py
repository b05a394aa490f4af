"""Whom the system tells: the topics, the people of runbook 3.1 and the function that writes to Slack."""

from aws_cdk import Aws, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.names import BUSINESS_TOPIC, TOPIC
from infra.people import told_severities
from infra.settings import Settings

DEAD_LETTERS = "reconciliation-alerts-dead-letters"


def _filter(severities: list[str]) -> dict[str, sns.SubscriptionFilter] | None:
    return {"severidade": sns.SubscriptionFilter(list(severities))} if severities else None


class Alerts(Construct):
    """E-mail by severity as runbook 3.2 escalates; operations and Slack get everything, alarms too.

    The business area's topic has texts of its own, and whoever subscribes to it gets all of them.
    """

    def __init__(self, scope: Construct, construct_id: str, settings: Settings, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self._settings = settings
        self.topic, self.business_topic = (
            sns.Topic(self, each, topic_name=settings.named(name), master_key=key, enforce_ssl=True)
            for each, name in (("Topic", TOPIC), ("BusinessTopic", BUSINESS_TOPIC))
        )
        self.business_topic.add_subscription(subscriptions.EmailSubscription(settings.email_business))
        for address, severities in told_severities(settings).items():
            self.topic.add_subscription(
                subscriptions.EmailSubscription(address, filter_policy=_filter(severities))
            )
        if settings.email_board:
            last = {"nivel": sns.SubscriptionFilter(["4"])}
            self.topic.add_subscription(
                subscriptions.EmailSubscription(settings.email_board, filter_policy=last)
            )
        self._let_alarms_publish()
        self._add_webhook("SlackWebhook", settings.slack_secret, "#conciliação-alerts", key)
        self._add_webhook("SlackOncallWebhook", settings.slack_oncall_secret, "#ops-oncall", key)
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
            name=self._settings.named(name),
            description=f"URL of Slack's incoming webhook to {channel}; its value is put by a person",
            kms_key_id=key.key_arn,
        )

    def _let_alarms_publish(self) -> None:
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            )
        )
