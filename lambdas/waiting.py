"""The version that waits for its day: PrepareRun leaves it, whoever frees the day starts it, or the watchdog.

Leaving writes the mark and then looks at the day again; freeing writes the day and then looks at the mark. So
one of the two sees the other, and both start the same name.
"""

import contextlib
import json
import logging
from dataclasses import replace

from botocore.exceptions import BotoCoreError, ClientError

from lambdas.context import Context
from reconciliation import day as days
from reconciliation.day import HeldDay
from reconciliation.documents.job_record import JobRecord
from reconciliation.layout import Location, day_of
from reconciliation.objects import ConditionFailed
from reconciliation.waiting import Waiting

_TRIES = 5
_FAILURES = (BotoCoreError, ClientError, ValueError)
"""Of the mark, or of the start: never a reason to fail the run that looked. The watchdog tries again."""

_log = logging.getLogger(__name__)


def leave(found: Context, current: days.Day, record: JobRecord) -> Waiting | None:
    """The mark of this version, where it is the newest of the very file that the held day is busy with.

    Answers None, too, where the mark could not be written: the version is then refused as any other.
    """
    try:
        holder = found.records.read(current.job_id)
        if holder and holder.s3_key == record.s3_key:
            return _leave(found, current, record)
    except _FAILURES:
        _log.exception("mark_not_left", extra={"day": current.day})
    return None


def _leave(found: Context, current: days.Day, record: JobRecord) -> Waiting | None:
    wanted = Waiting(
        day=current.day, epoch=current.epoch, job_id=record.job_id, s3_key=record.s3_key,
        version_id=record.version_id,
    )  # fmt: skip
    for _ in range(_TRIES):
        mark = found.waits.read(current.day)
        if not _is_newest(found, record):
            return None  # after the mark was read: a newer version's own start cannot be written over
        if mark.waiting and mark.waiting.is_same_wait(wanted):
            return wanted
        with contextlib.suppress(ConditionFailed):
            found.waits.write(mark, wanted)
            start_or_log(found, current.day)  # the day may have been freed before the mark could be seen
            return wanted
    return None


def free(found: Context, held: HeldDay) -> None:
    """An ended run's day is nobody's any more, and what waited for it is started."""
    found.days.write(held, days.release(held.day))
    start_or_log(found, held.day.day)


def start_or_log(found: Context, day: str) -> None:
    """As `start`; a run that ended stays ended, whatever becomes of the next."""
    try:
        start(found, day)
    except _FAILURES:
        _log.exception("waiting_not_started", extra={"day": day})


def start(found: Context, day: str) -> str | None:
    """The name of the execution of what waits for the day, where something does and the day is free."""
    mark, held = found.waits.read(day), found.days.read(day)
    waiting = mark.waiting
    if waiting is None or waiting.started or (held and held.day.holder):
        return None
    name = None
    if not (held and held.day.job_id == waiting.job_id):  # else it ran meanwhile: an operator was quicker
        name = waiting.execution_name
        given = {"s3_key": waiting.s3_key, "version_id": waiting.version_id}
        found.start(name, json.dumps(given))
        _log.info("waiting_started", extra={"day": day, "execution": name})
    with contextlib.suppress(ConditionFailed):  # a newer version waits by now
        found.waits.write(mark, replace(waiting, started=True))
    return name


def settle(found: Context, record: JobRecord) -> None:
    """The day was taken for this version: what waited needs no start if it is this one, or an older one."""
    try:
        mark = found.waits.read(day_of(record.s3_key))
        waiting = mark.waiting
        if waiting is None or waiting.started or waiting.s3_key != record.s3_key:
            return
        if waiting.version_id == record.version_id or _is_newest(found, record):
            with contextlib.suppress(ConditionFailed):
                found.waits.write(mark, replace(waiting, started=True))
    except _FAILURES:
        _log.exception("mark_not_settled", extra={"day": day_of(record.s3_key)})


def _is_newest(found: Context, record: JobRecord) -> bool:
    newest = found.store.head(Location(found.settings.ingress_bucket, record.s3_key))
    return newest is not None and (newest.version_id or "null") == record.version_id
