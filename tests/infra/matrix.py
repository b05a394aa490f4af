"""The matrix of test_rights.py: what each principal may do. A line is an action on a resource."""

from collections.abc import Iterable

from infra.names import ANALYST, DEPLOYER, OPERATOR, READER, REPORTS, SUPPLIER

ARN = "arn:aws:{}:sa-east-1:ACCOUNT:{}".format
MACHINE = ARN("states", "stateMachine:reconciliation-state-machine")
EXECUTIONS = ARN("states", "execution:reconciliation-state-machine:*")
JOBS = [
    ARN("glue", f"job/{name}")
    for name in ("reconciliation-validation-job", "reconciliation-job", "reconciliation-output-job")
]
KEY = "{StorageKeyBAA9457B}"
TOPIC = "{reconciliation-alerts}"
DATA_SETS = [ARN("quicksight", f"dataset/reconciliation-{name}") for name in ("dataset", "days")]
COPIES = [f"{data_set}/ingestion/*" for data_set in DATA_SETS]
WORKGROUP = ARN("athena", "workgroup/reconciliation")
DEAD_LETTERS = ARN("sqs", "reconciliation-alerts-dead-letters")

Rights = set[tuple[str, str]]


def on(resources: str | Iterable[str], *actions: str) -> Rights:
    named = [resources] if isinstance(resources, str) else list(resources)
    return {(action, resource) for action in actions for resource in named}


def bucket(name: str) -> str:
    return f"arn:aws:s3:::reconciliation-{name}"


def read(*names: str) -> Rights:
    objects = on([f"{bucket(name)}/*" for name in names], "s3:GetObject")
    return objects | list_keys(*names)


def list_keys(*names: str) -> Rights:
    return on([bucket(name) for name in names], "s3:ListBucket")


def take(queue: str) -> Rights:
    return on(queue, "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")


def log(name: str) -> Rights:
    group = ARN("logs", f"log-group:/aws/lambda/{name}:*")
    return on(group, "logs:CreateLogStream", "logs:PutLogEvents")


def secret(name: str) -> Rights:
    return on(ARN("secretsmanager", f"secret:{name}-??????"), "secretsmanager:GetSecretValue")


VERSIONS = on(f"{bucket('ingress')}/*", "s3:GetObjectVersion") | on(
    bucket("ingress"), "s3:ListBucket", "s3:ListBucketVersions"
)
USE_KEY = on(KEY, "kms:Decrypt", "kms:GenerateDataKey")
SEE_INCIDENTS = on(f"{bucket('checkpoints')}/incidents/*", "s3:GetObject")
INCIDENTS = on(f"{bucket('checkpoints')}/incidents/*", "s3:PutObject")
TELL = (
    on(TOPIC, "sns:Publish") | USE_KEY | INCIDENTS | on(f"{bucket('checkpoints')}/alerts/*", "s3:PutObject")
)
READ_RUNS = on(JOBS, "glue:GetJobRuns")
STOP_RUNS = on(JOBS, "glue:BatchStopJobRun")
RECORDS = on([f"{bucket('checkpoints')}/JOB-*/*", f"{bucket('checkpoints')}/days/*"], "s3:PutObject")
DAYS = on(f"{bucket('intermediate')}/????-??-??/*", "s3:PutObject")
DELETE_REPORTS = on(f"{bucket('output')}/relatorios/????-??-??/*", "s3:DeleteObject")
REFRESH = on(COPIES, "quicksight:CreateIngestion")
WAITING = on(f"{bucket('checkpoints')}/waiting/*", "s3:PutObject") | on(MACHINE, "states:StartExecution")
END_RUN = (
    REFRESH
    | read("intermediate", "checkpoints", "output")
    | RECORDS
    | on(f"{bucket('output')}/*", "s3:PutObject")
    | WAITING
    | READ_RUNS
    | on("*", "cloudwatch:PutMetricData")
    | TELL
)
SUMMARIES = on([f"{bucket('checkpoints')}/days/*", f"{bucket('output')}/resumos/*"],
               "s3:GetObject", "s3:PutObject")  # fmt: skip
FINISH_RUN = (
    SUMMARIES
    | SEE_INCIDENTS
    | WAITING
    | on(f"{bucket('checkpoints')}/waiting/*", "s3:GetObject")
    | on(f"{bucket('output')}/relatorios/????-??-??/relatorio.html", "s3:GetObject")
    | list_keys("checkpoints", "output")
    | READ_RUNS
    | on("*", "cloudwatch:PutMetricData")
    | TELL
    | REFRESH
)
TELL_SLACK = (
    secret("reconciliation-slack-webhook")
    | secret("reconciliation-slack-oncall-webhook")
    | secret("reconciliation-slack-engineering-webhook")
    | on(f"{bucket('checkpoints')}/alerts/*", "s3:GetObject", "s3:PutObject")
    | list_keys("checkpoints")
    | USE_KEY
)
INTERFACE = on("*", *(f"ec2:{action}" for action in (
    "CreateNetworkInterface", "DescribeNetworkInterfaces", "DescribeSubnets", "DeleteNetworkInterface",
)))  # fmt: skip

