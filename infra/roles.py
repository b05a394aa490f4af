"""The roles that people take: who runs it, who delivers files, who reads what is published, who deploys.

Each may do what its pages tell it to, and nothing more: the operator runbooks/, of which 4.6 is the reader's,
the others docs/deploy.md.
Who may take a role is said in IAM, to users, groups and permission sets: the roles trust this account alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import Aws
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from infra import functions as fn
from infra.alerts import DEAD_LETTERS
from infra.analytics import ask_saved_queries, query_tables
from infra.grants import (
    allow,
    arn_of,
    decrypt,
    document,
    job_arns,
    list_keys,
    list_under,
    objects,
    read,
    regional,
    secrets,
    under,
    use_key,
    write,
)
from infra.jobs import JOBS, OUTPUT, ROLE
from infra.machine import executions_arn, machine_arn
from infra.names import (
    ANALYST,
    CONNECTION_CHECK,
    DEPLOYER,
    EXPLAIN,
    INSTANCE,
    OPERATOR,
    READER,
    REPORTS,
    SUPPLIER,
)
from infra.observability import DASHBOARD
from infra.people import told_severities
from infra.quicksight import data_set_arns
from infra.settings import QUICKSIGHT_STACK, STACK, Settings
from reconciliation import layout, places, runbook
from reconciliation.deployment import BUCKETS
from reconciliation.layout import ANY_DAY

Statements = list[iam.PolicyStatement]

BOOTSTRAPPED = "cdk-hnb659fds-*"
"""Roles that `cdk bootstrap` makes: by them, and by no right of its own, the CDK's command line deploys."""


