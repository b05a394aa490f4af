"""The commands that an alert offers, with its event's values, as one pastes them into a shell.

AWS CLI 2, bash and GNU's tools, as the runbook's pages suppose. What comes from outside is quoted; a value
that only a person knows is a variable without which the shell refuses the line.
"""

import json
import re
import shlex
import unicodedata
from typing import Any, Final

from reconciliation import alarms, layout, places
from reconciliation.deployment import DATASET, Deployment
from reconciliation.documents.typed import utc
from reconciliation.event import Event
from reconciliation.layout import Location

CORRECTED: Final = "corrected.csv"
"""What the user's runbook calls a corrected file."""
_ASKED_DAY: Final = "${DIA:?escreva antes DIA=AAAA-MM-DD}"
_ASKED_FILE: Final = "${ARQUIVO:?escreva antes ARQUIVO=AAAA-MM-DD/NOME.csv}"
_ASKED_NAME: Final = "${NOME:?escreva antes NOME='seu nome'}"
_NAME_MAX: Final = 120
"""Of a file's name without its `.csv` (layout.day_of_upload)."""


def asks(command: str) -> bool:
    """Whether a person has to say something first."""
    return ":?" in command


# --- the file


def read_file(event: Event, *through: str) -> str | None:
    """The file through those filters, its unseen characters made visible; None without a key to paste."""
    if not event.s3_key or not _is_pasteable(event.s3_key):
        return None
    return " | ".join([f"aws s3 cp {_quoted(_file(event))} -", *through, "cat -v"])


def uploads(event: Event) -> str:
    """The day's files; where there is no day, the last ones of the bucket."""
    if event.day:
        return f"aws s3 ls {layout.day_folder(_ingress(event), event.day)} --recursive"
    return newest_uploads(event)


def newest_uploads(event: Event) -> str:
    """The files of the last days, whatever their names; this finds nothing without failing."""
    return f"aws s3 ls {Location(_ingress(event), '')} --recursive | tail -n 20"


def versions(event: Event) -> str:
    """Every version of the day's files, those that were deleted too. The event has a day."""
    return f"aws s3api list-object-versions --bucket {_ingress(event)} --prefix {event.day}/"


def send(event: Event, name: str) -> str:
    """A file of the folder one is in, to the day's folder. The event has a day."""
    return f"aws s3 cp ./{name} {layout.upload(_ingress(event), str(event.day), name)}"


def rename(event: Event) -> str | None:
    """The file under a key that is well formed: of its folder's day, or of the one that the person says."""
    if not event.s3_key or not _is_pasteable(event.s3_key):
        return None
    name = _plain_name(event.s3_key.rpartition("/")[2])
    named = [f"{day}/{name}" for day in (layout.day_of(event.s3_key), _ASKED_DAY)]
    wanted = named[0] if layout.day_of_upload(named[0]) else named[1]
    return f'aws s3 cp {_quoted(_file(event))} "{Location(_ingress(event), wanted)}"'


# --- executions


def resume(event: Event, **tuned: Any) -> str | None:
    """From the checkpoint; None where there is none, or the job's note, which knows its file, is gone."""
    if not event.checkpoint_location or not event.job_id or not event.s3_key:
        return None
    given = {"job_id": event.job_id, "checkpoint_location": event.checkpoint_location}
    return _start(event, {**given, "reprocess_from_checkpoint": True, **tuned})


def start(event: Event, *, s3_key: str = "", force: bool = False, **tuned: Any) -> str:
    """From the day's file, the event's own unless another is named, or the one that the person says."""
    forced = {"force_reprocess": True} if force else {}
    known = s3_key or event.s3_key
    if known:
        return _start(event, {"s3_key": known, **forced, **tuned})
    text = json.dumps({"s3_key": _ASKED_FILE, **forced, **tuned}, ensure_ascii=False)
    escaped = re.sub(r'(["\\`])', r"\\\1", text)
    return f'{_of_machine(event, "start-execution")} --input "{escaped}"'


