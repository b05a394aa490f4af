"""CloudWatch's alarms, told as alerts are: five minutes later, and only what no alert has told by then.

An alarm that is on does not ring again, and one that rings says nothing of an execution whose end is younger
than that. So the watchdog looks at each execution's end, too; the marks keep both from telling twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from reconciliation import alarms
from reconciliation.adapters.alert_marks import AlertMarks
from reconciliation.alarms import Alarm, Execution
from reconciliation.event import Event
from reconciliation.lifecycle.each import each
from reconciliation.lifecycle.once import Once
from reconciliation.lifecycle.ports import Alarms, Executions
from reconciliation.lifecycle.telling import Teller

_LOOK_BACK: Final = timedelta(minutes=15)
"""How long before its alarm an execution may have ended: its figure waits for the minute's end."""
_STILL_NEWS: Final = timedelta(days=1)
"""A watchdog that was dead for longer tells nobody of what ended before: its own silence has rung."""


@dataclass(frozen=True)
class Alarming:
    """The ports of the function that the alarms' queue feeds, and of the watchdog's turn."""

    executions: Executions
    alarms: Alarms
    marks: AlertMarks
    teller: Teller
    once: Once

    def hear(self, message: dict[str, Any], now: datetime) -> list[str]:
        """Tells what is new of an alarm, and answers the alerts' ids.

        That an alarm is over is told to nobody. Raises KeyError and ValueError for what is no alarm.
        """
        alarm = Alarm.of_message(message, self.teller.deployment)
        if not alarm.is_on:
            return []
        events = [self._event(alarm, execution, now) for execution in self._untold(alarm, now)]
        return [event.id for event in events if self._tell(alarm, event)]

    def sweep(self, now: datetime) -> list[str]:
        """Tells of each execution that ended badly and whose alert did not come. Answers the alerts' ids.

        What SNS does not take is looked at again in the next round: by then its own alert may have come.
        """
        events = {}
        for execution in alarms.unheard(self._ended_since(now - _STILL_NEWS), now):
            alarm = Alarm.of_end(execution.status, execution.stopped, self.teller.deployment)
            event = self._event(alarm, execution, now)
            events[event.id] = event
        once, how = self.once.tell, self.teller.tell_now
        told = each(events, lambda name: once(name, lambda: events[name], how), "end_not_told")
        return [name for name, is_told in told.items() if is_told]

    def _tell(self, alarm: Alarm, event: Event) -> bool:
        """Of an execution's end the watchdog looks again: kept, it would come after the end's own alert."""
        if alarm.kind in alarms.ENDS and event.execution_arn:
            return self.teller.tell_now(event)
        self.teller.tell(event)
        return True

    def _untold(self, alarm: Alarm, now: datetime) -> list[Execution | None]:
        other = alarms.SAID_BY.get(alarm.kind)
        deployment = self.teller.deployment
        is_on = other and self.alarms.on(deployment.named(f"reconciliation-{other}"), deployment)
        is_of_executions = alarm.kind in alarms.OF_EXECUTIONS
        ended = self._ended_since(alarm.changed - _LOOK_BACK) if is_of_executions else []
        return alarms.untold(alarm, ended, [other] if other and is_on else [], now)

    def _ended_since(self, moment: datetime) -> Sequence[Execution]:
        """The executions that are over since then; of a good end nobody asks whether it was heard of."""
        return [
            Execution(
                arn=arn,
                status=status,
                stopped=stopped,
                took_s=(stopped - started).total_seconds(),
                is_heard=status not in alarms.ENDS.values() or self.marks.is_told(arn),
            )
            for arn, status, started, stopped in self.executions.ended_since(moment)
        ]

    def _event(self, alarm: Alarm, execution: Execution | None, now: datetime) -> Event:
        return self.teller.event(
            "ALARM",
            alarms.message(alarm, execution),
            now,
            execution_arn=execution.arn if execution else "",
            day=execution.day if execution and alarm.kind in alarms.ENDS else None,
            alarm=alarm,
            about=f"{alarm.name}-{alarm.changed:%Y%m%dT%H%M%S}",
            numbers={"Alarme": alarm.name, "Medida": alarm.reason},
        )
