"""The Lambda functions: one table, a role each, and one package but for the one that reads with Polars."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra import names, runtime
from infra.context import require
from infra.grants import allow, document, write_logs
from infra.network import Network
from infra.packaging import Packages
from infra.settings import Settings
from reconciliation import queries


@dataclass(frozen=True)
class FunctionSpec:
    """A function: its name, the file of `lambdas/` that has its `handler`, and its size."""

    name: str
    module: str
    timeout_s: int = 60
    memory_mb: int = 512
    in_vpc: bool = False
    package: str = "functions"
    """The field of `packaging.Packages` that has its code."""
    environment: tuple[str, ...] = ()
    """Variables of its own beside those all functions have."""


SLACK = ("SLACK_SECRETS",)
DATABASE = ("SECRET_ID", "DATABASE_CA", "READ_ENDPOINT")
OWNER = ("DATABASE", "SECRET_ID", "OWNER_SECRET_ID", "DATABASE_CA")
DASHBOARD = ("QUICKSIGHT_DATASET",)
"""Of all that may finish a publication; empty where the deployment has no dashboard."""

TRIGGER = FunctionSpec("reconciliation-trigger", "trigger", timeout_s=30)
PREPARE_RUN = FunctionSpec("reconciliation-prepare-run", "prepare_run")
INSPECT_FILE = FunctionSpec("reconciliation-inspect-file", "inspect_file", timeout_s=600, memory_mb=1769)
STOP_JOBS = FunctionSpec("reconciliation-stop-jobs", "stop_jobs")
CLOSE_RUN = FunctionSpec("reconciliation-close-run", "close_run", memory_mb=1024, environment=DASHBOARD)
FINISH_RUN = FunctionSpec("reconciliation-finish-run", "finish_run", memory_mb=1024, environment=DASHBOARD)
SLACK_NOTIFIER = FunctionSpec(
    "reconciliation-slack-notifier", "slack_notifier", timeout_s=30, environment=SLACK
)
ALERT_REPLAY = FunctionSpec("reconciliation-alert-replay", "alert_replay", environment=SLACK)
ALARMS = FunctionSpec(names.ALARMS, "alarms")
WATCHDOG = FunctionSpec(
    names.WATCHDOG,
    "watchdog",
    timeout_s=240,
    environment=("CALENDAR", "EMAIL_BOARD", "SUBSCRIBERS", *DASHBOARD, "RUNBOOK", "BUSINESS_TOPIC_ARN"),
)
INCIDENT = FunctionSpec("reconciliation-incident", "incident")
"""By hand: an operator takes an incident over."""
CONNECTION_CHECK = FunctionSpec(names.CONNECTION_CHECK, "connection_check", in_vpc=True, environment=DATABASE)
QUERY = FunctionSpec(
    queries.FUNCTION, "query", timeout_s=queries.TIMEOUT_S, in_vpc=True, environment=DATABASE
)
EXPLAIN = FunctionSpec(names.EXPLAIN, "explain", memory_mb=1769, package="explain")
"""Its memory is a whole core; it takes a sixth of it."""
ROTATE_SECRET = FunctionSpec(
    "reconciliation-rotate-secret", "rotate_secret", in_vpc=True, environment=("DATABASE_CA",)
)
PREPARE_BASE = FunctionSpec(
    "reconciliation-prepare-base", "prepare_base", timeout_s=900, in_vpc=True, environment=OWNER
)
"""Of a created database alone; a large table's index takes its time."""

FUNCTIONS = (
    TRIGGER,
    PREPARE_RUN,
    INSPECT_FILE,
    STOP_JOBS,
    CLOSE_RUN,
    FINISH_RUN,
    SLACK_NOTIFIER,
    ALERT_REPLAY,
    ALARMS,
    WATCHDOG,
    INCIDENT,
    CONNECTION_CHECK,
    QUERY,
    EXPLAIN,
    ROTATE_SECRET,
    PREPARE_BASE,
)

