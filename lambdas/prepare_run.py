"""Any of the three inputs becomes one run that holds its day, or an answer that says why not."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from lambdas import close_run, waiting
from lambdas.context import Context, context, moment
from lambdas.published import NothingToDo, refuse_published
from reconciliation import checkpoint as checkpoints
from reconciliation import day as days
from reconciliation import layout
from reconciliation.adapters.evidence import gather, missing
from reconciliation.bounded_json import MESSAGE_BYTES, JsonRefused, parse
from reconciliation.day import HeldDay
from reconciliation.documents.job_record import JobChanges, JobRecord
from reconciliation.documents.typed import utc
from reconciliation.errors import ReconciliationError, error
from reconciliation.layout import Location
from reconciliation.objects import ConditionFailed
from reconciliation.plan import OtherFormat, Plan
from reconciliation.run import FileRequest, ResumeRequest, Tuning, day_of_job, is_job_id, parse_input

_TRIES = 5
_OWN_STATUS = {"NEEDS_FORCE", "DAY_BUSY"}


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    """`event`: input, execution_arn, started_at. Answers the run document of docs/design.md."""
    found = context()
    given: object = None
    try:
        given = input_of(event)
        return prepare(found, given, event["execution_arn"], moment(event["started_at"]))
    except NothingToDo as exc:
        result = _result(exc.status, str(exc), job_id=exc.job_id, attempt=exc.attempt)
        return {"decision": "NOTHING", "result": result}
    except ReconciliationError as exc:
        return _refused(found, exc, given, event["execution_arn"])


def input_of(event: dict[str, Any]) -> object:
    """The execution's input. The machine hands it over as text, since the runtime would parse any depth."""
    given: object = event["input"]
    if not isinstance(given, str):
        return given
    try:
        return parse(given, MESSAGE_BYTES)
    except JsonRefused as exc:
        raise error("INVALID_INPUT", f"a entrada {exc}") from exc


def prepare(found: Context, given: object, execution_arn: str, started: datetime) -> dict[str, Any]:
    """The run, holding its day. Raises NothingToDo, or the refusal's code."""
    request, tuning = parse_input(given, found.settings.tuning)
    if isinstance(request, FileRequest):
        record, resumed = _record_of_file(found, request), None
    else:
        record = _record_of_checkpoint(found, request, execution_arn)
        resumed = _resumed_plan(found, record)
    held = _take(found, record, execution_arn, request, resumed)
    attempt = held.day.attempt
    lineage = record.lineage if resumed else f"{record.job_id}/{attempt}"
    changes: JobChanges = {"attempts": attempt, "lineage": lineage, "replaces": held.day.published_etag}
    if not resumed:
        changes |= {"fingerprint": None, "plan": None}
    record = found.records.update(record, **changes)
    return _document(found, record, held, tuning, started, resumed)


def _record_of_file(found: Context, request: FileRequest) -> JobRecord:
    where = Location(found.settings.ingress_bucket, request.s3_key)
    head = found.store.head(where, request.version_id)
    if head is None:
        version = f" (versão {request.version_id})" if request.version_id else ""
        raise error("INPUT_GONE", f"{where}{version} não existe; confira o nome ou envie o arquivo de novo")
    return found.records.of_object(request.s3_key, request.version_id or head.version_id or "null")


def _record_of_checkpoint(found: Context, request: ResumeRequest, execution_arn: str) -> JobRecord:
    bucket = found.settings.checkpoints_bucket
    where = layout.checkpoint(bucket, request.job_id)
    if not layout.is_checkpoint_of(bucket, request.job_id, request.checkpoint_location):
        raise error("CHECKPOINT_REFUSED", f"o checkpoint de {request.job_id} só pode estar em {where}")
    try:
        record, stored = found.records.read(request.job_id), found.store.document(where)
    except JsonRefused as exc:
        raise error("CHECKPOINT_REFUSED", str(exc)) from exc
    if record is None or stored is None:
        raise error("CHECKPOINT_REFUSED", f"{where} não existe; reprocesse com s3_key e force_reprocess")
    checkpoints.check_record(record, request.job_id)
    held = found.days.read(day_of_job(request.job_id))
    if held is None or held.day.holder != execution_arn:  # else this state is repeated: it was checked before
        checkpoints.check(stored.body, record=record, rules_sha256=found.settings.rules.sha256)
    if found.store.head(Location(found.settings.ingress_bucket, record.s3_key), record.version_id) is None:
        raise error("INPUT_GONE", f"a versão {record.version_id} de {record.s3_key} não existe mais")
    return record


