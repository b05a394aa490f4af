"""Who may do what: the statements of each principal, by purpose."""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms

from infra import functions as fn
from infra.alerts import DEAD_LETTERS
from infra.grants import (
    NAMESPACE,
    allow,
    arn_of,
    decrypt,
    join_network,
    list_keys,
    list_under,
    objects,
    publish,
    put_metrics,
    read,
    read_runs,
    read_secret,
    read_versions,
    regional,
    run_jobs,
    secrets,
    stop_runs,
    take_messages,
    under,
    use_key,
    write,
    write_job_logs,
)
from infra.jobs import JOBS
from infra.machine import executions_arn, machine_arn
from infra.names import ALARMS
from infra.quicksight import data_set_arns
from infra.settings import Settings
from reconciliation import layout, places
from reconciliation.alarms import SAID_BY
from reconciliation.layout import ANY_DAY, ANY_JOB

Statements = list[iam.PolicyStatement]


@dataclass(frozen=True)
class Rights:
    """The rights of every principal of one deployment."""

    settings: Settings
    key: kms.IKey
    topic_arn: str
    business_topic_arn: str
    database_secret: str
    owner_secret_arn: str
    database_ca_arns: Sequence[str] = ()
    runbook_arn: str = ""

    def of_function(self, spec: fn.FunctionSpec) -> Statements:
        """What one function may do, beside writing its log."""
        table = {
            fn.TRIGGER: self._trigger,
            fn.PREPARE_RUN: self._prepare_run,
            fn.INSPECT_FILE: self._inspect_file,
            fn.STOP_JOBS: self._stop_jobs,
            fn.CLOSE_RUN: self._close_run,
            fn.FINISH_RUN: self._finish_run,
            fn.SLACK_NOTIFIER: self._slack_notifier,
            fn.ALERT_REPLAY: self._alert_replay,
            fn.ALARMS: self._alarms,
            fn.WATCHDOG: self._watchdog,
            fn.INCIDENT: self._incident,
            fn.CONNECTION_CHECK: self._read_base,
            fn.QUERY: self._read_base,
            fn.EXPLAIN: self._explain,
            fn.ROTATE_SECRET: self._rotate_secret,
            fn.PREPARE_BASE: self._prepare_base,
        }
        return table[spec]()

    def of_jobs(self, asset_arns: list[str], connection_arns: list[str]) -> dict[str, Statements]:
        """The jobs' inline policies by name; the runbook knows `s3-read` and `s3-write` (2.1, 2.4)."""
        mine = (self._intermediate, self._checkpoints, self._output)
        return {
            "s3-read": [
                *read_versions(self._ingress),
                read(*objects(*mine)),
                list_keys(*mine),
                allow("s3:GetObject", on=asset_arns),
            ],
            "s3-write": [write(*self._run_data)],
            "s3-reports": self._make_reports(),
            "keys-and-secret": [read_secret(self.database_secret), use_key(self.key)],
            "glue": [write_job_logs(), *join_network(connection_arns)],
        }

    def _make_reports(self) -> Statements:
        """What was published before, by its versions, and what a newer report lacks: nothing else is deleted.

        A DeleteObject under a condition needs GetObject, too (S3's guide, conditional-deletes).
        """
        told = (layout.day_folder(self._output, ANY_DAY), layout.history(self._output))
        return [
            allow("s3:GetObjectVersion", on=under(*told)),
            list_under("s3:ListBucketVersions", *told),
            allow("s3:DeleteObject", on=under(places.report_folder(self._output, ANY_DAY))),
        ]

    def of_publishing(self) -> Statements:
        """`s3-write-policy`, as runbook 2.4 expects it to the letter."""
        return [allow("s3:PutObject", "s3:PutObjectAcl", on=objects(self._output))]

    def of_machine(self, function_arns: list[str]) -> Statements:
        """Invoke the functions, run the jobs, and keep the timer's token."""
        timer = arn_of(layout.timer_token(self._checkpoints, ANY_JOB, "*"))
        return [
            allow("lambda:InvokeFunction", on=function_arns),
            run_jobs(*self._jobs),
            allow("s3:GetObject", "s3:PutObject", on=[timer]),
            list_keys(self._checkpoints),
            use_key(self.key),
            allow("states:SendTaskSuccess", on=[machine_arn(self.settings)]),
        ]

    def _trigger(self) -> Statements:
        look = [read(*self._incidents), list_keys(self._checkpoints)]
        return [self._start(), *self._tell(), *look, use_key(self.key)]

    def _prepare_run(self) -> Statements:
        """Take the day, note the job, and leave or start what waits; it ends no run and publishes nothing."""
        mine = (self._intermediate, self._checkpoints, self._output)
        return [
            *read_versions(self._ingress),
            read(*objects(self._ingress, *mine)),
            write(*self._records, *under(layout.waitings(self._checkpoints))),
            list_keys(*mine),
            use_key(self.key),
            self._look_at_executions(),
            *self._tell(),
            self._start(),
        ]

    def _inspect_file(self) -> Statements:
        buckets = (self._intermediate, self._checkpoints)
        return [
            *read_versions(self._ingress),
            read(*objects(*buckets)),
            write(*self._run_data),
            list_keys(*buckets),
            use_key(self.key),
        ]

    def _close_run(self) -> Statements:
        return [*self._end_run(), stop_runs(*self._jobs)]

    def _stop_jobs(self) -> Statements:
        return [read_runs(*self._jobs), stop_runs(*self._jobs)]

    def _end_run(self) -> Statements:
        """Decide the outcome from what S3 holds, finish a publication, tell people, free the day."""
        mine = (self._intermediate, self._checkpoints, self._output)
        return [
            read(*objects(*mine)),
            write(*self._records, *under(layout.waitings(self._checkpoints)), *objects(self._output)),
            list_keys(*mine),
            use_key(self.key),
            read_runs(*self._jobs),
            put_metrics(NAMESPACE),
            *self._tell(),
            self._start(),
            *self._dashboard("CreateIngestion"),
        ]

    def _finish_run(self) -> Statements:
        """Complete the summary, tell people, release the day; it never sees a row."""
        finished = under(
            layout.day_objects(self._checkpoints),
            layout.waitings(self._checkpoints),
            layout.history(self._output),
        )
        return [
            read(*finished, *self._incidents, arn_of(places.report_page(self._output, ANY_DAY))),
            write(*finished),
            list_keys(self._checkpoints, self._output),
            use_key(self.key),
            read_runs(*self._jobs),
            put_metrics(NAMESPACE),
            *self._tell(),
            self._start(),
            *self._dashboard("CreateIngestion"),
        ]

    def _tell(self) -> Statements:
        """Tell people: note it in the incident, which must be read, and mark or keep the alert."""
        return [publish(self.topic_arn), write(*self._incidents, *self._told)]

    def _look_at_executions(self) -> iam.PolicyStatement:
        return allow("states:DescribeExecution", on=[executions_arn(self.settings)])

    def _start(self) -> iam.PolicyStatement:
        """An upload, or what waited for its day."""
        return allow("states:StartExecution", on=[machine_arn(self.settings)])

    def _dashboard(self, action: str) -> Statements:
        """On the datasets' refreshes; where there are none, the right is of nothing."""
        refreshes = [f"{data_set}/ingestion/*" for data_set in data_set_arns(self.settings)]
        return [allow(f"quicksight:{action}", on=refreshes)]

    def _see_copies(self) -> iam.PolicyStatement:
        """The reference names the dataset's ingestions; the list is the dataset's, too."""
        data_sets = data_set_arns(self.settings)
        refreshes = [f"{data_set}/ingestion/*" for data_set in data_sets]
        return allow("quicksight:ListIngestions", on=[*data_sets, *refreshes])

    def _slack_notifier(self) -> Statements:
        return [*self._tell_slack(), allow("sqs:SendMessage", on=self._dead_letters)]

    def _alert_replay(self) -> Statements:
        """Tell what the notifier could not."""
        return [*self._tell_slack(), take_messages(*self._dead_letters)]

    def _alarms(self) -> Statements:
        """See which executions ended, whether they were told, and which other alarm is on; tell."""
        others = (f"alarm:{self.settings.named(f'reconciliation-{kind}')}" for kind in SAID_BY.values())
        return [
            take_messages(*regional("sqs", self.settings.named(ALARMS))),
            allow("states:ListExecutions", on=[machine_arn(self.settings)]),
            allow("cloudwatch:DescribeAlarms", on=regional("cloudwatch", *others)),
            read(*self._incidents),
            *self._tell(),
            list_keys(self._checkpoints),
            use_key(self.key),
        ]

    def _tell_slack(self) -> Statements:
        """And mark in the checkpoints who was told, and what the business area is to be."""
        return [
            read_secret(*self.settings.slack_secrets.values()),
            read(*self._told),
            write(*self._told),
            list_keys(self._checkpoints),
            use_key(self.key),
        ]

    def _watchdog(self) -> Statements:
        """Closes as CloseRun does, tells the business area, posts the runbook; looks at all, for files."""
        look = [
            self._look_at_executions(),
            allow("states:ListExecutions", on=[machine_arn(self.settings)]),
            list_keys(self._ingress),
            publish(self.business_topic_arn),
            allow("sns:ListSubscriptionsByTopic", on=[self.topic_arn, self.business_topic_arn]),
            self._see_copies(),
            allow("cloudwatch:DescribeAlarms", on=regional("cloudwatch", "alarm:*")),
            allow("s3:GetObject", on=[self.runbook_arn]),
        ]
        return [*self._close_run(), *look]

    def _incident(self) -> Statements:
        """See an incident, and write who took it over."""
        mine = self._incidents
        return [read(*mine), write(*mine), list_keys(self._checkpoints), use_key(self.key)]

    def _read_base(self) -> Statements:
        return [read_secret(self.database_secret), decrypt(self.key), *self._trust()]

    def _explain(self) -> Statements:
        """What is published, with its refused lines; what runs keep; lines of the very version they read."""
        published = (layout.day_folder(self._output, ANY_DAY), layout.history(self._output))
        return [
            read(
                *under(*published, layout.day_folder(self._intermediate, ANY_DAY)),
                arn_of(layout.published_rejects(self._output, ANY_DAY)),
            ),
            *read_versions(self._ingress),
            list_keys(self._intermediate, self._output),
            decrypt(self.key),
        ]

    def _rotate_secret(self) -> Statements:
        """GetRandomPassword knows no resources."""
        write = allow(
            *("secretsmanager:DescribeSecret", "secretsmanager:PutSecretValue"),
            "secretsmanager:UpdateSecretVersionStage",
            on=secrets(self.database_secret),
        )
        invent = allow("secretsmanager:GetRandomPassword", on=["*"])
        return [read_secret(self.database_secret), write, invent, use_key(self.key), *self._trust()]

    def _prepare_base(self) -> Statements:
        """Secrets Manager's own key is the owner's secret's: nobody needs a right on it."""
        return [allow("secretsmanager:GetSecretValue", on=[self.owner_secret_arn]), *self._read_base()]

    def _trust(self) -> Statements:
        return [allow("s3:GetObject", on=self.database_ca_arns)] if self.database_ca_arns else []

    @property
    def _ingress(self) -> str:
        return self.settings.bucket("ingress")

    @property
    def _intermediate(self) -> str:
        return self.settings.bucket("intermediate")

    @property
    def _checkpoints(self) -> str:
        return self.settings.bucket("checkpoints")

    @property
    def _output(self) -> str:
        return self.settings.bucket("output")

    @property
    def _records(self) -> list[str]:
        """The jobs' folders, and the objects that hold the days."""
        return under(layout.job_folder(self._checkpoints, ANY_JOB), layout.day_objects(self._checkpoints))

    @property
    def _run_data(self) -> list[str]:
        """What a run writes before it publishes."""
        return [*under(layout.day_folder(self._intermediate, ANY_DAY)), *self._records]

    @property
    def _told(self) -> list[str]:
        return under(layout.alert_marks(self._checkpoints))

    @property
    def _incidents(self) -> list[str]:
        return under(layout.incidents(self._checkpoints))

    @property
    def _dead_letters(self) -> list[str]:
        return regional("sqs", self.settings.named(DEAD_LETTERS))

    @property
    def _jobs(self) -> list[str]:
        return [self.settings.named(spec.name) for spec in JOBS]
