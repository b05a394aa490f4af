"""Every five minutes: closes what an event should have closed; once a day, the check of runbook 1.1."""

import logging
import os
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from lambdas import close_run, waiting
from lambdas.context import Context, context
from lambdas.slack_notifier import CHANNEL
from reconciliation import daily, layout
from reconciliation.adapters.dataset import Dataset
from reconciliation.adapters.history import last_published, published_before, published_summary, size_bytes
from reconciliation.alerts import Event
from reconciliation.day import PUBLISHING, Day
from reconciliation.objects import ConditionFailed, to_json

_LOOK_BACK = timedelta(days=7)
"""A day object that nobody wrote for so long is held by nobody, or has raised an alarm long ago."""

_log = logging.getLogger(__name__)


def handler(_event: dict[str, Any], _: object) -> dict[str, Any]:
    """Answers the days that it closed and checked, and what it started. Raises a failure, at the end."""
    found, now = context(), datetime.now(UTC)
    try:
        try:
            closed = watch(found, now)  # first: whatever is wrong with the rest, no day stays held
        finally:
            started = start_waiting(found, now)
    finally:
        _tell_age(found, now)
        checked = check(found, now, os.environ.get("EXPECTED_BY", ""))
    return {"closed": closed, "started": started, "checked": checked}


def watch(found: Context, now: datetime) -> list[str]:
    closed, failure = [], None
    for listed in found.store.list(layout.day_objects(found.settings.checkpoints_bucket)):
        if now - listed.modified > _LOOK_BACK:
            continue
        day = layout.day_of_document(listed.key)
        try:
            if _close_if_left_behind(found, day):
                closed.append(day)
        except Exception as exc:
            _log.exception("day_not_closed", extra={"day": day})
            failure = exc
    if failure:
        raise failure
    return closed


def start_waiting(found: Context, now: datetime) -> list[str]:
    """The executions of what waited for a day that is free: its starter died, or came before the mark."""
    started, failure = [], None
    for day in found.waits.days(now - _LOOK_BACK):
        try:
            if name := waiting.start(found, day):
                started.append(name)
        except Exception as exc:
            _log.exception("waiting_not_started", extra={"day": day})
            failure = exc
    if failure:
        raise failure
    return started


def check(found: Context, now: datetime, expected_by: str) -> str | None:
    """The day that was checked now: once a day, after that hour, and not while a run of it goes on."""
    day = daily.is_due(now, expected_by)
    if day is None:
        return None
    mark = layout.told(found.settings.checkpoints_bucket, f"{day}-DAILY_CHECK", "watchdog")
    standing = found.store.document(mark)
    if standing and standing.json()["sent"]:
        return None
    held = found.days.read(day)
    if held and held.day.holder:
        return None
    try:
        etag = standing.etag if standing else found.store.create(mark, to_json({"sent": False}))
    except ConditionFailed:
        return None  # another watchdog is about to tell
    if not found.tell(_message(found, day, held.day if held else None, expected_by)):
        return None
    found.store.replace(mark, to_json({"sent": True}), etag)
    return day


def _message(found: Context, day: str, held: Day | None, expected_by: str) -> Event:
    seen = _look(found, day, held)
    report = daily.report(seen, expected_by)
    if held is None:
        message = f"nenhum arquivo de {day} foi processado até {expected_by} (hora de São Paulo)"
        return found.event("NO_FILE", message, execution_arn="", day=day, report=report, stage="validation")
    message = "os pontos marcados com ✗ pedem atenção; veja o runbook 1.1"
    return found.event("DAILY_CHECK", message, execution_arn="", day=day, report=report)


def _look(found: Context, day: str, held: Day | None) -> daily.Seen:
    settings = found.settings
    summary = published_summary(found.store, settings.output_bucket, day)
    is_whole = held and summary and summary.published_etag == held.published_etag
    day_bytes, _ = size_bytes(found.store, layout.day_folder(settings.output_bucket, day))
    bucket_bytes, objects = size_bytes(found.store, layout.Location(settings.output_bucket, ""))
    slack = (
        layout.told(settings.checkpoints_bucket, held.alert_id, CHANNEL) if held and held.alert_id else None
    )
    return daily.Seen(
        day=day,
        held=held,
        summary=summary if is_whole else None,
        history=published_before(found.store, settings.output_bucket, day),
        limit_percent=settings.rules.abnormal_rate_percent,
        deadline_s=settings.tuning.deadline_s,
        on_slack=bool(slack and found.store.head(slack)),
        day_bytes=day_bytes,
        bucket=settings.output_bucket,
        bucket_bytes=bucket_bytes,
        bucket_objects=objects,
        ingestion=_ingestion(found, held),
    )


def _ingestion(found: Context, held: Day | None) -> str | None:
    dataset_id = os.environ.get("QUICKSIGHT_DATASET")
    if not dataset_id:
        return None
    if held is None:
        return "nenhuma"
    try:
        dataset = Dataset(found.settings.deployment.account_id, dataset_id)
        return dataset.state(f"{held.job_id}-{held.attempt}")
    except (BotoCoreError, ClientError):
        _log.exception("dataset_not_seen", extra={"day": held.day})
        return "desconhecida"


def _tell_age(found: Context, now: datetime) -> None:
    newest = last_published(found.store, found.settings.output_bucket)
    if newest:
        found.metrics.put_since_published((now - newest).total_seconds(), now)


def _close_if_left_behind(found: Context, day: str) -> bool:
    held = found.days.read(day)
    if held is None:
        return False
    if held.day.holder is None:  # an output job that was started by hand may have died on its way
        return held.day.state == PUBLISHING and close_run.finish_publishing(found, held.day)
    if found.is_running(held.day.holder):
        return False
    close_run.close_left_behind(found, held.day)
    return True