def corrected_key(event: Event) -> str:
    """The key of the day's corrected file. The event has a day."""
    return layout.upload(_ingress(event), str(event.day), CORRECTED).key


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
    return f"aws s3 ls {everything} --recursive --summarize --human-readable | tail -n 20"


def report(event: Event) -> str | None:
    """Makes the day's report anew, from what is published."""
    if not event.day:
        return None
    given = json.dumps({"--report_day": event.day})
    job = event.deployment.named("reconciliation-output-job")
    return shlex.join(["aws", "glue", "start-job-run", "--job-name", job, "--arguments", given])


def report_files(event: Event) -> str | None:
    """The day's report, and the files beside it; those of suppliers are in a folder."""
    return f"aws s3 ls {places.report_folder(event.output_bucket, event.day)}" if event.day else None


# --- logs, functions, QuickSight


def job_errors(event: Event) -> str:
    return _log(event, "/aws-glue/jobs/output", "ERROR")


def job_times(event: Event) -> str:
    return _log(event, "/aws-glue/jobs/output", "elapsed_s")


def function_errors(event: Event, function: str) -> str:
    return _log(event, f"/aws/lambda/{event.deployment.named(function)}", "ERROR")


def slack_log(event: Event) -> str:
    """Whom Slack's notifier told since the last working day, and why it could not."""
    return f"aws logs tail /aws/lambda/{event.deployment.named('reconciliation-slack-notifier')} --since 7d"


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
    return _log(event, f"/aws/lambda/{alarm.function}", "ERROR") if alarm.function else None


def alarm_history(event: Event) -> str | None:
    """When the alarm came and went."""
    if event.alarm is None:
        return None
    named = ["--alarm-name", event.alarm.name, "--history-item-type", "StateUpdate", "--max-items", "5"]
    return shlex.join(["aws", "cloudwatch", "describe-alarm-history", *named])


def connection_check(event: Event) -> str:
    """The base as the jobs reach it: how far the connection gets, and the code by which a run would fail."""
    function = event.deployment.named("test-rds-connection")
    return (
        f"aws lambda invoke --function-name {function} --cli-binary-format raw-in-base64-out"
        " --payload '{}' response.json && cat response.json"
    )


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
    function = deployment.named("reconciliation-incident")
    invoke = f"aws lambda invoke --function-name {function} --cli-binary-format raw-in-base64-out"
    return f"{invoke} --payload {payload} /dev/stdout"


# --- their parts


def _start(event: Event, given: dict[str, Any]) -> str:
    return _of_machine(event, "start-execution", "--input", json.dumps(given, ensure_ascii=False))


def _of_machine(event: Event, asked: str, *more: str) -> str:
    machine = ["--state-machine-arn", event.state_machine_arn]
    return shlex.join(["aws", "stepfunctions", asked, *machine, *more])


def _log(event: Event, group: str, pattern: str) -> str:
    since = utc(event.started) if event.started else "24h"
    return f"aws logs tail {group} --since {since} --filter-pattern {pattern}"


def _dataset(event: Event, name: str) -> str:
    deployment = event.deployment
    return f"--aws-account-id {deployment.account_id} --data-set-id {deployment.named(name)}"


def _file(event: Event) -> Location:
    return Location(_ingress(event), str(event.s3_key))


def _ingress(event: Event) -> str:
    return event.deployment.bucket("ingress")


def _quoted(where: Location) -> str:
    return shlex.quote(str(where))


def _is_pasteable(s3_key: str) -> bool:
    """A key may hold anything: a control character could end the pasted line, the other a code block."""
    return s3_key.isprintable() and "```" not in s3_key


def _plain_name(name: str) -> str:
    """`Relatório nº 1.CSV` as `Relatorio_no_1.csv`."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    stem = re.sub(r"(\.csv)?$", "", ascii_only, count=1, flags=re.IGNORECASE)
    return f"{re.sub('[^A-Za-z0-9.-]+', '_', stem)[:_NAME_MAX] or 'input'}.csv"
