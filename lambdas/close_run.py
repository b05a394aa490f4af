"""Ends a run that did not end by itself: decides the outcome from what S3 holds, and tells people.

Reached from the state machine, from EventBridge (ABORTED, TIMED_OUT, FAILED), and from PrepareRun for a run
whose execution is gone. Safe to repeat: the day's state says what was done already. Only here is
`checkpoint.json` written.
"""

import contextlib
import json
import logging
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas import finish_run, waiting
from lambdas.context import Context, context, moment
from lambdas.ending import Ending, outcome, text_of
from lambdas.stop_jobs import StillRunning, stop
from reconciliation import checkpoint as checkpoints
from reconciliation import day as days
from reconciliation import layout
from reconciliation.adapters.evidence import gather
from reconciliation.adapters.publication import publish
from reconciliation.bounded_json import JsonRefused, object_or_empty
from reconciliation.checkpoint import Evidence
from reconciliation.day import HeldDay
from reconciliation.documents.checkpoint import Checkpoint, ErrorDetails, Progress, Status
from reconciliation.documents.job_record import JobChanges, JobRecord
from reconciliation.documents.typed import utc
from reconciliation.errors import FAILURES, Code, ReconciliationError, Stage
from reconciliation.layout import RunPaths
from reconciliation.objects import ConditionFailed, StoredObject, to_json
from reconciliation.plan import Plan
from reconciliation.run import DEADLINE_MAX_S, day_of_job, is_job_id

_STATUS: dict[Code, Status] = {"TIMEOUT": "TIMEOUT", "ABORTED": "ABORTED"}
_PROGRESS = {
    "total_lines": "Linhas do arquivo",
    "processed_lines": "Linhas processadas",
    "pending_lines": "Linhas pendentes",
    "last_processed_partition": "Última partição",
}
_TRIES = 5

_log = logging.getLogger(__name__)


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    """`event` is the state machine's (state, input, execution_arn, started_at) or EventBridge's (detail).

    Answers `{decision: FAILED, error, cause}`, `{decision: FINISH, …run}` or `{decision: DONE, result}`.
    """
    found = context()
    if "detail" in event:
        return close_aborted(found, event["detail"])
    state, given = event["state"], event["input"]
    if isinstance(given, str):
        given = object_or_empty(given)
    failure = state.get("finish_failure") or state.get("failure") or {}
    ending = Ending(
        execution_arn=event["execution_arn"],
        started=moment(event["started_at"]),
        error=failure.get("Error", ""),
        cause=failure.get("Cause", ""),
        run=(state["job_id"], int(state["attempt"])) if "attempt" in state else None,
        deadline_s=state.get("deadline_s", DEADLINE_MAX_S),
        finish_failed="finish_failure" in state,
        unstopped="stop_failure" in state,
    )
    return close(found, _day_of_input(given), ending)


def close_aborted(found: Context, detail: dict[str, Any]) -> dict[str, Any]:
    """An execution that ended without closing its run; one that closed it is left alone."""
    started = datetime.fromtimestamp(detail["startDate"] / 1000, UTC)
    ending = Ending(execution_arn=detail["executionArn"], started=started, error="ABORTED")
    day = _day_of_input(object_or_empty(detail.get("input") or "{}"))
    held = found.days.read(day) if day else None
    if held is None or held.day.holder != ending.execution_arn:
        return {"decision": "DONE", "result": None}
    return _close_and_finish(found, held.day, ending)


def close_left_behind(found: Context, current: days.Day) -> None:
    """Closes the run of a day whose execution is over: its event was lost, or comes later."""
    holder = str(current.holder)
    ending = Ending(execution_arn=holder, started=found.started_at(holder), error="ABORTED")
    _close_and_finish(found, current, ending)


def _close_and_finish(found: Context, current: days.Day, ending: Ending) -> dict[str, Any]:
    stop_if_alive(found, current, ending.started)
    closed = close(found, current.day, ending)
    if closed["decision"] == "FINISH":
        finish_run.finish(found, current.day, ending.started, ending.execution_arn)
    return closed


def stop_if_alive(found: Context, current: days.Day, started: datetime) -> None:
    """Asks once; a run that would not stop can write nothing that counts."""
    with contextlib.suppress(StillRunning):
        stop(found, current.job_id, current.attempt, started)


def close(found: Context, day: str | None, ending: Ending) -> dict[str, Any]:
    """The run's outcome, with everything written and told that it asks for."""
    for _ in range(_TRIES):
        held = found.days.read(day) if day else None
        if held and held.day.holder is None and ending.run and held.day.is_run(*ending.run):
            return _ended_before(found, held.day, ending)
        if held is None or held.day.holder != ending.execution_arn:
            return _never_held(found, ending)
        try:
            return _close_held(found, held, ending)
        except ConditionFailed:
            continue  # the output job moved the day meanwhile: look again
    raise ConditionFailed(f"{day}: the day keeps changing")


