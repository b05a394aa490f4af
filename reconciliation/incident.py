"""The incident of a day: what people were told of and is not over. One object per day, changed by `If-Match`.

    a code's first alert ("abre") ──> the code once more ("repete") ──> the day's publication ("encerra")
                └──> reminders, until it ends, all of them were sent or somebody takes it over

What has no day is an incident of its execution, of an alarm, or of what it is about. What ends without an
alert that says so: `lifecycle/recovering.py`; an operator may end any.
A failure's alert that is told again, since nobody knew whether it left, changes nothing and says the same.
Source: runbook 2.1 to 2.5 (response times), 3.2 and 3.3 (limits, levels).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import Final, Literal, Self

from reconciliation.documents.typed import Document
from reconciliation.errors import CRITICAL, HIGH, LOW, Stage

State = Literal["abre", "repete", "encerra"]
Run = tuple[str | None, int | None]
"""A job and the number of its attempt."""
PUBLICATIONS: Final = ("SUCCEEDED", "ABNORMAL_RATE", "FINISH_FAILED")
"""The alerts that say that a day is published; the others open what they end nothing of: their own matter."""
_ROUTINE: Final = ("SUCCEEDED", "DAILY_CHECK")
"""They open none."""
_CHECKED: Final = ("QUICKSIGHT_FAILED", "FINISH_FAILED")
"""What the daily check looks at: it ends these where all its points are in order."""
_OF_PUBLISHED: Final = ("ABNORMAL_RATE", "QUICKSIGHT_FAILED", "REPORT_FAILED", "FINISH_FAILED")
"""What is told of a published day: a later run's publication ends it, and not that run's own."""
_GRAVEST_FIRST: Final = (CRITICAL, HIGH)
"""The severities that people are reminded of."""
RESPONSE_MINUTES: Final[Mapping[str, int]] = {"2.1": 15, "2.2": 15, "2.3": 30, "2.4": 10, "2.5": 60}
"""By playbook. 2.2 says "immediate": there the limit of 3.2 counts."""
_LIMIT_MINUTES: Final = {CRITICAL: 15, HIGH: 60}
"""3.2's, where no playbook is named."""
_REMINDER: Final = "-LEMBRETE-"
REMINDED_AT: Final = (1, 2, 4)
"""A reminder after so many response times each."""
LEVELS: Final = {1: "Operações", 2: "Engenharia", 3: "Product Owner", 4: "Diretoria"}
"""3.3's."""
_HIGHEST: Final = {CRITICAL: 4, HIGH: 2}
"""Up to which level 3.2 escalates; after CRITICAL's third comes 3.3's fourth, where a deployment has one."""


@dataclass(frozen=True, kw_only=True)
class Alert(Document):
    """What an incident keeps of an alert: enough to remind people of it. The fields are the event's."""

    alert_id: str
    code: str
    severity: str
    playbook: str
    at: datetime
    message: str
    execution_arn: str
    started: datetime | None
    stage: Stage | None
    job_id: str | None
    attempt: int | None
    s3_key: str | None
    checkpoint_location: str | None


@dataclass(frozen=True, kw_only=True)
class Matter(Document):
    """One code of an incident."""

    opened_by: str
    """The alert that told it first."""
    since: datetime
    times: int
    last: Alert


@dataclass(frozen=True, kw_only=True)
class Ended(Document):
    """What ended last."""

    by: str
    """What ended it: a publication's or a check's alert, a copy, a file, an alarm's end, a person."""
    at: datetime
    matters: tuple[Matter, ...]


@dataclass(frozen=True, kw_only=True)
class Reminder(Document):
    """The reminder of that number, counted from 1, of the matter that such an alert opened."""

    of: str
    number: int


@dataclass(frozen=True, kw_only=True)
class Note:
    """What one alert says of its incident."""

    id: str
    state: State
    headline: str = ""
    """Before everything else: what is over, or which reminder it is."""
    reminder_id: str = ""
    """A reminder's own id; "" for what is none."""
    level: int = 0
    """Of 3.3, of a reminder."""
    left: tuple[str, ...] = ()
    """The codes that stay open where others are over; that were open already where this one opens."""
    taken_by: str = ""
    """Who is at these, where this one opens beside them."""


