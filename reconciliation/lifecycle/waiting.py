"""The version that waits for its day: PrepareRun leaves a mark, whoever frees the day starts it.

Leaving writes the mark and then looks at the day again; freeing writes the day and then looks at the mark. So
one of the two sees the other, and both start the same name.
"""

import contextlib
import json
import logging
from dataclasses import dataclass, replace
from functools import partial

from reconciliation.adapters.aws_errors import AWS_ERRORS
from reconciliation.adapters.days import Days
from reconciliation.adapters.records import Records
from reconciliation.adapters.store import Store
from reconciliation.adapters.waits import Mark, Waits
from reconciliation.day import Day, HeldDay
from reconciliation.documents.job_record import JobRecord
from reconciliation.layout import Location
from reconciliation.lifecycle.each import each
from reconciliation.lifecycle.ports import Executions
from reconciliation.objects import TRIES, ConditionFailed
from reconciliation.waiting import Waiting, is_start_of_waiting

_FAILURES = (*AWS_ERRORS, ValueError)
"""Of the mark, or of the start: never a reason to fail the run that looked. The watchdog tries again."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WaitingRoom:
    """The marks of the versions that wait, beside the days that they wait for."""

    store: Store
    days: Days
    records: Records
    waits: Waits
    executions: Executions
    ingress_bucket: str

    def leave(self, current: Day, record: JobRecord) -> Waiting | None:
        """This version of a file, as it waits now for the held day; None where a newer one has the turn.

        Answers None, too, where the mark could not be written: the version is then refused as any other.
        """
        try:
            holder = self.records.read(current.job_id)
            is_other = holder is None or holder.s3_key != record.s3_key
            return self._leave(current, record, is_other)
        except _FAILURES:
            _log.exception("mark_not_left", extra={"day": current.day})
        return None

    def _leave(self, current: Day, record: JobRecord, is_other: bool) -> Waiting | None:
        wanted = Waiting(
            day=current.day,
            epoch=current.epoch,
            s3_key=record.s3_key,
            version_id=record.version_id,
            job_id=record.job_id,
            awaits_publication=True if is_other else None,
        )
        for _ in range(TRIES):
            mark = (
                self.waits.of_other_file(record.s3_key) if is_other else self.waits.of_same_file(current.day)
            )
            if not self._is_newest(record):
                return None  # after the mark was read: a newer version's own start cannot be written over
            if mark.waiting and mark.waiting.is_same_wait(wanted):
                return mark.waiting
            with contextlib.suppress(ConditionFailed):
                self.waits.write(mark, wanted)
                self.start_or_log(current.day)  # the day may have been freed before the mark could be seen
                return wanted
        return None

    def free(self, held: HeldDay) -> None:
        """Gives an ended run's day back, and starts what waited for it."""
        self.days.write(held, held.day.released())
        self.start_or_log(held.day.day)

    def start_or_log(self, day: str) -> None:
        """Starts what waits. A run that ended stays ended, whatever becomes of the next."""
        try:
            self.start(day)
        except _FAILURES:
            _log.exception("waiting_not_started", extra={"day": day})

    def start(self, day: str) -> list[str]:
        """Starts what waits for the day, where it may. Answers the executions' names.

        Raises the last failure, after all were tried.
        """
        started = each(self.waits.locations(day), partial(self._start, day), "mark_not_followed")
        return [name for name in started.values() if name]

    def _start(self, day: str, where: Location) -> str | None:
        mark, held = self.waits.read(where), self.days.read(day)
        waiting = mark.waiting
        if waiting is None or waiting.started or (held and held.day.holder):
            return None
        if waiting.awaits_publication and not (held and held.day.is_published):
            return None
        name = None
        if not (held and held.day.job_id == waiting.job_id):  # else it ran meanwhile: an operator was quicker
            name = waiting.execution_name
            given = {"s3_key": waiting.s3_key, "version_id": waiting.version_id}
            self.executions.start(name, json.dumps(given))
            _log.info("waiting_started", extra={"day": day, "execution": name})
        self._settle(mark, waiting)
        return name

    def settle(self, day: str, record: JobRecord) -> None:
        """Marks what waited as started, once the day was taken for that version or for a newer one."""
        try:
            for mark in (self.waits.of_same_file(day), self.waits.of_other_file(record.s3_key)):
                waiting = mark.waiting
                if waiting is None or waiting.started or waiting.s3_key != record.s3_key:
                    continue
                if waiting.version_id == record.version_id or self._is_newest(record):
                    self._settle(mark, waiting)
        except _FAILURES:
            _log.exception("mark_not_settled", extra={"day": day})

    def is_outdated(self, record: JobRecord, execution_arn: str) -> bool:
        """Whether that execution is the start of what waited, and its version is not its file's newest now.

        A newer one has a start of its own, and one that was removed nobody wants.
        """
        execution = execution_arn.rpartition(":")[2]
        has_waited = is_start_of_waiting(execution, record.s3_key, record.version_id)
        return has_waited and not self._is_newest(record)

    def _settle(self, mark: Mark, waiting: Waiting) -> None:
        with contextlib.suppress(ConditionFailed):  # a newer version waits by now
            self.waits.write(mark, replace(waiting, started=True))

    def _is_newest(self, record: JobRecord) -> bool:
        newest = self.store.head(Location(self.ingress_bucket, record.s3_key))
        return newest is not None and (newest.version_id or "null") == record.version_id