def _close_held(found: Context, held: HeldDay, ending: Ending) -> dict[str, Any]:
    current = held.day
    if current.state == days.PUBLISHING and not finish_publishing(found, current):
        return _tell_failed(found, _give_up(found, current), ending)
    if current.state in (days.PUBLISHING, days.PUBLISHED):
        if ending.finish_failed:
            return _tell_finish_failed(found, current, ending)
        run = {"job_id": current.job_id, "attempt": str(current.attempt), "day": current.day}
        times = {"started_at": utc(ending.started), "execution_arn": ending.execution_arn}
        return {"decision": "FINISH", **run, **times}
    return _tell_failed(found, found.days.write(held, days.close(current)), ending)


def finish_publishing(found: Context, current: days.Day) -> bool:
    """A PUBLISHING day's last step, whoever began it; False where it can't be done."""
    paths = RunPaths.of(found.settings.intermediate_bucket, current.day, str(current.fingerprint))
    target = layout.published(found.settings.output_bucket, current.day)
    run = (current.job_id, current.attempt) if current.holder else None
    try:
        publish(found.store, found.days, paths.divergences, target, run)
    except ReconciliationError as exc:
        _log.warning("not published day=%s: %s", current.day, exc)
        return False
    return True


def _give_up(found: Context, current: days.Day) -> HeldDay:
    """Raises ConditionFailed where the day could not be published because somebody else moved it."""
    held = found.days.read(current.day)
    if held is None or held.day != current:
        raise ConditionFailed(current.day)
    return found.days.write(held, days.give_up(held.day))


def _tell_failed(found: Context, held: HeldDay, ending: Ending) -> dict[str, Any]:
    current = held.day
    record = _settled(found, current)
    content = _checkpoint_of(found, current, record) or _write_checkpoint(found, current, record, ending)
    details, facts = content.error_details, _facts(found, current)
    code, message, stage = details.error_type, details.message, details.stage
    event = found.event(
        code, message, execution_arn=ending.execution_arn, day=current.day, s3_key=record.s3_key,
        numbers=_told(content.progress), stage=stage, **facts,
    )  # fmt: skip
    if current.alert_id != event.id:
        held = found.days.write(held, days.intend_alert(current, event.id))
        _put_times(found, current, ending.started, datetime.now(UTC))
    if held.day.alert_sent or found.tell(event):
        waiting.free(found, found.days.write(held, days.alert_was_sent(held.day)))
    return _failed(code, message, status=content.status, stage=stage, **facts)


def _facts(found: Context, current: days.Day) -> dict[str, Any]:
    location = layout.checkpoint(found.settings.checkpoints_bucket, current.job_id)
    return {"job_id": current.job_id, "attempt": current.attempt, "checkpoint_location": str(location)}


def _settled(found: Context, current: days.Day) -> JobRecord:
    """The job's note, as the day has it: a function may have died between writing the two."""
    record = found.records.read(current.job_id)
    if record is None:
        raise RuntimeError(f"{current.job_id} holds {current.day} and has no note")
    fingerprint, plan = current.fingerprint, None
    if fingerprint:
        paths = RunPaths.of(found.settings.intermediate_bucket, current.day, fingerprint)
        plan = layout.plan(paths.validated)
    changes: JobChanges = {"attempts": current.attempt, "fingerprint": fingerprint, "plan": plan}
    if (record.attempts, record.fingerprint, record.plan) == tuple(changes.values()):
        return record
    return found.records.update(record, **changes)


def _told(progress: Progress) -> dict[str, Any]:
    """The checkpoint's progress, as people are told it."""
    told = vars(progress)
    return {shown: told[name] for name, shown in _PROGRESS.items() if told[name] is not None}


def _tell_finish_failed(found: Context, current: days.Day, ending: Ending) -> dict[str, Any]:
    message = f"o dia {current.day} está publicado, mas o fechamento falhou: {text_of(ending)}"
    facts = {"job_id": current.job_id, "attempt": current.attempt, "stage": "output"}
    event = found.event(
        "FINISH_FAILED", message, execution_arn=ending.execution_arn, day=current.day, **facts
    )
    told = found.tell(event)
    held = found.days.read(current.day)
    if told and held and held.day.holder == ending.execution_arn:
        waiting.free(found, held)
    result = {**facts, "status": "SUCCEEDED", "severity": event.failure.severity, "code": "FINISH_FAILED"}
    return {"decision": "DONE", "result": {**result, "message": message, "checkpoint_location": None}}


