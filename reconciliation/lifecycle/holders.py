"""Who holds a day: whether that execution still runs, or only ends its run and is about to free the day."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from reconciliation.adapters.days import Days
from reconciliation.day import CLOSED, Day, HeldDay
from reconciliation.documents.run_document import StartedRun
from reconciliation.lifecycle import refusing
from reconciliation.lifecycle.ports import Executions
from reconciliation.run import day_of_job

AT_MOST: Final = timedelta(seconds=25)
"""From the first look; the last one and what opens a run have the rest of the function's 60 s."""
_BETWEEN_S: Final = 1.0


@dataclass(frozen=True)
class Holders:
    """The ports of who asks for a day that another one has."""

    days: Days
    executions: Executions
    sleep: Callable[[float], None] = time.sleep

    def is_running(self, held: HeldDay | None, now: datetime) -> bool:
        """Whether the day's holder is."""
        if held is None or held.day.holder is None:
            return False
        return self.executions.is_running(held.day.holder, if_unknown=held.is_young(now))

    def await_release(self, job_id: str, execution_arn: str, clock: Callable[[], datetime]) -> None:
        """Until no other run of the job's day is at its end, which people may have been told by now.

        The day is released only after that run's alert, and whoever does at once what it says is to have the
        day, not to be told that a run is at work. Where the end takes too long: raises DAY_BUSY of the same
        job's, and returns of another's, which has the day as any run at work has.
        """
        day, until = day_of_job(job_id), clock() + AT_MOST
        while (held := self.days.read(day)) and self._is_ending(held, execution_arn, clock()):
            if clock() < until:
                self.sleep(_BETWEEN_S)
            elif held.day.job_id == job_id:
                raise refusing.ending(day, job_id)
            else:
                return

    def run_of(self, left_behind: Day, now: datetime) -> StartedRun:
        """The run that was left behind; one that nobody holds started just now, in no execution."""
        holder = left_behind.holder
        return StartedRun(
            job_id=left_behind.job_id,
            attempt=left_behind.attempt,
            day=left_behind.day,
            started_at=self.executions.started_at(holder) if holder else now,
            execution_arn=holder or "",
        )

    def _is_ending(self, held: HeldDay, execution_arn: str, now: datetime) -> bool:
        if held.day.holder == execution_arn:
            return False
        is_over = held.day.state == CLOSED or held.day.alert_id is not None
        return is_over and self.is_running(held, now)
