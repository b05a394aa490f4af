"""What each function may do, by purpose. The jobs' and the machine's rights: `rights.py`."""

from aws_cdk import aws_iam as iam

from infra import functions as fn
from infra.grants import (
    NAMESPACE,
    Statements,
    allow,
    arn_of,
    decrypt,
    list_keys,
    objects,
    publish,
    put_metrics,
    read,
    read_runs,
    read_secret,
    read_versions,
    regional,
    secrets,
    stop_runs,
    take_messages,
    under,
    use_key,
    write,
)
from infra.machine import executions_arn, machine_arn
from infra.names import ALARMS
from infra.quicksight import data_set_arns
from infra.resources import Resources
from reconciliation import layout, places
from reconciliation.alarms import SAID_BY
from reconciliation.layout import ANY_DAY


def of_function(its: Resources, spec: fn.FunctionSpec) -> Statements:
    """What one function may do, beside writing its log."""
    table = {
        fn.TRIGGER: _trigger,
        fn.PREPARE_RUN: _prepare_run,
        fn.INSPECT_FILE: _inspect_file,
        fn.STOP_JOBS: _stop_jobs,
        fn.CLOSE_RUN: _close_run,
        fn.FINISH_RUN: _finish_run,
        fn.SLACK_NOTIFIER: _slack_notifier,
        fn.ALERT_REPLAY: _alert_replay,
        fn.ALARMS: _alarms,
        fn.WATCHDOG: _watchdog,
        fn.INCIDENT: _incident,
        fn.CONNECTION_CHECK: _read_base,
        fn.QUERY: _read_base,
        fn.EXPLAIN: _explain,
        fn.ROTATE_SECRET: _rotate_secret,
        fn.PREPARE_BASE: _prepare_base,
    }
    return table[spec](its)


def _trigger(its: Resources) -> Statements:
    look = [read(*its.incidents), list_keys(its.checkpoints)]
    return [_start(its), *_tell(its), *look, use_key(its.key)]


def _prepare_run(its: Resources) -> Statements:
    """Take the day, note the job, and leave or start what waits; it ends no run and publishes nothing."""
    mine = (its.intermediate, its.checkpoints, its.output)
    return [
        *read_versions(its.ingress),
        read(*objects(its.ingress, *mine)),
        write(*its.records, *under(layout.waitings(its.checkpoints))),
        list_keys(*mine),
        use_key(its.key),
        _look_at_executions(its),
        *_tell(its),
        _start(its),
    ]


def _inspect_file(its: Resources) -> Statements:
    buckets = (its.intermediate, its.checkpoints)
    return [
        *read_versions(its.ingress),
        read(*objects(*buckets)),
        write(*its.run_data),
        list_keys(*buckets),
        use_key(its.key),
    ]


def _close_run(its: Resources) -> Statements:
    return [*_end_run(its), stop_runs(*its.jobs)]


def _stop_jobs(its: Resources) -> Statements:
    return [read_runs(*its.jobs), stop_runs(*its.jobs)]


def _end_run(its: Resources) -> Statements:
    """Decide the outcome from what S3 holds, finish a publication, tell people, free the day."""
    mine = (its.intermediate, its.checkpoints, its.output)
    return [
        read(*objects(*mine)),
        write(*its.records, *under(layout.waitings(its.checkpoints)), *objects(its.output)),
        list_keys(*mine),
        use_key(its.key),
        read_runs(*its.jobs),
        put_metrics(NAMESPACE),
        *_tell(its),
        _start(its),
        *_dashboard(its, "CreateIngestion"),
    ]


def _finish_run(its: Resources) -> Statements:
    """Complete the summary, tell people, release the day; it never sees a row."""
    finished = under(
        layout.day_objects(its.checkpoints),
        layout.waitings(its.checkpoints),
        layout.history(its.output),
    )
    return [
        read(*finished, *its.incidents, arn_of(places.report_page(its.output, ANY_DAY))),
        write(*finished),
        list_keys(its.checkpoints, its.output),
        use_key(its.key),
        read_runs(*its.jobs),
        put_metrics(NAMESPACE),
        *_tell(its),
        _start(its),
        *_dashboard(its, "CreateIngestion"),
    ]


def _tell(its: Resources) -> Statements:
    """Tell people: note it in the incident, which must be read, and mark or keep the alert."""
    return [publish(its.topic_arn), write(*its.incidents, *its.told)]


def _look_at_executions(its: Resources) -> iam.PolicyStatement:
    return allow("states:DescribeExecution", on=[executions_arn(its.settings)])


