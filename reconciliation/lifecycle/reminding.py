"""While a CRITICAL or HIGH incident is open people are reminded, until one takes it over (runbook 3)."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any, Final, cast

from reconciliation import commands, incident
from reconciliation.adapters.aws_errors import AWS_ERRORS
from reconciliation.adapters.incidents import Incidents
from reconciliation.adapters.records import Records
from reconciliation.alarms import Alarm
from reconciliation.errors import error
from reconciliation.event import AlertCode, Event
from reconciliation.incident import Alert, Incident, Matter, Reminder
from reconciliation.lifecycle.each import each
from reconciliation.lifecycle.ports import Executions
from reconciliation.lifecycle.recovering import Recovering, Uploads
from reconciliation.lifecycle.telling import Teller
from reconciliation.run import key_of_input, version_of_input
from reconciliation.wording import minutes

LOOK_BACK: Final = timedelta(days=7)
"""An incident that nobody wrote for so long is not shown any more."""
_WHO: Final = re.compile(r"[\w@.+'-][\w @.+'-]{0,79}")
"""A person's name or address; it is shown in alerts."""
_log = logging.getLogger(__name__)
_Step = Callable[[Incident | None], Incident | None]
"""What becomes of an incident."""


@dataclass(frozen=True)
class Reminding:
    """The reminders' ports. `highest_level` is 4 where the deployment has a board to tell, else 3."""

    incidents: Incidents
    records: Records
    executions: Executions
    recovering: Recovering
    teller: Teller
    highest_level: int

    def remind(self, now: datetime) -> list[str]:
        """Ends what is over, sends what is due, and answers the reminders' ids.

        A reminder that SNS does not take is due again. Raises the last failure, after all were looked at.
        """
        standing = {one.id: one for one in self.still_open(now)}
        uploads = cache(self.recovering.uploads)  # listed once at most
        sent = each(
            standing, lambda name: self._remind(standing[name], uploads, now), "incident_not_followed"
        )
        return [alert_id for alert_id in sent.values() if alert_id]

    def still_open(self, now: datetime, in_order: str | None = None) -> list[Incident]:
        """The incidents that are not over; of the day `in_order` its daily check ends what it looks at."""
        known = self.incidents.since(now - LOOK_BACK)
        left = (one.checked("", now) if in_order and one.day == in_order else one for one in known)
        return [one for one in left if one.matters]

    def ended_since(self, moment: datetime) -> list[Incident]:
        """Those of which something ended since then, for the daily check."""
        return [one for one in self.incidents.since(moment) if one.ended and one.ended.at >= moment]

    def _remind(self, standing: Incident, uploads: Uploads, now: datetime) -> str | None:
        if self.recovering.ends(standing, uploads, now):
            return None
        reminder = incident.due(standing, now, self.teller.response_minutes)
        if reminder is None or standing.lead is None:
            return None
        event = self._event(standing, standing.lead, reminder, now)
        key = incident.key_of_id(standing.id)
        self.incidents.note_try(key)  # where a reminder cannot be noted, none is sent over and over
        if not self.teller.remind(event):
            return None
        self.incidents.change(key, partial(_reminded, reminder=reminder))
        return event.id

    def _event(self, standing: Incident, lead: Matter, reminder: Reminder, now: datetime) -> Event:
        """The matter's last alert once more, under the reminder's id."""
        last, alarm = lead.last, self._alarm(standing, lead.last)
        waited = minutes((now - lead.since).total_seconds())
        message = (
            f"o incidente está aberto há {waited}, e ninguém o assumiu. Para assumir e parar os lembretes:\n"
            f"{commands.of_incident(self.teller.deployment, standing.id, 'assumido_por')}\n\n"
            f"Último alerta: {last.message}"
        )
        event = self.teller.event(
            cast(AlertCode, last.code),
            message,
            now,
            execution_arn=last.execution_arn,
            day=standing.day,
            stage=last.stage,
            job_id=last.job_id,
            attempt=last.attempt,
            s3_key=last.s3_key,
            version_id=self._version(last),
            checkpoint_location=last.checkpoint_location,
            started=last.started,
            alarm=alarm,
            numbers={"Alarme": alarm.name} if alarm else {},
        )
        return replace(event, incident=incident.reminder_note(standing, reminder, self.highest_level))

    def _version(self, last: Alert) -> str | None:
        """The file's, as its job noted it; of what was refused before it was one, as its input names it.

        The incident does not keep it: an older deployment reads none that has a member more.
        """
        if last.job_id:
            note = self.records.salvaged(last.job_id)
            return note.version_id if note.s3_key == last.s3_key else None
        given = self._input(last.execution_arn) if last.s3_key and last.execution_arn else None
        return version_of_input(given) if key_of_input(given) == last.s3_key else None

    def _input(self, execution_arn: str) -> object:
        """Where nobody can say it, people are reminded all the same, and look at the versions first."""
        try:
            return self.executions.input_of(execution_arn)
        except AWS_ERRORS:
            _log.exception("input_not_read", extra={"execution": execution_arn})
            return None

    def _alarm(self, standing: Incident, last: Alert) -> Alarm | None:
        """The alarm that it was told by, as it is now; of an execution's end there is nothing new to know."""
        if last.code != "ALARM":
            return None
        of_end = Alarm.of_end("FAILED", last.at, self.teller.deployment)
        return (self.recovering.alarm(standing) if standing.is_of_alarm else None) or of_end