def _ended_before(found: Context, current: days.Day, ending: Ending) -> dict[str, Any]:
    """This state, repeated after it had done everything: the same answer, and nobody is told again."""
    if current.state == days.PUBLISHED:
        result = finish_run.finish(found, current.day, ending.started, ending.execution_arn)
        return {"decision": "DONE", "result": result}
    content = _checkpoint_of(found, current, found.records.read(current.job_id))
    if content is None:
        raise RuntimeError(f"{current.day} is closed, and {current.job_id} has no checkpoint")
    details = content.error_details
    return _failed(
        details.error_type,
        details.message,
        status=content.status,
        stage=details.stage,
        **_facts(found, current),
    )


def _never_held(found: Context, ending: Ending) -> dict[str, Any]:
    """PrepareRun failed before it took a day, or the day went to another run meanwhile: nothing to write."""
    stage, code, message = outcome(ending, "validation")
    found.notifier.send(found.event(code, message, execution_arn=ending.execution_arn, stage=stage))
    return _failed(code, message, status=_STATUS.get(code, "FAILED"), stage=stage)


def _failed(code: Code, message: str, *, status: str, stage: Stage, **facts: Any) -> dict[str, Any]:
    """The machine's Fail, with the interface's JSON as its cause."""
    run = {"job_id": None, "attempt": None, "checkpoint_location": None, **facts}
    told = {"status": status, "stage": stage, "severity": FAILURES[code].severity, "code": code}
    cause = json.dumps({**run, **told, "message": message}, ensure_ascii=False)
    return {"decision": "FAILED", "error": code, "cause": cause}


def _evidence(found: Context, record: JobRecord) -> Evidence:
    """What is there of the run. A plan or report that was changed is as good as none: no day stays held."""
    try:
        stored = found.store.document(record.plan) if record.plan else None
        if stored:
            return gather(found.store, Plan.from_dict(stored.json()))
    except ValueError:
        _log.exception("evidence_not_read", extra={"job_id": record.job_id})
    return Evidence(total_lines=record.refused_lines)


def _checkpoint_of(found: Context, current: days.Day, record: JobRecord | None) -> Checkpoint | None:
    """This attempt's checkpoint, where it is written already: then the run ended as it says."""
    stored = _standing_checkpoint(found, current.job_id)
    if stored is None or not record or checkpoints.digest(stored.body) != record.checkpoint_sha256:
        return None
    content = stored.read_as(Checkpoint)
    return content if content.attempt == current.attempt else None


def _write_checkpoint(found: Context, current: days.Day, record: JobRecord, ending: Ending) -> Checkpoint:
    """An earlier attempt's checkpoint is kept beside it, under its attempt. Answers the content."""
    evidence = _evidence(found, record)
    stage, code, message = outcome(ending, evidence.stage)
    if ending.unstopped:
        message += "; atenção: um job não parou a tempo e não poderá gravar nada que valha"
    bucket = found.settings.checkpoints_bucket
    where = layout.checkpoint(bucket, current.job_id)
    content = checkpoints.build(
        evidence,
        record=record,
        attempt=current.attempt,
        started=ending.started,
        ended=datetime.now(UTC),
        status=_STATUS.get(code, "FAILED"),
        why=ErrorDetails(error_type=code, message=message, stage=stage),
        rules_sha256=found.settings.rules.sha256,
        location=str(layout.job_folder(bucket, current.job_id)),
    )
    if standing := _standing_checkpoint(found, current.job_id):
        attempt = object_or_empty(standing.body.decode(errors="replace")).get("attempt")
        kept = layout.old_checkpoint(bucket, current.job_id, attempt if isinstance(attempt, int) else 0)
        found.store.put(kept, standing.body)
    body = to_json(content.to_dict())
    found.records.update(record, checkpoint_sha256=checkpoints.digest(body))
    found.store.put(where, body)
    return content


def _standing_checkpoint(found: Context, job_id: str) -> StoredObject | None:
    """None too where one stands that is none of ours by its size alone: the bucket keeps its versions."""
    try:
        return found.store.document(layout.checkpoint(found.settings.checkpoints_bucket, job_id))
    except JsonRefused:
        return None


def _put_times(found: Context, current: days.Day, started: datetime, ended: datetime) -> None:
    """Best effort: a metric's failure never touches a run."""
    try:
        runs = found.runs.of(current.job_id, current.attempt, started.replace(microsecond=0))
        seconds = {run.stage: run.seconds(ended) for run in runs}
        found.metrics.put_times(current.job_id, seconds, (ended - started).total_seconds(), ended)
    except (BotoCoreError, ClientError):
        _log.exception("metrics not put job_id=%s", current.job_id)


def _day_of_input(given: object) -> str | None:
    """The reference date of an execution's input, where it has one."""
    if not isinstance(given, dict):
        return None
    s3_key, job_id = given.get("s3_key"), given.get("job_id")
    if isinstance(s3_key, str) and (day := layout.day_of_upload(s3_key)):
        return day
    return day_of_job(str(job_id)) if is_job_id(job_id) else None