ROLES: dict[str, Rights] = {
    "reconciliation-trigger": (
        on(MACHINE, "states:StartExecution") | TELL | SEE_INCIDENTS | list_keys("checkpoints")
    ),
    "reconciliation-prepare-run": (
        read("ingress", "intermediate", "checkpoints", "output")
        | VERSIONS
        | RECORDS
        | WAITING
        | on(EXECUTIONS, "states:DescribeExecution")
        | TELL
    ),
    "reconciliation-inspect-file": (
        VERSIONS | read("intermediate", "checkpoints") | DAYS | RECORDS | USE_KEY
    ),
    "reconciliation-stop-jobs": READ_RUNS | STOP_RUNS,
    "reconciliation-close-run": END_RUN | STOP_RUNS,
    "reconciliation-finish-run": FINISH_RUN,
    "reconciliation-watchdog": (
        END_RUN
        | STOP_RUNS
        | list_keys("ingress")
        | on([TOPIC, "{reconciliation-business}"], "sns:ListSubscriptionsByTopic")
        | on("{reconciliation-business}", "sns:Publish")
        | on(EXECUTIONS, "states:DescribeExecution")
        | on([*DATA_SETS, *COPIES], "quicksight:ListIngestions")
        | on(MACHINE, "states:ListExecutions")
        | on(ARN("cloudwatch", "alarm:*"), "cloudwatch:DescribeAlarms")
    ),
    "reconciliation-incident": INCIDENTS | SEE_INCIDENTS | list_keys("checkpoints") | USE_KEY,
    "reconciliation-slack-notifier": TELL_SLACK | on(DEAD_LETTERS, "sqs:SendMessage"),
    "reconciliation-alert-replay": TELL_SLACK | take(DEAD_LETTERS),
    "reconciliation-alarms": (
        take(ARN("sqs", "reconciliation-alarms"))
        | on(MACHINE, "states:ListExecutions")
        | on(ARN("cloudwatch", "alarm:reconciliation-undelivered-alerts"), "cloudwatch:DescribeAlarms")
        | TELL
        | SEE_INCIDENTS
        | list_keys("checkpoints")
    ),
    **dict.fromkeys(
        ("test-rds-connection", "reconciliation-query"),
        secret("reconciliation-rds-credentials") | on(KEY, "kms:Decrypt") | INTERFACE,
    ),
    "reconciliation-explain": (
        on([f"{bucket('output')}/{name}" for name in
            ("????-??-??/*", "resumos/*", "rejeitos/????-??-??/rejeitos.parquet")], "s3:GetObject")
        | on(f"{bucket('intermediate')}/????-??-??/*", "s3:GetObject")
        | VERSIONS
        | list_keys("intermediate", "output")
        | on(KEY, "kms:Decrypt")
    ),
    "reconciliation-prepare-base": (
        secret("reconciliation-rds-credentials")
        | on("{reconciliation-db}", "secretsmanager:GetSecretValue")  # GetAtt MasterUserSecret.SecretArn
        | on(KEY, "kms:Decrypt")
        | INTERFACE
    ),
    "reconciliation-rotate-secret": (
        on(ARN("secretsmanager", "secret:reconciliation-rds-credentials-??????"),
           *(f"secretsmanager:{action}" for action in
             ("GetSecretValue", "DescribeSecret", "PutSecretValue", "UpdateSecretVersionStage")))
        | on("*", "secretsmanager:GetRandomPassword")
        | USE_KEY
        | INTERFACE
    ),
}  # fmt: skip

PEOPLE = (OPERATOR, SUPPLIER, READER, REPORTS, ANALYST, DEPLOYER)
"""What they may do is what the pages' commands ask for: test_rights_needed.py."""
CREDENTIALS = ARN("secretsmanager", "secret:reconciliation-rds-credentials-abcdef")

MACHINE_RIGHTS = (
    on([f"{{reconciliation-{name}}}" for name in
        ("prepare-run", "inspect-file", "stop-jobs", "close-run", "finish-run")], "lambda:InvokeFunction")
    | on(JOBS, "glue:StartJobRun", "glue:GetJobRun")
    | READ_RUNS
    | STOP_RUNS
    | on(f"{bucket('checkpoints')}/JOB-*/timer-*.token", "s3:GetObject", "s3:PutObject")
    | list_keys("checkpoints")
    | USE_KEY
    | on(MACHINE, "states:SendTaskSuccess")
)  # fmt: skip

MACHINE_WITHOUT_RESOURCE = {
    *(f"logs:{action}LogDelivery" for action in ("Create", "Get", "Update", "Delete")),
    *("logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies"),
    *("logs:DescribeLogGroups", "xray:PutTraceSegments", "xray:PutTelemetryRecords"),
    *("xray:GetSamplingRules", "xray:GetSamplingTargets"),
}
"""Actions that AWS knows on `*` alone."""
