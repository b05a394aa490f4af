"""Who holds a day: whether that execution still runs, or only ends its run and is about to free the day."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from reconciliation.adapters.days import Days
from reconciliation.day import CLOSED, HeldDay
from reconciliation.lifecycle import refusing
from reconciliation.lifecycle.ports import Executions
from reconciliation.run import day_of_job

_LOOKS: Final = 20
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
        """Until nobody is at the end of another run of that job, which people may have been told by now.

        Its day is released only after its alert, and whoever does at once what that says is to have the day,
        not to be told that a run is at work. Raises DAY_BUSY where that end takes longer than some tries.
        """
        day = day_of_job(job_id)
        for _ in range(_LOOKS):
            held = self.days.read(day)
            if not self._is_ending(held, job_id, execution_arn, clock()):
                return
            self.sleep(_BETWEEN_S)
        raise refusing.ending(day, job_id)

    def _is_ending(self, held: HeldDay | None, job_id: str, execution_arn: str, now: datetime) -> bool:
        if held is None or held.day.job_id != job_id or held.day.holder == execution_arn:
            return False
        is_over = held.day.state == CLOSED or held.day.alert_id is not None
        return is_over and self.is_running(held, now)
