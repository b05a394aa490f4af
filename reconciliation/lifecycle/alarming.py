"""CloudWatch's alarms, told as alerts are: five minutes later, and only what no alert has told by then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from reconciliation import alarms
from reconciliation.adapters.alert_marks import AlertMarks
from reconciliation.alarms import Alarm, Ended
from reconciliation.event import Event
from reconciliation.lifecycle.ports import Alarms, Executions
from reconciliation.lifecycle.telling import Teller

_LOOK_BACK: Final = timedelta(minutes=15)
"""How long before its alarm an execution may have ended: its figure waits for the minute's end."""


@dataclass(frozen=True)
class Alarming:
    """The ports of the function that the alarms' queue feeds."""

    executions: Executions
    alarms: Alarms
    marks: AlertMarks
    teller: Teller

    def hear(self, message: dict[str, Any], now: datetime) -> list[str]:
        """Tells what is new of an alarm, and answers the alerts' ids.

        That an alarm is over is told to nobody. Raises KeyError and ValueError for what is no alarm.
        """
        alarm = Alarm.of_message(message, self.teller.deployment)
        if not alarm.is_on:
            return []
        events = [self._event(alarm, each, now) for each in self._untold(alarm)]
        for event in events:
            self.teller.tell(event)
        return [event.id for event in events]

    def _untold(self, alarm: Alarm) -> list[Ended | None]:
        other = alarms.SAID_BY.get(alarm.kind)
        is_on = other and self.alarms.is_on(self.teller.deployment.named(f"reconciliation-{other}"))
        return alarms.untold(alarm, self._ended(alarm), [other] if other and is_on else [])

    def _ended(self, alarm: Alarm) -> Sequence[Ended]:
        """The executions that the alarm may be about."""
        if alarm.kind not in alarms.OF_EXECUTIONS:
            return []
        return [
            Ended(
                arn=arn,
                status=status,
                took_s=(stopped - started).total_seconds(),
                is_told=self.marks.is_told(arn),
            )
            for arn, status, started, stopped in self.executions.ended_since(alarm.changed - _LOOK_BACK)
        ]

    def _event(self, alarm: Alarm, execution: Ended | None, now: datetime) -> Event:
        return self.teller.event(
            "ALARM",
            alarms.message(alarm, execution),
            now,
            execution_arn=execution.arn if execution else "",
            alarm=alarm,
            about=f"{alarm.name}-{alarm.changed:%Y%m%dT%H%M%S}",
            numbers={"Alarme": alarm.name, "Medida": alarm.reason},
        )