@dataclass(frozen=True, kw_only=True)
class Incident(Document):
    """What is open of a day by code, in the order of first alerts; `matters` is empty once all is over."""

    id: str
    day: str | None
    matters: tuple[Matter, ...] = ()
    ended: Ended | None = None
    taken_by: str | None = None
    taken_at: datetime | None = None
    reminded: Reminder | None = None

    @property
    def lead(self) -> Matter | None:
        """The matter that people are reminded of: of the gravest the first; None where none is so grave."""
        urgent = [matter for matter in self.matters if matter.last.severity in _GRAVEST_FIRST]
        return min(urgent, key=lambda each: _GRAVEST_FIRST.index(each.last.severity), default=None)

    @property
    def is_of_alarm(self) -> bool:
        """Whether it is an alarm's own, and none of a day or an execution of which one told."""
        key = key_of_id(self.id)
        return self.day is None and any(
            matter.last.code == "ALARM" and key != matter.last.execution_arn.rsplit(":", 1)[-1]
            for matter in self.matters
        )

    def taken(self, by: str, at: datetime) -> Self:
        """With somebody at it. The first one stays."""
        return self if self.taken_by or not self.matters else replace(self, taken_by=by, taken_at=at)

    def with_reminder(self, reminder: Reminder) -> Self:
        """With that reminder sent."""
        return replace(self, reminded=reminder)

    def knows(self, alert_id: str) -> bool:
        """Whether that alert was told before."""
        known = [*self.matters, *(self.ended.matters if self.ended else ())]
        ids = {name for matter in known for name in (matter.opened_by, matter.last.alert_id)}
        return alert_id in ids | ({self.ended.by} if self.ended else set())

    def over_with(self, run: Run, code: str) -> tuple[Matter, ...]:
        """What the publication of that run ends, told by that code: a rate is abnormal until it is not."""
        return tuple(
            matter
            for matter in self.matters
            if matter.last.code not in _OF_PUBLISHED
            or ((matter.last.job_id, matter.last.attempt) != run and matter.last.code != code)
        )

    def recovered(self, run: Run, code: str, by: str, at: datetime) -> Self:
        """Without what the publication of that run ended, whose alert that is."""
        return self.without(self.over_with(run, code), by, at)

    def of_codes(self, *codes: str) -> tuple[Matter, ...]:
        """What is open under these codes."""
        return tuple(matter for matter in self.matters if matter.last.code in codes)

    def without(self, over: tuple[Matter, ...], by: str, at: datetime) -> Self:
        """Without these matters, which that ended."""
        if not over:
            return self
        left = tuple(matter for matter in self.matters if matter not in over)
        return replace(self, matters=left, ended=Ended(by=by, at=at, matters=over))

    def checked(self, by: str, at: datetime) -> Self:
        """Without what the daily check of its day found in order."""
        return self.without(self.of_codes(*_CHECKED), by, at)

    def with_alert(self, alert: Alert) -> Self:
        """With that alert's code open; where nothing was, nobody has taken it over yet."""
        new = Matter(opened_by=alert.alert_id, since=alert.at, times=1, last=alert)
        if not self.matters:
            return replace(self, matters=(new,), taken_by=None, taken_at=None, reminded=None)
        if all(matter.last.code != alert.code for matter in self.matters):
            return replace(self, matters=(*self.matters, new))
        again = (
            replace(matter, times=matter.times + 1, last=alert) if matter.last.code == alert.code else matter
            for matter in self.matters
        )
        return replace(self, matters=tuple(again))


def key_of(day: str | None, execution_arn: str, about: str) -> str:
    """What an incident is of: the day, else the execution's name, else what the alert is about."""
    return day or execution_arn.rsplit(":", 1)[-1] or about


def id_of(key: str) -> str:
    """`INC-20260216` for a day."""
    return f"INC-{key.replace('-', '') if _is_day(key) else key}"


def key_of_id(incident_id: str) -> str:
    """The way back."""
    digits = re.fullmatch(r"INC-(\d{4})(\d{2})(\d{2})", incident_id)
    return "-".join(digits.groups()) if digits else incident_id.removeprefix("INC-")