ENVIRONMENT = (
    *("REGION", "ACCOUNT_ID", "SUFFIX"),
    *("INGRESS_BUCKET", "INTERMEDIATE_BUCKET", "CHECKPOINTS_BUCKET", "OUTPUT_BUCKET"),
    *("STATE_MACHINE_ARN", "ALERTS_TOPIC_ARN", "RULES", "TUNING", "IGNORED_SUFFIXES"),
    "RESPONSE_MINUTES",
    *("VALIDATION_JOB", "RECONCILIATION_JOB", "OUTPUT_JOB"),
)
"""Variables of every function; docs/design.md."""
_ENVIRONMENT_BYTES: Final = 4096
"""Lambda's quota: names and values of all variables of a function."""
_FILLED_IN: Final = "-" * 128
"""As long as what CloudFormation writes in a token's place: an ARN at most."""


class Functions(Construct):
    """`spec in functions` tells whether one is there; `functions[spec]` is it.

    `environment` has the values of all variables; each function gets those of its own table row.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        settings: Settings,
        *,
        packages: Packages,
        network: Network,
        environment: Mapping[str, str],
    ) -> None:
        super().__init__(scope, construct_id)
        self._settings = settings
        self._code = {
            name: lambda_.Code.from_asset(str(getattr(packages, name)))
            for name in sorted({spec.package for spec in FUNCTIONS})
        }
        self._network = network
        self._environment = environment
        self._functions: dict[FunctionSpec, lambda_.Function] = {}

    def __contains__(self, spec: FunctionSpec) -> bool:
        return spec in self._functions

    def __getitem__(self, spec: FunctionSpec) -> lambda_.Function:
        return self._functions[spec]

    def add(self, spec: FunctionSpec, statements: Sequence[iam.PolicyStatement]) -> None:
        """Add a function that may do exactly what the statements say, and write its own log."""
        name = self._settings.named(spec.name)
        variables = {each: self._environment[each] for each in (*ENVIRONMENT, *spec.environment)}
        _require_room(name, variables)
        construct_id = spec.module.title().replace("_", "")
        log_group = logs.CfnLogGroup(
            self,
            f"{construct_id}Logs",
            log_group_name=f"/aws/lambda/{name}",
            retention_in_days=self._settings.log_retention_days,
        )
        log_group.apply_removal_policy(RemovalPolicy.DESTROY)
        role = iam.Role(
            self,
            f"{construct_id}Role",
            role_name=name,
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            inline_policies={"access": document(*statements, *_own_rights(spec, name))},
        )
        function = lambda_.Function(
            self,
            construct_id,
            function_name=name,
            runtime=lambda_.Runtime(runtime.NAME, lambda_.RuntimeFamily.PYTHON),
            architecture=lambda_.Architecture.X86_64,
            handler=f"lambdas.{spec.module}.handler",
            code=self._code[spec.package],
            role=role.without_policy_updates(),
            timeout=Duration.seconds(spec.timeout_s),
            memory_size=spec.memory_mb,
            logging_format=lambda_.LoggingFormat.JSON,
            environment=variables,
            vpc=self._network.vpc if spec.in_vpc else None,
            vpc_subnets=ec2.SubnetSelection(subnets=self._network.subnets) if spec.in_vpc else None,
            security_groups=[self._network.glue_group] if spec.in_vpc else None,
        )
        function.node.add_dependency(log_group)
        self._functions[spec] = function


def _require_room(function: str, variables: Mapping[str, str]) -> None:
    """Raises SettingsError where Lambda would refuse the function in the middle of a deployment."""
    text = re.sub(
        r"\$\{Token\[[^]]*\]\}", _FILLED_IN, "".join(f"{name}{value}" for name, value in variables.items())
    )
    size = len(text.encode())
    require(
        size <= _ENVIRONMENT_BYTES,
        f"{function} would have {size} bytes of variables, and Lambda takes {_ENVIRONMENT_BYTES}: write fewer"
        " days_off, days_on or ignored_suffixes, or fewer rules.",
    )


def _own_rights(spec: FunctionSpec, name: str) -> list[iam.PolicyStatement]:
    """Its log, and its network interface where it has one (EC2 knows no resources for these)."""
    interface = allow(
        "ec2:CreateNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:DeleteNetworkInterface",
        on=["*"],
    )
    return [write_logs(f"/aws/lambda/{name}"), *([interface] if spec.in_vpc else [])]