@dataclass(frozen=True)
class TakingOver:
    """An operator looks at an incident, takes it over, or ends what nothing else will end."""

    incidents: Incidents

    def take(self, given: object, now: datetime) -> dict[str, Any]:
        """`given` is `{dia | incidente [, assumido_por | encerrado_por]}`; answers how it stands.

        Raises INVALID_INPUT.
        """
        key, step = _parsed(given, now)
        standing = self.incidents.change(key, step)
        return {
            "incidente": incident.id_of(key),
            "estado": "aberto" if standing and standing.matters else "encerrado" if standing else "nenhum",
            "codigos": {matter.last.code: matter.times for matter in standing.matters} if standing else {},
            **_taken(standing),
            **_ended(standing),
        }


def _taken(standing: Incident | None) -> dict[str, Any]:
    if standing is None or standing.taken_at is None:
        return {"assumido_por": None, "assumido_em": None}
    return {"assumido_por": standing.taken_by, "assumido_em": standing.taken_at.isoformat(timespec="seconds")}


def _ended(standing: Incident | None) -> dict[str, Any]:
    """Of what ended last."""
    if standing is None or standing.ended is None:
        return {"encerrado_por": None, "encerrado_em": None}
    ended = standing.ended
    return {"encerrado_por": ended.by, "encerrado_em": ended.at.isoformat(timespec="seconds")}


def _parsed(given: object, now: datetime) -> tuple[str, _Step]:
    """What the incident is of, and what becomes of it. Raises INVALID_INPUT."""
    named = given if isinstance(given, dict) else {}
    day, which = named.get("dia"), named.get("incidente")
    people = [(name, by) for name in ("assumido_por", "encerrado_por") if (by := named.get(name)) is not None]
    known = {"dia", "incidente", "assumido_por", "encerrado_por"}
    if set(named) - known or (day is None) == (which is None) or len(people) > 1:
        raise error(
            "INVALID_INPUT",
            'escreva {"dia": "AAAA-MM-DD", "assumido_por": "NOME"}, ou o id em incidente, ou encerrado_por',
        )
    if day is not None and not (isinstance(day, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", day)):
        raise error("INVALID_INPUT", "dia: escreva AAAA-MM-DD")
    if which is not None and not (isinstance(which, str) and re.fullmatch(r"INC-.{1,200}", which)):
        raise error("INVALID_INPUT", "incidente: escreva o id que o alerta mostra, INC-…")
    return day or incident.key_of_id(str(which)), _step(people, now)


def _step(people: list[tuple[str, object]], now: datetime) -> _Step:
    if not people:
        return lambda current: current
    ((name, by),) = people
    if not (isinstance(by, str) and _WHO.fullmatch(by)):
        raise error("INVALID_INPUT", f"{name}: escreva um nome ou e-mail, de até 80 letras")
    if name == "assumido_por":
        return lambda current: current and current.taken(by, now)
    return lambda current: current and current.without(current.matters, by, now)


def _reminded(current: Incident | None, reminder: Reminder) -> Incident | None:
    """Not where the matter ended meanwhile."""
    if current is None or current.lead is None or current.lead.opened_by != reminder.of:
        return current
    return current.with_reminder(reminder)