@dataclass(frozen=True)
class People:
    """The rights of everybody who is no part of the system."""

    settings: Settings
    key: kms.IKey
    topic_arns: Sequence[str]
    database_secret: str
    database_group: str
    """Id of the database's security group."""

    def roles(self) -> dict[str, Statements]:
        """By the role's name."""
        return {
            OPERATOR: self._operator(),
            SUPPLIER: [write(*objects(self._bucket("ingress"))), use_key(self.key)],
            READER: self._reader(),
            REPORTS: self._reports(),
            ANALYST: [allow("lambda:InvokeFunction", on=self._functions(EXPLAIN))],
            DEPLOYER: self._deployer(),
        }

    def _operator(self) -> Statements:
        """Look everywhere but into secrets; upload, start, stop, publish, refresh; reach the database."""
        return [
            allow("s3:ListBucketVersions", on=[_bucket_arn(self._bucket("ingress"))]),
            read(*objects(*(bucket for bucket in self._ours if bucket != self._bucket("intermediate")))),
            write(*objects(self._bucket("ingress"))),
            # a copy within the bucket (runbook 3.4), which the AWS CLI makes of an object and its tags
            allow("s3:GetObjectTagging", "s3:PutObjectTagging", on=objects(self._bucket("ingress"))),
            list_keys(*self._ours),
            use_key(self.key),
            *self._configured(),
            *self._observed(),
            *self._run(),
            *self._reached(),
            *self._subscribed(),
        ]

    def _configured(self) -> Statements:
        """What runbooks 2.1, 2.3 and 2.4 compare with what it should be."""
        role, policy = self.settings.named(ROLE), self.settings.named("s3-write-policy")
        account = f"arn:aws:iam::{Aws.ACCOUNT_ID}"
        names = (self.database_secret, *self._webhooks)
        return [
            allow("s3:GetBucketNotification", on=[_bucket_arn(self._bucket("ingress"))]),
            allow("s3:GetLifecycleConfiguration", on=[_bucket_arn(self._bucket("output"))]),
            allow("iam:GetRolePolicy", on=[f"{account}:role/{role}"]),
            allow("iam:GetPolicy", "iam:GetPolicyVersion", on=[f"{account}:policy/{policy}"]),
            allow("secretsmanager:DescribeSecret", on=secrets(*names)),
        ]

    def _observed(self) -> Statements:
        """Metrics, alarms and descriptions know no resources that these commands name."""
        groups = (f"log-group:/aws/lambda/{self._named(spec.name)}:*" for spec in fn.FUNCTIONS)
        dashboard = f"dashboard/{self.settings.named(DASHBOARD)}"
        return [
            allow(
                *("cloudwatch:DescribeAlarms", "cloudwatch:DescribeAlarmHistory"),
                *("cloudwatch:GetMetricStatistics", "glue:GetJobs"),
                *("ec2:DescribeSecurityGroups", "ec2:DescribeVpcEndpoints"),
                on=["*"],
            ),
            allow("cloudwatch:GetDashboard", on=[f"arn:aws:cloudwatch::{Aws.ACCOUNT_ID}:{dashboard}"]),
            allow(
                "logs:FilterLogEvents",
                on=regional("logs", *groups, "log-group:/aws-glue/*"),
            ),
            allow("glue:GetJob", "glue:GetJobRuns", on=job_arns(*(self._named(spec.name) for spec in JOBS))),
            allow("states:DescribeExecution", on=[executions_arn(self.settings)]),
            allow("states:ListExecutions", on=[machine_arn(self.settings)]),
            allow("sqs:GetQueueUrl", "sqs:GetQueueAttributes", on=regional("sqs", self._named(DEAD_LETTERS))),
        ]

    def _run(self) -> Statements:
        data_sets = data_set_arns(self.settings)
        called = (CONNECTION_CHECK, *(spec.name for spec in (fn.QUERY, fn.INCIDENT, fn.PREPARE_BASE)))
        return [
            allow("states:StartExecution", on=[machine_arn(self.settings)]),
            allow("states:StopExecution", on=[executions_arn(self.settings)]),
            allow("glue:StartJobRun", on=job_arns(self._named(OUTPUT.name))),
            allow("lambda:InvokeFunction", on=self._functions(*called)),
            allow("quicksight:DescribeDataSet", on=data_sets),
            allow(
                *("quicksight:CreateIngestion", "quicksight:DescribeIngestion"),
                on=[f"{data_set}/ingestion/*" for data_set in data_sets],
            ),
        ]

    def _reached(self) -> Statements:
        """Runbook 2.3: a rule that is missing, an instance that is too small."""
        instance = regional("rds", f"db:{self._named(INSTANCE)}")
        group = regional("ec2", f"security-group/{self.database_group}")
        return [
            allow("ec2:AuthorizeSecurityGroupIngress", on=group),
            allow("rds:DescribeDBInstances", "rds:ModifyDBInstance", on=instance),
        ]

    def _subscribed(self) -> Statements:
        """Runbook 3.1: who is told, and a confirmation's link once more, for the deployment's people."""
        settings = self.settings
        people = {*told_severities(settings), settings.email_business, settings.email_board} - {""}
        by_email = {"sns:Protocol": "email", "sns:Endpoint": sorted(people)}
        return [
            allow("sns:ListSubscriptionsByTopic", on=self.topic_arns),
            allow("sns:Subscribe", on=self.topic_arns, when={"StringEquals": by_email}),
        ]

    def _reader(self) -> Statements:
        """What is published, as files and by Athena; no rejects, and nothing that a run keeps for itself."""
        output = self._bucket("output")
        published = under(layout.day_folder(output, ANY_DAY), layout.history(output))
        queries = (*query_tables(self.settings), ask_saved_queries(self.settings))
        return [read(*published), *queries, use_key(self.key)]

    def _reports(self) -> Statements:
        """The days' reports and nothing else, listed too: a supplier's folder is found in the console.

        They show refused lines and each supplier's divergences.
        """
        reports = places.reports(self._bucket("output"))
        return [read(*under(reports)), list_under("s3:ListBucket", reports), decrypt(self.key)]

    def _deployer(self) -> Statements:
        """What the CDK's command line, `infra.account` and `infra.first_checks` ask; Slack's webhooks."""
        stacks = (f"stack/{self._named(name)}/*" for name in (STACK, QUICKSIGHT_STACK))
        webhooks = secrets(*self._webhooks)
        return [
            allow("sts:AssumeRole", on=[f"arn:aws:iam::{Aws.ACCOUNT_ID}:role/{BOOTSTRAPPED}"]),
            allow(
                *("cloudformation:DescribeStacks", "cloudformation:DescribeStackEvents"),
                *("cloudformation:GetTemplate", "cloudformation:ListStackResources"),
                on=regional("cloudformation", *stacks),
            ),
            list_keys(*map(self._bucket, BUCKETS)),
            allow("sns:ListTopics", "cloudwatch:DescribeAlarms", on=["*"]),
            allow("sns:ListSubscriptionsByTopic", on=self.topic_arns),
            allow(
                *("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"),
                "secretsmanager:PutSecretValue",
                on=webhooks,
            ),
            allow("lambda:InvokeFunction", on=self._functions(CONNECTION_CHECK)),
            allow("lambda:GetFunctionConfiguration", on=self._functions(fn.WATCHDOG.name)),
            read(arn_of(layout.runbook_page(self._bucket("output"), runbook.names()[-1]))),
            use_key(self.key),
        ]

    def _functions(self, *names: str) -> list[str]:
        return regional("lambda", *(f"function:{self._named(name)}" for name in names))

    def _named(self, name: str) -> str:
        return self.settings.named(name)

    def _bucket(self, purpose: str) -> str:
        return self.settings.bucket(purpose)

    @property
    def _webhooks(self) -> list[str]:
        return [*self.settings.slack_secrets.values()]

    @property
    def _ours(self) -> Sequence[str]:
        return [self._bucket(purpose) for purpose in ("ingress", "intermediate", "checkpoints", "output")]


def _bucket_arn(bucket: str) -> str:
    return f"arn:aws:s3:::{bucket}"


def add_roles(scope: Construct, people: People) -> None:
    """Whose names begin with the deployment's own."""
    for name, statements in people.roles().items():
        iam.Role(
            scope,
            name.removeprefix("reconciliation-").capitalize(),
            role_name=people.settings.named(name),
            assumed_by=iam.AccountRootPrincipal(),
            inline_policies={"access": document(*statements)},
        )