def after(current: Incident | None, alert: Alert, key: str) -> Incident | None:
    """The incident once people have that alert; None where nothing is open and nothing opens."""
    if current and current.knows(alert.alert_id):
        return current
    if alert.code in PUBLICATIONS and current:
        current = current.recovered((alert.job_id, alert.attempt), alert.code, alert.alert_id, alert.at)
    if alert.code == "DAILY_CHECK" and alert.severity == LOW and current:
        current = current.checked(alert.alert_id, alert.at)
    if alert.code in _ROUTINE:
        return current
    return (current or Incident(id=id_of(key), day=key if _is_day(key) else None)).with_alert(alert)


def note_of(incident: Incident | None, alert_id: str) -> Note | None:
    """What that alert says of the incident that it was told to; None where nothing is open."""
    if incident is None:
        return None
    if incident.ended and incident.ended.by == alert_id:
        over = ", ".join(_shown(matter) for matter in incident.ended.matters)
        left = tuple(matter.last.code for matter in incident.matters)
        return Note(id=incident.id, state="encerra", headline=f"Recuperado: {over}", left=left)
    opened = [matter.opened_by for matter in incident.matters]
    if alert_id in opened:
        before = tuple(matter.last.code for matter in incident.matters[: opened.index(alert_id)])
        by = (incident.taken_by or "") if before else ""
        return Note(id=incident.id, state="abre", left=before, taken_by=by)
    if incident.ended and any(matter.opened_by == alert_id for matter in incident.ended.matters):
        return Note(id=incident.id, state="abre")
    return Note(id=incident.id, state="repete") if incident.matters or incident.knows(alert_id) else None


def due(incident: Incident, now: datetime, response_minutes: Mapping[str, int]) -> Reminder | None:
    """The reminder that is to be sent now, if any: of several that were missed the last.

    `response_minutes` are those, by playbook, that are not the runbook's.
    """
    lead = incident.lead
    if lead is None or incident.taken_by:
        return None
    by_playbook = {**RESPONSE_MINUTES, **response_minutes}
    response = timedelta(minutes=by_playbook.get(lead.last.playbook, _LIMIT_MINUTES[lead.last.severity]))
    number = sum(now - lead.since >= times * response for times in REMINDED_AT)
    sent = incident.reminded
    before = sent.number if sent and sent.of == lead.opened_by else 0
    return Reminder(of=lead.opened_by, number=number) if number > before else None


def reminder_note(incident: Incident, reminder: Reminder, highest_level: int) -> Note:
    """What that reminder says; `highest_level` is 4 where the deployment knows a board, else 3."""
    lead = incident.lead
    assert lead is not None
    level = min(reminder.number + 1, _HIGHEST[lead.last.severity], highest_level)
    return Note(
        id=incident.id,
        state="repete",
        headline=f"Lembrete {reminder.number} de {len(REMINDED_AT)}, nível {level} ({LEVELS[level]})",
        reminder_id=f"{incident.id}{_REMINDER}{reminder.number}-{reminder.of}",
        level=level,
    )


def line_of(incident: Incident, zone: tzinfo) -> str:
    """An open incident in a line of the daily check, its times in that zone."""
    gravest = incident.lead or incident.matters[0]
    codes = ", ".join(_shown(matter) for matter in incident.matters)
    at = f"{incident.taken_at.astimezone(zone):%d/%m %H:%M}" if incident.taken_at else ""
    who = f"assumido por {incident.taken_by} em {at}" if incident.taken_by else "ninguém o assumiu"
    since = f"{incident.matters[0].since.astimezone(zone):%d/%m %H:%M}"
    return f"{incident.id} [{gravest.last.severity}] {codes}, aberto desde {since}; {who}"


def ended_line_of(incident: Incident, zone: tzinfo) -> str:
    """What ended last of an incident in a line of the daily check, its times in that zone."""
    ended = incident.ended
    assert ended is not None
    codes = ", ".join(_shown(matter) for matter in ended.matters)
    return f"{incident.id} {codes}, encerrado em {ended.at.astimezone(zone):%d/%m %H:%M}: {ended.by}"


def is_reminder(alert_id: str) -> bool:
    """Whether that is a reminder's own id."""
    return alert_id.startswith("INC-") and _REMINDER in alert_id


def _shown(matter: Matter) -> str:
    return matter.last.code if matter.times == 1 else f"{matter.last.code} ({matter.times} vezes)"


def _is_day(key: str) -> bool:
    return re.fullmatch(r"\d{4}-\d{2}-\d{2}", key) is not None
