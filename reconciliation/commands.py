"""The commands that an alert offers, with its event's values, as one pastes them into a shell.

AWS CLI 2, bash, jq and GNU's tools, as the runbook's pages suppose. What comes from outside is quoted; a
value that only a person knows is a variable without which the shell refuses the line.
"""

import json
import re
import shlex
from typing import Any, Final

from reconciliation import alarms, layout, places
from reconciliation.deployment import DATASET, Deployment
from reconciliation.documents.typed import utc
from reconciliation.event import Event
from reconciliation.layout import Location

_ASKED_FILE: Final = "${ARQUIVO:?escreva antes ARQUIVO=AAAA-MM-DD/NOME.csv}"
_ASKED_NAME: Final = "${NOME:?escreva antes NOME=nome.sobrenome}"
_PREPARING_S: Final = 900
_FUNCTIONS_ERRORS: Final = (
    """'?ERROR ?timeout ?"timed out" ?"Runtime.OutOfMemory" ?"Runtime.ExitError" ?"signal: killed"'"""
)
"""For the shell. Of a function that Lambda ended only Lambda says so: `Task timed out`, in JSON
`"status":"timeout"`; without memory `Runtime exited with error: signal: killed`, Runtime.ExitError, in JSON
`"errorType":"Runtime.OutOfMemory"`."""


def asks(command: str) -> bool:
    """Whether a person has to say something first."""
    return ":?" in command


# --- executions


def resume(event: Event, **tuned: Any) -> str | None:
    """From the checkpoint; None where there is none, or the job's note, which knows its file, is gone."""
    if not event.checkpoint_location or not event.job_id or not event.s3_key:
        return None
    given = {"job_id": event.job_id, "checkpoint_location": event.checkpoint_location}
    return _start(event, {**given, "reprocess_from_checkpoint": True, **tuned})


def start(event: Event, *, s3_key: str = "", force: bool = False, **tuned: Any) -> str:
    """From the day's file, the event's own in its version unless another is named, or the person's."""
    forced = {"force_reprocess": True} if force else {}
    if s3_key:
        return _start(event, {"s3_key": s3_key, **forced, **tuned})
    if event.s3_key:
        version = {"version_id": event.version_id} if event.version_id else {}
        return _start(event, {"s3_key": event.s3_key, **version, **forced, **tuned})
    text = json.dumps({"s3_key": _ASKED_FILE, **forced, **tuned}, ensure_ascii=False)
    escaped = re.sub(r'(["\\`])', r"\\\1", text)
    return f'{_of_machine(event, "start-execution")} --input "{escaped}"'


def describe(event: Event) -> str:
    """The execution's input and end; without one, the last executions."""
    if not event.execution_arn:
        return executions(event)
    return shlex.join(["aws", "stepfunctions", "describe-execution", "--execution-arn", event.execution_arn])


def executions(event: Event, *more: str) -> str:
    return _of_machine(event, "list-executions", "--max-results", "10", *more)


def running(event: Event) -> str:
    return executions(event, "--status-filter", "RUNNING")


# --- what is kept of the run, and what is published


def checkpoint(event: Event) -> str | None:
    """The checkpoint itself, or what there is of the job."""
    if event.checkpoint_location:
        return f"aws s3 cp {shlex.quote(event.checkpoint_location)} -"
    if event.job_id:
        return f"aws s3 ls {layout.job_folder(event.deployment.bucket('checkpoints'), event.job_id)}"
    return None


def supplier_message(event: Event) -> str | None:
    """What to write to the supplier of a file that was refused: it stands beside the checkpoint."""
    if not event.checkpoint_location or not event.job_id or not event.s3_key:
        return None
    return f"aws s3 cp {layout.supplier_message(event.deployment.bucket('checkpoints'), event.job_id)} -"


def refused_list(event: Event) -> str | None:
    """What goes with that message, where lines were refused."""
    if supplier_message(event) is None:
        return None
    return f"aws s3 cp {layout.refused_list(event.deployment.bucket('checkpoints'), str(event.job_id))} ."


def day_object(event: Event) -> str | None:
    """Who holds the day, or held it last."""
    if not event.day:
        return None
    return f"aws s3 cp {layout.day_object(event.deployment.bucket('checkpoints'), event.day)} -"


def download(event: Event) -> str:
    return f"aws s3 cp {layout.published(event.output_bucket, str(event.day))} ./local.parquet"


def summary(event: Event) -> str | None:
    """The published summary."""
    return f"aws s3 cp {layout.summary(event.output_bucket, event.day)} -" if event.day else None


def sizes(event: Event) -> str:
    """The newest published objects and what all of them occupy; this finds nothing without failing."""
    everything = Location(event.output_bucket, "")
    return f"aws s3 ls {everything} --recursive --summarize --human-readable | sort -k1b | tail -n 20"


def report(event: Event) -> str | None:
    """Makes the day's report anew, from what is published."""
    if not event.day:
        return None
    given = json.dumps({"--report_day": event.day})
    job = event.deployment.named("reconciliation-output-job")
    return shlex.join(["aws", "glue", "start-job-run", "--job-name", job, "--arguments", given])


def report_files(event: Event) -> str | None:
    """The day's report, and the files beside it; those of suppliers are in a folder. None is no failure."""
    if not event.day:
        return None
    folder = places.report_folder(event.output_bucket, event.day)
    return f"aws s3 ls {folder} || echo 'nada: o job não terminou, ou falhou de novo'"


# --- logs, functions, QuickSight


def job_errors(event: Event) -> str:
    return _job_log(event, "ERROR")


def job_times(event: Event) -> str:
    return _job_log(event, "elapsed_s")