def _resumed_plan(found: Context, record: JobRecord) -> Plan | None:
    """None where the file was not inspected yet, or its plan is gone: a resume then inspects it.

    Raises CHECKPOINT_REFUSED where the plan is not the job's own or of another format, or what was committed
    lacks a part.
    """
    try:
        stored = found.store.document(record.plan) if record.plan else None
        if stored is None:
            return None
        plan = Plan.from_dict(stored.json())
        absent = missing(found.store, plan)
    except OtherFormat as exc:
        raise error("CHECKPOINT_REFUSED", str(exc)) from exc
    except (ValueError, ReconciliationError) as exc:  # the latter: an address that is none
        message = f"os dados intermediários foram truncados ou alterados ({exc})"
        raise error("CHECKPOINT_REFUSED", message) from exc
    own = (record.job_id, record.fingerprint, record.s3_key, record.version_id)
    if (plan.job_id, plan.fingerprint, plan.input.s3_key, plan.input.version_id) != own:
        raise error("CHECKPOINT_REFUSED", f"{record.plan} não é deste job")
    if absent:
        raise error(
            "CHECKPOINT_REFUSED",
            f"faltam dados intermediários ({len(absent)}), por exemplo {absent[0]};"
            " reprocesse com s3_key e force_reprocess",
        )
    return plan


def _take(
    found: Context,
    record: JobRecord,
    execution_arn: str,
    request: FileRequest | ResumeRequest,
    resumed: Plan | None,
) -> HeldDay:
    day, closed = day_of_job(record.job_id), ""
    for _ in range(_TRIES):
        held = found.days.read(day)
        current = held.day if held else None
        if current and current.holder == execution_arn:
            return held  # type: ignore[return-value]  # this state, repeated
        if current and current.holder:
            if found.is_running(current.holder):
                raise _busy(found, request, current, record)
            if current.holder == closed:
                break  # SNS took no alert: the day is free once the watchdog has told people
            close_run.close_left_behind(found, current)
            closed = current.holder
            continue
        if current and current.state == days.PUBLISHING and close_run.finish_publishing(found, current):
            continue  # an output job that was started by hand died on its way (runbook 2.4)
        standing = found.store.head(layout.published(found.settings.output_bucket, day))
        published_etag = standing.etag if standing else None
        if published_etag and not _may_replace(request, record, published_etag):
            refuse_published(found, day, published_etag, record)
        attempt = (
            max(record.attempts, current.attempt if current and current.job_id == record.job_id else 0) + 1
        )
        taken = days.take(
            current, day=day, holder=execution_arn, job_id=record.job_id, attempt=attempt,
            published_etag=published_etag,
        )  # fmt: skip
        if resumed:
            taken = days.inspected(taken, resumed.fingerprint)
        try:
            taken_day = found.days.write(held, taken)
        except ConditionFailed:
            continue
        waiting.settle(found, record)
        return taken_day
    raise _disputed(found, request, record)


def _may_replace(request: FileRequest | ResumeRequest, record: JobRecord, published_etag: str) -> bool:
    """A resume may go on replacing what stood there when its run began, and nothing published since."""
    if isinstance(request, FileRequest):
        return request.force_reprocess
    return published_etag == record.replaces


