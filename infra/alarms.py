"""The way of CloudWatch's alarms to people: topic, queue that holds each back, function; what it fails on."""

from aws_cdk import Aws, Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.names import ALARMS
from infra.settings import Settings

_DELAY = Duration.minutes(5)
"""By then an execution's own alert is sent, or is late."""
_RETRY = Duration.minutes(5)
_TRIES = 24
"""Two hours: SNS may be away for one."""
_KEPT = Duration.hours(4)
"""From the first try on. Nobody takes them from there: while one stays, their alarm rings for no other."""


class Alarms(Construct):
    """The function tells them by the alerts' topic, but for those of its own: these go there straight."""

    def __init__(self, scope: Construct, construct_id: str, settings: Settings, key: kms.IKey) -> None:
        super().__init__(scope, construct_id)
        name = settings.named(ALARMS)
        self.topic = sns.Topic(self, "Topic", topic_name=name, master_key=key, enforce_ssl=True)
        let_alarms_publish(self.topic)
        self.dead_letters = sqs.Queue(
            self,
            "DeadLetters",
            queue_name=settings.named(f"{ALARMS}-dead-letters"),
            retention_period=_KEPT,
            encryption_master_key=key,
            enforce_ssl=True,
        )
        self._queue = sqs.Queue(
            self,
            "Queue",
            queue_name=name,
            delivery_delay=_DELAY,
            visibility_timeout=_RETRY,
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters, max_receive_count=_TRIES),
            encryption_master_key=key,
            enforce_ssl=True,
        )
        self._fill_queue()

    def feed(self, function: lambda_.Function) -> None:
        """One at a time: a failure keeps only its own message."""
        function.add_event_source_mapping("Alarms", event_source_arn=self._queue.queue_arn, batch_size=1)

    def _fill_queue(self) -> None:
        """By hand: the CDK's subscription names the topic in the policy of the key, which the topic needs."""
        self._queue.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("sns.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[self._queue.queue_arn],
                conditions={"ArnEquals": {"aws:SourceArn": self.topic.topic_arn}},
            )
        )
        sns.Subscription(
            self,
            "Delayed",
            topic=self.topic,
            protocol=sns.SubscriptionProtocol.SQS,
            endpoint=self._queue.queue_arn,
            raw_message_delivery=True,
        )


def let_alarms_publish(topic: sns.Topic) -> None:
    """In CloudWatch's name, for alarms of this account."""
    topic.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
            actions=["sns:Publish"],
            resources=[topic.topic_arn],
            conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
        )
    )