def function_errors(event: Event, function: str) -> str:
    return _function_log(event, event.deployment.named(function))


def slack_log(event: Event) -> str:
    """Whom Slack's notifier told since the last working day, and why it could not."""
    return f"aws logs tail /aws/lambda/{event.deployment.named('reconciliation-slack-notifier')} --since 7d"


def subscriptions(event: Event, topic: str) -> str:
    """Who is told by mail, and whether it was confirmed."""
    deployment = event.deployment
    arn = f"arn:aws:sns:{deployment.region}:{deployment.account_id}:{deployment.named(topic)}"
    shown = "'Subscriptions[].[Endpoint,SubscriptionArn]'"
    return f"aws sns list-subscriptions-by-topic --topic-arn {arn} --query {shown} --output text"


def alarmed(event: Event) -> str | None:
    """The execution, the executions or the function's errors that an alarm is about; None of none."""
    alarm = event.alarm
    if alarm is None or event.execution_arn:
        return describe(event)
    if alarm.kind in alarms.OF_EXECUTIONS:
        status = alarms.ENDS.get(alarm.kind)
        return executions(event, *(["--status-filter", status] if status else []))
    if alarm.kind in alarms.LOGS:
        return function_errors(event, alarms.LOGS[alarm.kind])
    return _function_log(event, alarm.function) if alarm.function else None


def alarm_history(event: Event) -> str | None:
    """When the alarm came and went."""
    if event.alarm is None:
        return None
    named = ["--alarm-name", event.alarm.name, "--history-item-type", "StateUpdate", "--max-items", "5"]
    return shlex.join(["aws", "cloudwatch", "describe-alarm-history", *named])


def connection_check(event: Event) -> str:
    """The base as the jobs reach it: how far the connection gets, and the code by which a run would fail."""
    return invoke(event.deployment, "test-rds-connection", "'{}'")


def prepare_base(event: Event, action: str) -> str:
    """One of that function's actions; only a deployment that created its database has the function."""
    asked = shlex.quote(json.dumps({"acao": action}))
    return invoke(event.deployment, "reconciliation-prepare-base", asked, timeout_s=_PREPARING_S)


def dataset(event: Event, name: str = DATASET) -> str:
    return f"aws quicksight describe-data-set {_dataset(event, name)}"


def ingestion(event: Event, ingestion_id: str | None = None, name: str = DATASET) -> str | None:
    """What became of that refresh, by default the run's own."""
    wanted = ingestion_id or event.ingestion_id
    if not wanted:
        return None
    return f"aws quicksight describe-ingestion {_dataset(event, name)} --ingestion-id {wanted}"


def refresh(event: Event, name: str = DATASET) -> str:
    """The whole dataset: right for any day."""
    by_hand = f"--ingestion-id {by_hand_id(event)} --ingestion-type FULL_REFRESH"
    return f"aws quicksight create-ingestion {_dataset(event, name)} {by_hand}"


def by_hand_id(event: Event) -> str:
    """The refresh that the alert offers; the same for the same alert."""
    return f"manual-{event.timestamp:%Y%m%dT%H%M%S}"


def end_incident(event: Event) -> str | None:
    """Says that nothing more is to be done; None where nothing is open."""
    return of_incident(event.deployment, event.incident.id, "encerrado_por") if event.incident else None


def of_incident(deployment: Deployment, incident_id: str, what: str) -> str:
    """An operator's word on an incident, `assumido_por` or `encerrado_por`; the shell insists on the name."""
    before, after = json.dumps({"incidente": incident_id, what: _ASKED_NAME}, ensure_ascii=False).split(
        _ASKED_NAME
    )
    payload = f'{shlex.quote(before)}"{_ASKED_NAME}"{shlex.quote(after)}'
    return invoke(deployment, "reconciliation-incident", payload)


def invoke(deployment: Deployment, function: str, payload: str, *, timeout_s: int = 0) -> str:
    """A function asked, and its answer shown; `payload` is quoted for the shell.

    Into a file first: the CLI would truncate what its own output is redirected to. By jq, since the answer
    has its accents escaped (Lambda's Python before 3.12). `timeout_s` is the function's own where it may
    take over a minute, after which the CLI would ask it once more.
    """
    wait = f" --cli-read-timeout {timeout_s}" if timeout_s else ""
    asked = f"--function-name {deployment.named(function)} --cli-binary-format raw-in-base64-out{wait}"
    return f"aws lambda invoke {asked} --payload {payload} response.json && jq . < response.json"


# --- their parts


def _start(event: Event, given: dict[str, Any]) -> str:
    return _of_machine(event, "start-execution", "--input", json.dumps(given, ensure_ascii=False))


def _of_machine(event: Event, asked: str, *more: str) -> str:
    machine = ["--state-machine-arn", event.state_machine_arn]
    return shlex.join(["aws", "stepfunctions", asked, *machine, *more])


def _job_log(event: Event, pattern: str) -> str:
    """Glue makes the group when the account's first job writes; before that the command would fail."""
    none = "sem resposta: se o erro acima é ResourceNotFoundException, nenhum job rodou ainda nesta conta"
    return f"{_log(event, '/aws-glue/jobs/output', pattern)} || echo '{none}'"


def _function_log(event: Event, named: str) -> str:
    return _log(event, f"/aws/lambda/{named}", _FUNCTIONS_ERRORS)


def _log(event: Event, group: str, pattern: str) -> str:
    since = utc(event.started) if event.started else "24h"
    return f"aws logs tail {group} --since {since} --filter-pattern {pattern}"


def _dataset(event: Event, name: str) -> str:
    deployment = event.deployment
    return f"--aws-account-id {deployment.account_id} --data-set-id {deployment.named(name)}"
