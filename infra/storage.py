"""The four buckets, the key that encrypts them, and the log of who used them."""

from collections.abc import Sequence

from aws_cdk import Aws, Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.grants import regional
from infra.names import ALARMS
from infra.settings import Settings
from reconciliation.layout import JOB

KEY_ALIAS = "alias/reconciliation"
"""Of the key that encrypts everything: by it another stack's role may use the key."""


class Storage(Construct):
    """Buckets `ingress`, `intermediate`, `checkpoints`, `output`: versioned, encrypted, closed, TLS only."""

    def __init__(self, scope: Construct, construct_id: str, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        self._settings = settings
        # not plain RETAIN: what a failed first deployment leaves would be in the way of the second
        kept = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
        self._removal = RemovalPolicy.DESTROY if settings.remove_data else kept
        self.key = kms.Key(
            self,
            "Key",
            alias=settings.named(KEY_ALIAS),
            description="Data of the reconciliation",
            enable_key_rotation=True,
            removal_policy=self._removal,
        )
        self._let_alarms_use_the_key()
        noncurrent = s3.LifecycleRule(
            noncurrent_version_expiration=Duration.days(settings.noncurrent_days),
            abort_incomplete_multipart_upload_after=Duration.days(1),
        )
        self._access_logs = self._keep_access_logs()
        self.ingress = self._bucket("Ingress", "ingress", [noncurrent])
        self.intermediate = self._bucket(
            "Intermediate", "intermediate", [_expire(settings.intermediate_days)]
        )
        self.checkpoints = self._bucket(
            "Checkpoints", "checkpoints", [_expire(settings.checkpoint_days, JOB), noncurrent]
        )
        self.output = self._bucket("Output", "output", [noncurrent])

    def notify(self, function: lambda_.IFunction) -> None:
        """Every new object of the ingress bucket goes to the function, which refuses what is no day's file.

        Written on the bucket itself: `add_event_notification` would add a hidden function of its own.
        """
        permission = lambda_.CfnPermission(
            self,
            "IngressMayInvoke",
            action="lambda:InvokeFunction",
            function_name=function.function_arn,
            principal="s3.amazonaws.com",
            source_account=Aws.ACCOUNT_ID,
            source_arn=f"arn:aws:s3:::{self._settings.bucket('ingress')}",
        )
        bucket = self.ingress.node.default_child
        assert isinstance(bucket, s3.CfnBucket)
        bucket.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            lambda_configurations=[
                s3.CfnBucket.LambdaConfigurationProperty(
                    event="s3:ObjectCreated:*", function=function.function_arn
                )
            ]
        )
        bucket.node.add_dependency(permission)

    def _keep_access_logs(self) -> s3.Bucket:
        """S3 writes them only where its own key encrypts."""
        return s3.Bucket(
            self,
            "AccessLogs",
            bucket_name=self._settings.bucket("access-logs"),
            encryption=s3.BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(self._settings.log_retention_days))],
            removal_policy=self._removal,
        )

    def _bucket(self, construct_id: str, purpose: str, rules: Sequence[s3.LifecycleRule]) -> s3.Bucket:
        return s3.Bucket(
            self,
            construct_id,
            bucket_name=self._settings.bucket(purpose),
            versioned=True,
            encryption=s3.BucketEncryption.KMS,
            encryption_key=self.key,
            bucket_key_enabled=True,
            enforce_ssl=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            object_ownership=s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
            lifecycle_rules=rules,
            server_access_logs_bucket=self._access_logs,
            server_access_logs_prefix=f"{purpose}/",
            removal_policy=self._removal,
        )

    def _let_alarms_use_the_key(self) -> None:
        """Alarms publish in CloudWatch's name, and SNS fills their queue in its own (aws-cdk#20339).

        In a key's policy `*` is the key itself; the topic, which needs the key, is known by its name here.
        """
        (topic_arn,) = regional("sns", self._settings.named(ALARMS))
        callers: dict[str, dict[str, object]] = {
            "cloudwatch.amazonaws.com": {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
            "sns.amazonaws.com": {"ArnEquals": {"aws:SourceArn": topic_arn}},
        }
        for service, condition in callers.items():
            self.key.add_to_resource_policy(
                iam.PolicyStatement(
                    principals=[iam.ServicePrincipal(service)],
                    actions=["kms:Decrypt", "kms:GenerateDataKey*"],
                    resources=["*"],
                    conditions=condition,
                )
            )


def _expire(days: int, prefix: str | None = None) -> s3.LifecycleRule:
    return s3.LifecycleRule(
        prefix=prefix,
        expiration=Duration.days(days),
        noncurrent_version_expiration=Duration.days(7),
        abort_incomplete_multipart_upload_after=Duration.days(1),
    )
