"""What packs of rules find here that stays as it is, each with its reason.

cdk-nag's two packs at the synth: AWS's own, and PCI DSS 3.2.1 for regulated accounts. An acknowledgement
names one finding of one rule, so that a new one fails the synth.
"""

from collections.abc import Iterable, Iterator

from aws_cdk import Acknowledgment, App, Stack, Validations
from cdk_nag import AwsSolutionsChecks, PCIDSS321Checks
from constructs import IConstruct

from infra import functions as fn
from infra.alerts import WEBHOOKS
from infra.grants import arn_of, objects, under
from infra.machine import NAME as MACHINE
from infra.network import REFUSED_LOGS
from infra.roles import BOOTSTRAPPED
from infra.settings import QUICKSIGHT_STACK, STACK, Settings
from reconciliation import alert_places, layout, places
from reconciliation.deployment import DATASET, DAYS_DATASET
from reconciliation.layout import ANY_DAY, ANY_JOB

_SOLUTIONS, _PCI = "AwsSolutions", "PCI.DSS.321"
PACKS = {_SOLUTIONS: AwsSolutionsChecks, _PCI: PCIDSS321Checks}

RULES = {
    "L1": "Glue 5.1 runs Python 3.11, and jobs and functions share their code",
    "RDS11": "the engine's own port is the one that runbook 2.3 tests; only glue-sg may reach it",
    "GL1": "a security configuration would move the logs from /aws-glue/jobs/output, where the runbook reads",
    "GL3": "no job has bookmarks",
}
"""AWS's own, of the whole stack."""

REGULATED = {
    "": {
        "CloudWatchLogGroupEncrypted": "CloudWatch's own key encrypts them; they hold no row, name or secret",
        "IAMNoInlinePolicy": "a role's rights are its own: the runbook (2.1, 2.4) reads them on the role",
        "LambdaInsideVPC": "those that reach the database are inside; the others call AWS alone",
        "S3BucketReplicationEnabled": "a day is made again from its file; overwritten objects keep versions",
    },
    "Network/Vpc": {
        "VPCDefaultSecurityGroupClosed": "to close it takes a hidden function; nothing here is in it"
    },
    "Storage/AccessLogs": {
        "S3BucketVersioningEnabled": "a log is written once, and expires",
        "S3DefaultEncryptionKMS": "S3 writes access logs only where its own key encrypts",
    },
    "Database/Instance": {
        "RDSLoggingEnabled[LogExport::audit]": "MySQL's needs a plugin, by an option group",
        "RDSLoggingEnabled[LogExport::general]": "it would write each statement with its values",
    },
}
"""PCI DSS's, by path and rule."""

VALIDATED = {"W3010": "a subnet that is there lies in the zone that it lies in"}
"""The CDK's own validation of templates, of the whole stack."""

UNROTATED = dict.fromkeys(
    (f"Alerts/{construct_id}" for construct_id in WEBHOOKS.values()),
    "Slack gives a webhook's address: nothing here could make a new one",
)

EVERYWHERE = {
    "Jobs/Role": "EC2's Describe actions know no resources; PutMetricData only namespaces",
    "Network/RefusedRole": "the flow log looks for its group among all: AWS asks for the right so",
    "Machine/Role": "log delivery and X-Ray are of the account: AWS knows no narrower resource",
    "Functions/CloseRunRole": "PutMetricData knows no resources, only the namespace that it is given",
    "Functions/FinishRunRole": "PutMetricData, as above",
    "Functions/WatchdogRole": "PutMetricData, as above",
    "Functions/ConnectionCheckRole": "Lambda's network interfaces, which EC2 knows no names of before",
    "Functions/QueryRole": "network interfaces, as above",
    "Functions/PrepareBaseRole": "network interfaces, as above",
    "Functions/RotateSecretRole": "network interfaces, as above; GetRandomPassword knows no resources",
    "People/Operator": "lists of alarms, metrics, jobs, groups and endpoints know no resources",
    "People/Deployer": "lists of topics and alarms know no resources",
}
"""By role: why it has a right on `*`."""


def check(app: App, stacks: Iterable[Stack], settings: Settings) -> None:
    """At the synth, which fails where a finding has no reason."""
    Validations.of(app).add_plugins(*(pack(app) for pack in PACKS.values()))
    for stack in stacks:
        _answer(stack, settings)


