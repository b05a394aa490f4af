"""While a CRITICAL or HIGH incident is open people are reminded, until one takes it over (runbook 3)."""

import json
import re
import shlex
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, cast

from reconciliation import incident
from reconciliation.adapters.days import Days
from reconciliation.adapters.incidents import Incidents
from reconciliation.bounded_json import JsonRefused
from reconciliation.day import PUBLISHED, Day, HeldDay
from reconciliation.errors import error
from reconciliation.event import AlertCode, Event
from reconciliation.incident import Incident, Matter, Reminder
from reconciliation.lifecycle.telling import Teller
from reconciliation.wording import minutes

LOOK_BACK: Final = timedelta(days=7)
"""An incident that nobody wrote for so long is not shown any more."""
_WHO: Final = re.compile(r"[\w@.+'-][\w @.+'-]{0,79}")
"""A person's name or address; it is shown in alerts."""
_NAME: Final = "${NOME:?escreva antes NOME='seu nome'}"


@dataclass(frozen=True)
class Reminding:
    """The reminders' ports. `highest_level` is 4 where the deployment has a board to tell, else 3."""

    incidents: Incidents
    days: Days
    teller: Teller
    highest_level: int

    def remind(self, now: datetime) -> list[str]:
        """Sends what is due, and answers the reminders' ids. One that SNS does not take is due again."""
        sent = []
        for found in self.incidents.since(now - LOOK_BACK):
            if self._ends(found, now):
                continue
            reminder = incident.due(found, now, self.teller.response_minutes)
            if reminder is None or found.lead is None:
                continue
            event = self._event(found, found.lead, reminder, now)
            if self.teller.remind(event):
                self.incidents.change(_key(found), partial(_reminded, reminder=reminder))
                sent.append(event.id)
        return sent

    def still_open(self, now: datetime) -> list[Incident]:
        """The incidents that are not over, for the daily check."""
        return [found for found in self.incidents.since(now - LOOK_BACK) if found.matters]

    def _ends(self, found: Incident, now: datetime) -> bool:
        """Ends what is over by what stands published: by hand, or its alert could not write that."""
        held = self._day(found.day) if found.day and found.matters else None
        if held is None or held.day.holder or held.day.state != PUBLISHED or held.written_at is None:
            return False
        over = found.over_with(held.day.who, "SUCCEEDED")
        if not over or any(matter.last.at >= held.written_at for matter in found.matters):
            return False
        if _tells_of_publication(held.day):
            by = str(held.day.alert_id)
            self.incidents.change(
                _key(found), lambda current: current and current.recovered(held.day.who, "SUCCEEDED", by, now)
            )
        else:
            self.teller.tell(self._published_by_hand(held.day, now))
        return True

    def _day(self, day: str) -> HeldDay | None:
        """None where its object cannot be read: whoever closes what was left behind raises that."""
        try:
            return self.days.read(day)
        except JsonRefused:
            return None

    def _published_by_hand(self, day: Day, now: datetime) -> Event:
        """Nobody told of it, as of one by hand (runbook 2.4); people wait for it here."""
        message = f"o dia {day.day} está publicado, e nenhum alerta o tinha dito; veja o resumo"
        return self.teller.event(
            "SUCCEEDED", message, now, execution_arn="", day=day.day, job_id=day.job_id, attempt=day.attempt
        )

    def _event(self, found: Incident, lead: Matter, reminder: Reminder, now: datetime) -> Event:
        """The matter's last alert once more, under the reminder's id."""
        last = lead.last
        waited = minutes((now - lead.since).total_seconds())
        message = (
            f"o incidente está aberto há {waited}, e ninguém o assumiu. Para assumir e parar os lembretes:\n"
            f"{take_over_command(found, self.teller.deployment.named('reconciliation-incident'))}\n\n"
            f"Último alerta: {last.message}"
        )
        event = self.teller.event(
            cast(AlertCode, last.code),
            message,
            now,
            execution_arn=last.execution_arn,
            day=found.day,
            stage=last.stage,
            job_id=last.job_id,
            attempt=last.attempt,
            s3_key=last.s3_key,
            checkpoint_location=last.checkpoint_location,
            started=last.started,
        )
        return replace(event, incident=incident.reminder_note(found, reminder, self.highest_level))


@dataclass(frozen=True)
class TakingOver:
    """An operator looks at an incident, or takes it over."""

    incidents: Incidents

    def take(self, given: object, now: datetime) -> dict[str, Any]:
        """`given` is `{dia | incidente [, assumido_por]}`; answers how it stands. Raises INVALID_INPUT."""
        key, by = _parsed(given)
        standing = self.incidents.change(
            key, lambda current: current and (current.taken(by, now) if by else current)
        )
        return {
            "incidente": incident.id_of(key),
            "estado": "aberto" if standing and standing.matters else "encerrado" if standing else "nenhum",
            "codigos": {matter.last.code: matter.times for matter in standing.matters} if standing else {},
            **_taken(standing),
        }


def take_over_command(found: Incident, function: str) -> str:
    """To be pasted; the shell insists on the person's name."""
    which = {"dia": found.day} if found.day else {"incidente": found.id}
    before, after = json.dumps({**which, "assumido_por": _NAME}, ensure_ascii=False).split(_NAME)
    payload = f'{shlex.quote(before)}"{_NAME}"{shlex.quote(after)}'
    invoke = f"aws lambda invoke --function-name {function} --cli-binary-format raw-in-base64-out"
    return f"{invoke} --payload {payload} /dev/stdout"


def _taken(standing: Incident | None) -> dict[str, Any]:
    if standing is None or standing.taken_at is None:
        return {"assumido_por": None, "assumido_em": None}
    return {"assumido_por": standing.taken_by, "assumido_em": standing.taken_at.isoformat(timespec="seconds")}


def _parsed(given: object) -> tuple[str, str | None]:
    named = given if isinstance(given, dict) else {}
    day, which, by = (named.get(name) for name in ("dia", "incidente", "assumido_por"))
    if set(named) - {"dia", "incidente", "assumido_por"} or (day is None) == (which is None):
        raise error(
            "INVALID_INPUT", 'escreva {"dia": "AAAA-MM-DD", "assumido_por": "NOME"}, ou o id em incidente'
        )
    if by is not None and not (isinstance(by, str) and _WHO.fullmatch(by)):
        raise error("INVALID_INPUT", "assumido_por: escreva um nome ou e-mail, de até 80 letras")
    if day is not None and not (isinstance(day, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", day)):
        raise error("INVALID_INPUT", "dia: escreva AAAA-MM-DD")
    if which is not None and not (isinstance(which, str) and re.fullmatch(r"INC-.{1,200}", which)):
        raise error("INVALID_INPUT", "incidente: escreva o id que o alerta mostra, INC-…")
    return day or incident.key_of_id(str(which)), by


def _key(found: Incident) -> str:
    return incident.key_of_id(found.id)


def _reminded(current: Incident | None, reminder: Reminder) -> Incident | None:
    """Not where the matter ended meanwhile."""
    if current is None or current.lead is None or current.lead.opened_by != reminder.of:
        return current
    return current.with_reminder(reminder)


def _tells_of_publication(day: Day) -> bool:
    return day.alert_id is not None and day.alert_id.endswith(incident.PUBLICATIONS)