def _busy(
    found: Context, request: FileRequest | ResumeRequest, current: days.Day, record: JobRecord
) -> NothingToDo | ReconciliationError:
    """DUPLICATE, or DAY_BUSY: the newest version of the file that the day is busy with waits for its end.

    An operator's resume or forced run does not wait: nobody is to be surprised by it later.
    """
    if current.job_id == record.job_id:
        message = "esta versão do arquivo já está em processamento"
        return NothingToDo("DUPLICATE", message, current.job_id, current.attempt)
    busy = f"{current.day}: o dia está em processamento por {current.job_id}"
    waits = isinstance(request, FileRequest) and not request.force_reprocess
    mark = waiting.leave(found, current, record) if waits else None
    if mark is None:
        return error("DAY_BUSY", f"{busy}; espere que termine, e veja então qual versão ficou publicada")
    return error(
        "DAY_BUSY",
        f"{busy}, com uma versão anterior deste arquivo; esta versão será iniciada sozinha quando o dia"
        f" estiver livre, como {mark.execution_name}, ou uma mais nova que chegue antes, no lugar dela: não é"
        " preciso enviar nem iniciar nada",
    )


def _disputed(
    found: Context, request: FileRequest | ResumeRequest, record: JobRecord
) -> NothingToDo | ReconciliationError:
    """The day changes hands too quickly, or its dead holder's alert was not taken: the watchdog frees it."""
    day = day_of_job(record.job_id)
    held = found.days.read(day)
    if held and held.day.holder and held.day.job_id != record.job_id:
        return _busy(found, request, held.day, record)
    return error("DAY_BUSY", f"{day}: o dia está sendo disputado por outras execuções; tente de novo")


def _document(
    found: Context,
    record: JobRecord,
    held: HeldDay,
    tuning: Tuning,
    started: datetime,
    resumed: Plan | None,
) -> dict[str, Any]:
    deadline = started + timedelta(seconds=tuning.deadline_s)
    job_id, attempt = record.job_id, held.day.attempt
    return {
        "decision": "RUN",
        "job_id": job_id,
        "attempt": str(attempt),
        "day": held.day.day,
        "epoch": str(held.day.epoch),
        "lineage": record.lineage,
        "input": {
            "bucket": found.settings.ingress_bucket,
            "s3_key": record.s3_key,
            "version_id": record.version_id,
        },
        "resumed_plan": str(record.plan) if resumed else None,
        "stage": gather(found.store, resumed).stage if resumed else "validation",
        "timer_key": layout.timer_token(found.settings.checkpoints_bucket, job_id, attempt).key,
        "started_at": utc(started),
        "deadline_s": tuning.deadline_s,
        "remaining_s": remaining_s(deadline),
        "workers": tuning.workers,
        "worker_type": tuning.worker_type,
        "base_readers": str(tuning.base_readers),
        "partition_lines": tuning.partition_lines,
        "query_timeout_s": str(tuning.query_timeout_s),
        "execution_arn": held.day.holder,
    }


def remaining_s(deadline: datetime) -> int:
    """Whole seconds until then, for the timer; at least one."""
    return max(1, round((deadline - datetime.now(UTC)).total_seconds()))


def _result(status: str, message: str, **known: Any) -> dict[str, Any]:
    facts = {"job_id": None, "attempt": None, "stage": None, "severity": None, "checkpoint_location": None}
    return {**facts, "code": status, **known, "status": status, "message": message}


def _refused(found: Context, exc: ReconciliationError, given: object, arn: str) -> dict[str, Any]:
    """Of the input only what has its own form is told on."""
    named = given if isinstance(given, dict) else {}
    job_id = named["job_id"] if is_job_id(named.get("job_id")) else None
    s3_key = named.get("s3_key")
    day = layout.day_of_upload(s3_key) if isinstance(s3_key, str) else None
    known = {"job_id": job_id, "s3_key": s3_key, "day": day} if day else {"job_id": job_id}
    known |= {"numbers": exc.numbers}
    found.notifier.send(found.event(exc.code, str(exc), execution_arn=arn, stage="validation", **known))
    severity = exc.failure.severity
    status = exc.code if exc.code in _OWN_STATUS else "FAILED"
    result = _result(status, str(exc), code=exc.code, job_id=job_id, stage="validation", severity=severity)
    return {"decision": "REFUSED", "error": exc.code, "cause": json.dumps(result, ensure_ascii=False)}
