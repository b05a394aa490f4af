"""The vocabulary of the roles' policies: each function answers statements with exact actions and resources.

Buckets and other named resources are written by name, not by reference: policies stay readable as the runbook
shows them (2.4), and the bucket that notifies a function does not depend on itself.
"""

from collections.abc import Sequence

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3_assets as assets

from reconciliation.layout import Location

Statements = list[iam.PolicyStatement]

NAMESPACE = "Reconciliation"
"""Namespace of the system's own metrics."""


def allow(*actions: str, on: Sequence[str], when: dict[str, object] | None = None) -> iam.PolicyStatement:
    """One statement: these actions on these resources, under this condition."""
    return iam.PolicyStatement(actions=list(actions), resources=list(on), conditions=when)


def document(*statements: iam.PolicyStatement) -> iam.PolicyDocument:
    return iam.PolicyDocument(statements=list(statements))


def objects(*buckets: str) -> list[str]:
    """ARNs of all objects of these buckets."""
    return under(*(Location(bucket, "") for bucket in buckets))


def under(*prefixes: Location) -> list[str]:
    """ARNs of all objects whose keys begin so; a prefix may be a pattern."""
    return [f"{arn_of(prefix)}*" for prefix in prefixes]


def arn_of(where: Location) -> str:
    """Of the object, or of those whose keys have that pattern."""
    return f"arn:aws:s3:::{where.bucket}/{where.key}"


def object_arn(asset: assets.Asset) -> str:
    """Of a file that is deployed with the stack."""
    return f"arn:aws:s3:::{asset.s3_bucket_name}/{asset.s3_object_key}"


def regional(service: str, *resources: str) -> list[str]:
    """ARNs of resources of a service in the deployment's account and region."""
    return [f"arn:aws:{service}:{Aws.REGION}:{Aws.ACCOUNT_ID}:{resource}" for resource in resources]


def read(*arns: str) -> iam.PolicyStatement:
    """What stands there now."""
    return allow("s3:GetObject", on=arns)


def read_versions(bucket: str) -> Statements:
    """Objects by their versions: GetObject is no right to these (API_GetObject). A missing one is a 404."""
    listed = allow("s3:ListBucket", "s3:ListBucketVersions", on=[f"arn:aws:s3:::{bucket}"])
    return [allow("s3:GetObjectVersion", on=objects(bucket)), listed]


def write(*arns: str) -> iam.PolicyStatement:
    return allow("s3:PutObject", on=arns)


def list_keys(*buckets: str) -> iam.PolicyStatement:
    """Also what makes a missing object a 404 instead of a 403."""
    return allow("s3:ListBucket", on=[f"arn:aws:s3:::{bucket}" for bucket in buckets])


def list_under(action: str, *prefixes: Location) -> iam.PolicyStatement:
    """Only what begins so, of one bucket (S3's guide, amazon-s3-policy-keys: s3:prefix)."""
    (bucket,) = {prefix.bucket for prefix in prefixes}
    wanted = [f"{prefix.key}*" for prefix in prefixes]
    return allow(action, on=[f"arn:aws:s3:::{bucket}"], when={"StringLike": {"s3:prefix": wanted}})


def use_key(key: kms.IKey) -> iam.PolicyStatement:
    """Read and write what the key encrypts."""
    return allow("kms:Decrypt", "kms:GenerateDataKey", on=[key.key_arn])


def decrypt(key: kms.IKey) -> iam.PolicyStatement:
    """Read what the key encrypts."""
    return allow("kms:Decrypt", on=[key.key_arn])


def use_key_of(alias: str) -> iam.PolicyStatement:
    """The same, of another stack's key: a policy knows an alias as a condition alone (KMS guide, ABAC)."""
    return allow(
        *("kms:Decrypt", "kms:GenerateDataKey"),
        on=regional("kms", "key/*"),
        when={"ForAnyValue:StringEquals": {"kms:ResourceAliases": [alias]}},
    )


def publish(topic_arn: str) -> iam.PolicyStatement:
    return allow("sns:Publish", on=[topic_arn])


def take_messages(*queue_arns: str) -> iam.PolicyStatement:
    """What a function needs that a queue feeds."""
    return allow("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes", on=queue_arns)


def secrets(*names: str) -> list[str]:
    """ARNs by name: Secrets Manager appends six characters of its own."""
    return regional("secretsmanager", *(f"secret:{name}-??????" for name in names))


def read_secret(*names: str) -> iam.PolicyStatement:
    return allow("secretsmanager:GetSecretValue", on=secrets(*names))


def put_metrics(namespace: str) -> iam.PolicyStatement:
    """PutMetricData knows no resources; the namespace is its only limit."""
    return allow(
        "cloudwatch:PutMetricData",
        on=["*"],
        when={"StringEquals": {"cloudwatch:namespace": [namespace]}},
    )


def write_logs(*groups: str) -> iam.PolicyStatement:
    """Write to log groups that the stack has made."""
    return allow(
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        on=regional("logs", *(f"log-group:{group}:*" for group in groups)),
    )


def read_runs(*jobs: str) -> iam.PolicyStatement:
    return allow("glue:GetJobRuns", on=job_arns(*jobs))


def stop_runs(*jobs: str) -> iam.PolicyStatement:
    return allow("glue:BatchStopJobRun", on=job_arns(*jobs))


def run_jobs(*jobs: str) -> iam.PolicyStatement:
    """And wait for them, as `.sync` does (Step Functions' guide, connect-glue.html)."""
    actions = ("glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun")
    return allow(*actions, on=job_arns(*jobs))


def job_arns(*jobs: str) -> list[str]:
    return regional("glue", *(f"job/{job}" for job in jobs))


def write_job_logs() -> iam.PolicyStatement:
    """What any Glue job writes of itself. Glue makes its log groups itself."""
    return allow(
        "logs:CreateLogGroup",
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        on=regional("logs", "log-group:/aws-glue/*"),
    )


def join_network(connection_arns: list[str]) -> Statements:
    """Join the VPC. EC2's Describe actions know no resources; interfaces are Glue's own by their tag."""
    describe = allow(
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeRouteTables",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcAttribute",
        "ec2:DescribeVpcEndpoints",
        on=["*"],
    )
    kinds = ("network-interface/*", "security-group/*", "subnet/*")
    interface, *_ = regional("ec2", *kinds)
    join = allow("ec2:CreateNetworkInterface", on=regional("ec2", *kinds))
    leave = allow("ec2:DeleteNetworkInterface", on=[interface])
    tag = allow(
        "ec2:CreateTags",
        "ec2:DeleteTags",
        on=[interface],
        when={"ForAllValues:StringEquals": {"aws:TagKeys": ["aws-glue-service-resource"]}},
    )
    return [allow("glue:GetConnection", on=connection_arns), describe, join, leave, tag]
