"""What ends an incident without an alert that says so: the watchdog looks, and the daily check tells.

    of a day           what stands published for it: by hand, or its alert could not write that; its report
    a wrong name       as long a file under a right one within 18 hours, or somebody took it away
    an alarm           CloudWatch's alarm is on no more

What none of these ends, and no publication, an operator does (`TakingOver`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from reconciliation import incident
from reconciliation.adapters.days import Days
from reconciliation.adapters.incidents import Incidents
from reconciliation.adapters.reports import is_reported
from reconciliation.adapters.store import Store
from reconciliation.alarms import Alarm
from reconciliation.alerts import noted
from reconciliation.bounded_json import JsonRefused
from reconciliation.day import PUBLISHED, Day, HeldDay
from reconciliation.event import Event
from reconciliation.incident import Incident
from reconciliation.layout import Location, day_of, day_of_upload
from reconciliation.lifecycle.ports import Alarms
from reconciliation.lifecycle.telling import Teller
from reconciliation.objects import Listed

_SOON: Final = timedelta(hours=18)
"""How long a supplier may take to send a file again; less than from one day's file to the next one's."""
_ALARM_IS_OFF: Final = "o alarme voltou ao normal"
Uploads = Callable[[], list[Listed]]
"""The ingress bucket's files, for who looks at any."""


@dataclass(frozen=True)
class Recovering:
    """The ports of what the watchdog looks at."""

    store: Store
    incidents: Incidents
    days: Days
    alarms: Alarms
    teller: Teller
    ingress_bucket: str

    def uploads(self) -> list[Listed]:
        """Every file of the ingress bucket."""
        return list(self.store.list(Location(self.ingress_bucket, "")))

    def ends(self, standing: Incident, uploads: Uploads, now: datetime) -> bool:
        """Ends what is over of an open incident, and answers whether anything was."""
        if standing.day:
            return self._ends_reported(standing, now) or self._ends_published(standing, now)
        last = standing.matters[0].last
        by = None
        if last.code == "E_S3_KEY":
            by = _right_file(str(last.s3_key), uploads())
        elif last.code == "ALARM" and standing.is_of_alarm and self.alarm(standing) is None:
            by = _ALARM_IS_OFF
        if by:
            self.teller.end(incident.key_of_id(standing.id), last.code, by, now)
        return by is not None

    def alarm(self, standing: Incident) -> Alarm | None:
        """The alarm that the incident is of, while it is on."""
        return self.alarms.on(incident.key_of_id(standing.id), self.teller.deployment)

    def _ends_reported(self, standing: Incident, now: datetime) -> bool:
        """Where the report of what stands published is there: it was made by hand (runbook 2.4)."""
        held = self._day(str(standing.day)) if standing.of_codes("REPORT_FAILED") else None
        if held is None or held.day.published_etag is None:
            return False
        bucket = self.teller.output_bucket
        if not is_reported(self.store, bucket, held.day.day, held.day.published_etag):
            return False
        self.teller.end(held.day.day, "REPORT_FAILED", "o relatório do que está publicado está lá", now)
        return True

    def _ends_published(self, standing: Incident, now: datetime) -> bool:
        held = self._day(str(standing.day))
        if held is None or held.day.holder or held.day.state != PUBLISHED or held.written_at is None:
            return False
        over = standing.over_with(held.day.who, "SUCCEEDED")
        if not over or any(matter.last.at >= held.written_at for matter in standing.matters):
            return False
        if _tells_of_publication(held.day):
            by = str(held.day.alert_id)
            self.incidents.change(
                held.day.day,
                lambda current: current and current.recovered(held.day.who, "SUCCEEDED", by, now),
            )
        else:
            event = self._published_by_hand(held.day, now)
            known = partial(incident.after, alert=noted(event), key=held.day.day)
            self.incidents.change(held.day.day, known)  # where it stays open, nobody is told over and over
            self.teller.tell(event)
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


def _right_file(wrong_key: str, listed: list[Listed]) -> str | None:
    """What came in the place of the file of that name: as many bytes, under a right one, soon after."""
    wrong = next((each for each in listed if each.key == wrong_key), None)
    if wrong is None:
        return "o arquivo foi retirado"
    return next((each.key for each in listed if is_in_its_place(each, wrong)), None)


def is_in_its_place(other: Listed, wrong: Listed) -> bool:
    """Another day's file may be as long: the next one comes a day later, a day's folder is that day's."""
    day, named = day_of_upload(other.key), day_of_upload(f"{day_of(wrong.key)}/any.csv")
    if day is None or named not in (None, day) or other.size_bytes != wrong.size_bytes:
        return False
    return timedelta() <= other.modified - wrong.modified < _SOON


def _tells_of_publication(day: Day) -> bool:
    return day.alert_id is not None and day.alert_id.endswith(incident.PUBLICATIONS)