def _start(its: Resources) -> iam.PolicyStatement:
    """An upload, or what waited for its day."""
    return allow("states:StartExecution", on=[machine_arn(its.settings)])


def _dashboard(its: Resources, action: str) -> Statements:
    """On the datasets' refreshes; where there are none, the right is of nothing."""
    refreshes = [f"{data_set}/ingestion/*" for data_set in data_set_arns(its.settings)]
    return [allow(f"quicksight:{action}", on=refreshes)]


def _see_copies(its: Resources) -> iam.PolicyStatement:
    """The reference names the dataset's ingestions; the list is the dataset's, too."""
    data_sets = data_set_arns(its.settings)
    refreshes = [f"{data_set}/ingestion/*" for data_set in data_sets]
    return allow("quicksight:ListIngestions", on=[*data_sets, *refreshes])


def _slack_notifier(its: Resources) -> Statements:
    return [*_tell_slack(its), allow("sqs:SendMessage", on=its.dead_letters)]


def _alert_replay(its: Resources) -> Statements:
    """Tell what the notifier could not."""
    return [*_tell_slack(its), take_messages(*its.dead_letters)]


def _alarms(its: Resources) -> Statements:
    """See which executions ended, whether they were told, and which other alarm is on; tell."""
    others = (f"alarm:{its.settings.named(f'reconciliation-{kind}')}" for kind in SAID_BY.values())
    return [
        take_messages(*regional("sqs", its.settings.named(ALARMS))),
        allow("states:ListExecutions", on=[machine_arn(its.settings)]),
        allow("cloudwatch:DescribeAlarms", on=regional("cloudwatch", *others)),
        read(*its.incidents),
        *_tell(its),
        list_keys(its.checkpoints),
        use_key(its.key),
    ]


def _tell_slack(its: Resources) -> Statements:
    """And mark in the checkpoints who was told, and what the business area is to be."""
    return [
        read_secret(*its.settings.slack_secrets.values()),
        read(*its.told),
        write(*its.told),
        list_keys(its.checkpoints),
        use_key(its.key),
    ]


def _watchdog(its: Resources) -> Statements:
    """Closes as CloseRun does, tells the business area, posts the runbook; looks at all, for files."""
    look = [
        _look_at_executions(its),
        allow("states:ListExecutions", on=[machine_arn(its.settings)]),
        list_keys(its.ingress),
        publish(its.business_topic_arn),
        allow("sns:ListSubscriptionsByTopic", on=[its.topic_arn, its.business_topic_arn]),
        _see_copies(its),
        allow("cloudwatch:DescribeAlarms", on=regional("cloudwatch", "alarm:*")),
        allow("s3:GetObject", on=[its.runbook_arn]),
    ]
    return [*_close_run(its), *look]


def _incident(its: Resources) -> Statements:
    """See an incident, and write who took it over."""
    mine = its.incidents
    return [read(*mine), write(*mine), list_keys(its.checkpoints), use_key(its.key)]


def _read_base(its: Resources) -> Statements:
    return [read_secret(its.database_secret), decrypt(its.key), *_trust(its)]


def _explain(its: Resources) -> Statements:
    """What is published, with its refused lines; what runs keep; lines of the very version they read."""
    published = (layout.day_folder(its.output, ANY_DAY), layout.history(its.output))
    return [
        read(
            *under(*published, layout.day_folder(its.intermediate, ANY_DAY)),
            arn_of(layout.published_rejects(its.output, ANY_DAY)),
        ),
        *read_versions(its.ingress),
        list_keys(its.intermediate, its.output),
        decrypt(its.key),
    ]


def _rotate_secret(its: Resources) -> Statements:
    """GetRandomPassword knows no resources."""
    write = allow(
        *("secretsmanager:DescribeSecret", "secretsmanager:PutSecretValue"),
        "secretsmanager:UpdateSecretVersionStage",
        on=secrets(its.database_secret),
    )
    invent = allow("secretsmanager:GetRandomPassword", on=["*"])
    return [read_secret(its.database_secret), write, invent, use_key(its.key), *_trust(its)]


def _prepare_base(its: Resources) -> Statements:
    """Secrets Manager's own key is the owner's secret's: nobody needs a right on it."""
    return [allow("secretsmanager:GetSecretValue", on=[its.owner_secret_arn]), *_read_base(its)]


def _trust(its: Resources) -> Statements:
    return [allow("s3:GetObject", on=its.database_ca_arns)] if its.database_ca_arns else []
