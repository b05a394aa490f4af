"""Whom the system tells: the topic, the people of runbook 3.1 and the function that writes to Slack."""

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_secretsmanager as secretsmanager
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from constructs import Construct

from infra.settings import Settings

TOPIC = "reconciliation-alerts"


class Alerts(Construct):
    """E-mail by severity as runbook 3.2 escalates; operations get everything, Slack the run's own alerts."""

    def __init__(self, scope: Construct, construct_id: str, settings: Settings, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        self.topic = sns.Topic(
            self, "Topic", topic_name=settings.named(TOPIC), master_key=key, enforce_ssl=True
        )
        self._subscribe(settings.email_operations)
        self._subscribe(settings.email_engineering, severidade=["CRITICAL", "HIGH"])
        self._subscribe(settings.email_product_owner, severidade=["CRITICAL"])
        self._subscribe(settings.email_business, codigo=["ABNORMAL_RATE"])
        self._let_alarms_publish()
        secretsmanager.CfnSecret(
            self,
            "SlackWebhook",
            name=settings.named(settings.slack_secret),
            description="URL of Slack's incoming webhook; its value is put by a person",
            kms_key_id=key.key_arn,
        )

    def tell(self, function: lambda_.IFunction) -> None:
        """Of the run's own alerts: an alarm's message has no severity, and goes by e-mail alone."""
        only = {"severidade": sns.SubscriptionFilter.exists_filter()}
        self.topic.add_subscription(subscriptions.LambdaSubscription(function, filter_policy=only))

    def _subscribe(self, address: str, **only: list[str]) -> None:
        policy = {
            name: sns.SubscriptionFilter.string_filter(allowlist=values) for name, values in only.items()
        }
        self.topic.add_subscription(subscriptions.EmailSubscription(address, filter_policy=policy or None))

    def _let_alarms_publish(self) -> None:
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            )
        )
