"""Why a right stays that nothing here needs, or whose lack nobody notices. Each line is of at least one."""

from collections.abc import Sequence

from infra.names import DEPLOYER, OPERATOR, READER, REPORTS, SUPPLIER
from local.aws.policies import like
from tests.rights.granted import Right

Line = tuple[str, str, str, str]
"""Patterns of role, action and resource; the reason, with the page of AWS's guide where that asks for it."""

OURS = "arn:aws:s3:::reconciliation"
JOBS, MACHINE = "ReconciliationGlueRole", "reconciliation-state-machine"

REASONS: tuple[Line, ...] = (
    (
        "reconciliation-quicksight",
        "*",
        "*",
        "nobody queries here: Athena's guide, access to S3 and the catalog",
    ),
    ("reconciliation-vpc-refused", "logs:*", "*", "nothing is refused here: VPC guide, flow-logs-iam-role"),
    (MACHINE, "xray:*", "*", "nothing is traced here: Step Functions' guide, xray-iam"),
    (MACHINE, "glue:GetJobRuns", "*", "`.sync`: Step Functions' guide, connect-glue"),
    (MACHINE, "glue:BatchStopJobRun", "*-output-job", "`.sync`, as above"),
    (JOBS, "ec2:DeleteTags", "*", "beside CreateTags: Glue's guide, create-service-policy"),
    (JOBS, "s3:GetObject", "*.gluewheels.zip", "no wheel is installed here: docs/emulation.md"),
    (JOBS, "s3:PutObjectAcl", "*", "runbook 2.4 has the policy to the letter"),
    (REPORTS, "*", "*", "opened in the console, by a person"),
    (JOBS, "s3:ListBucket", f"{OURS}-ingress", "a missing file is INPUT_GONE by its 404 (API_GetObject)"),
    (
        "reconciliation-explain",
        "s3:ListBucket",
        f"{OURS}-ingress",
        "a file that is gone, by its 404, as above",
    ),
    ("*", "s3:ListBucket", f"{OURS}-checkpoints", "a missing day is LOCK_LOST by its 404, as above"),
    ("*", "s3:ListBucketVersions", f"{OURS}-ingress", "no page says that ListBucket does for versions' 404"),
    (OPERATOR, "quicksight:*", "*dataset/reconciliation-days*", "runbook 2.4: as of the other dataset"),
    (OPERATOR, "logs:FilterLogEvents", "*", "an alert's link leads to any function's log"),
    (
        OPERATOR,
        "ec2:AuthorizeSecurityGroupIngress",
        "*",
        "runbook 2.3: the rule is here already",
    ),
    (OPERATOR, "glue:GetJob*", "*", "whichever job's"),
    (OPERATOR, "cloudwatch:DescribeAlarmHistory", "*", "a step of each ALARM: moto keeps no history"),
    (DEPLOYER, "cloudformation:*", "*", "what make deploy asks of either stack: test_cdk.py, tests/deployed"),
    (DEPLOYER, "s3:ListBucket", "*", "make deploy asks of each bucket whether it is free: as above"),
    (DEPLOYER, "kms:GenerateDataKey", "*", "a webhook is put: Secrets Manager's guide, security-encryption"),
    (READER, "*", "*", "nobody queries here: runbook 4.6 and docs/deploy.md do; Athena's guide, as above"),
    (
        DEPLOYER,
        "sts:AssumeRole",
        "*",
        "the CDK's command line: its guide, bootstrapping",
    ),
    (SUPPLIER, "kms:Decrypt", "*", "a large file comes in parts: S3's guide, UsingKMSEncryption"),
    (
        "reconciliation-alarms",
        "s3:PutObject",
        "*",
        "of an execution that nobody was told of, or while SNS is away: no stack was seen so yet",
    ),
    ("reconciliation-watchdog", "cloudwatch:DescribeAlarms", "*", "an alarm that stays on: no stack had one"),
    (
        "reconciliation-watchdog",
        "quicksight:ListIngestions",
        "*/ingestion/*",
        "the reference names the ingestion, the request the dataset: either may be what is asked for",
    ),
    (
        "reconciliation-watchdog",
        "sns:ListSubscriptionsByTopic",
        "*",
        "the daily check's: no stack was seen yet to look at subscriptions",
    ),
    ("reconciliation-prepare-run", "states:StartExecution", "*", "a race: freed before a mark could be seen"),
)

UNNOTICED: tuple[Line, ...] = (
    (
        MACHINE,
        "states:SendTaskSuccess",
        "*",
        "it ends the timer of a run that is over: the day stands, and the timer ends by itself",
    ),
    (MACHINE, "glue:BatchStopJobRun", "*", "whoever closes the run stops its jobs, too"),
    ("*", "s3:*Object", f"{OURS}-checkpoints/incidents/*", "an alert leaves without its incident"),
    ("*", "s3:PutObject", f"{OURS}-checkpoints/alerts/*", "a mark that people were told, who were"),
    (
        "*",
        "s3:PutObject",
        f"{OURS}-checkpoints/waiting/*",
        "a mark that a version waits: any round starts it",
    ),
)
"""Needed rights without which all ends as with them, by design; and why. tests/rights/deny finds them."""


def of(right: Right, lines: Sequence[Line] = REASONS) -> str | None:
    line = line_of(right, lines)
    return line and line[3]


def line_of(right: Right, lines: Sequence[Line] = REASONS) -> Line | None:
    """The first whose patterns match."""
    return next((line for line in lines if all(map(like, line, right))), None)