def _answer(stack: Stack, settings: Settings) -> None:
    acknowledge(stack, "", RULES)
    acknowledge(stack, "", VALIDATED, "CloudFormation-Validate::")
    for path, reasons in REGULATED.items():
        acknowledge(stack, path, reasons, f"{_PCI}::{_PCI}-")
    for path, reason in UNROTATED.items():
        acknowledge(stack, path, {"SMG4": reason})
    for path, reasons in chosen(settings).items():
        acknowledge(stack, path, reasons)
    for path, reason in EVERYWHERE.items():
        acknowledge(stack, path, {_wide("*"): reason})
    acknowledge(stack, "", {_wide(pattern): reason for pattern, reason in patterns(settings)})


def chosen(settings: Settings) -> dict[str, dict[str, str]]:
    """What a setting asks for, by path and rule."""
    unprotected = {"RDS10": "remove_data, or a first deployment, which must be able to roll back"}
    alone = {"RDS3": "multi_az: no standby was wanted"}
    return {
        "Database/Secret": {} if settings.rotate_secret else {"SMG4": "rotate_secret: others keep the users"},
        "Database/Instance": {
            **({} if settings.protects_database else unprotected),
            **({} if settings.multi_az else alone),
        },
    }


def patterns(settings: Settings) -> Iterator[tuple[str, str]]:
    """The resources that policies name by pattern, and why; which role has which: test_rights.py."""
    output, checkpoints = settings.bucket("output"), settings.bucket("checkpoints")
    intermediate = settings.bucket("intermediate")
    for everything in objects(settings.bucket("ingress"), intermediate, checkpoints, output):
        yield everything, "all objects of one bucket of ours"
    prefixes = {
        layout.day_folder(output, ANY_DAY): "the published days, without their rejects",
        layout.history(output): "the days' summaries",
        places.reports(output): "the days' reports",
        places.report_folder(output, ANY_DAY): "one day's report: a newer one takes away what it has not",
        layout.day_folder(intermediate, ANY_DAY): "the days' folders",
        layout.query_results(intermediate): "what Athena answered",
        layout.job_folder(checkpoints, ANY_JOB): "the jobs' folders",
        layout.day_objects(checkpoints): "the days' locks",
        alert_places.alert_marks(checkpoints): "the marks of who was told",
        layout.waitings(checkpoints): "the marks of what waits for a day",
        alert_places.incidents(checkpoints): "the days' incidents",
    }
    yield from zip(under(*prefixes), prefixes.values(), strict=True)
    yield arn_of(layout.timer_token(checkpoints, ANY_JOB, "*")), "the timers' tokens"
    yield _arn("states", f"execution:{settings.named(MACHINE)}:*"), "the executions of one machine"
    for name in (DATASET, DAYS_DATASET):
        yield _arn("quicksight", f"dataset/{settings.named(name)}/ingestion/*"), "one dataset's refreshes"
    for spec in fn.FUNCTIONS:
        group = f"log-group:/aws/lambda/{settings.named(spec.name)}:*"
        yield _arn("logs", group), "the streams of the function's own log"
    refused = f"log-group:{settings.named(REFUSED_LOGS)}:*"
    yield _arn("logs", refused), "the streams of the network's own log"
    for stack in (STACK, QUICKSIGHT_STACK):
        yield _arn("cloudformation", f"stack/{settings.named(stack)}/*"), "the stack, whose id AWS makes"
    yield f"arn:aws:iam::<AWS::AccountId>:role/{BOOTSTRAPPED}", "the roles of the CDK's bootstrap"
    yield _arn("cloudwatch", "alarm:*"), "whoever's alarm rings through the alarms' topic"
    yield _arn("kms", "key/*"), "QuickSight's role knows the key by its alias, in a condition"
    yield _arn("logs", "log-group:/aws-glue/*"), "Glue makes its log groups itself"
    for kind in ("network-interface", "security-group", "subnet"):
        yield _arn("ec2", f"{kind}/*"), "Glue makes its network interfaces itself, under ids of their own"


def acknowledge(
    stack: Stack, path: str, reasons: dict[str, str], of: str = f"{_SOLUTIONS}::{_SOLUTIONS}-"
) -> None:
    """In the construct at `path` below the stack ("": all of it), where the settings have it."""
    scope: IConstruct | None = stack
    for name in filter(None, path.split("/")):
        scope = scope.node.try_find_child(name) if scope else None
    if scope is None:
        return
    Validations.of(scope).acknowledge(
        *(Acknowledgment(id=f"{of}{rule}", reason=reason) for rule, reason in reasons.items())
    )


def _wide(resource: str) -> str:
    return f"IAM5[Resource::{resource}]"


def _arn(service: str, resource: str) -> str:
    """As the checks write what is known only at the deployment."""
    return f"arn:aws:{service}:<AWS::Region>:<AWS::AccountId>:{resource}"
