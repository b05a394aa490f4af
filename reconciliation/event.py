"""One thing to tell people, as typed facts: what an alert is made of."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, TypedDict

from reconciliation.alarms import ENDS, Alarm
from reconciliation.config import reference_date
from reconciliation.daily import Kind
from reconciliation.deployment import Deployment
from reconciliation.errors import FAILURES, LOW, MEDIUM, Code, Failure, Stage, is_code
from reconciliation.incident import Note, key_of
from reconciliation.run import Attempt

AlertCode = Literal[Code, "SUCCEEDED", "DAILY_CHECK", "ALARM"]
"""What is told by an alert: the failures, what happens every day, and CloudWatch's alarms."""
_ROUTINE: Final = Failure(LOW, "1.1")
_FAILED_CHECK: Final = Failure(MEDIUM, "1.1")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What stands published for a day."""

    is_published: bool
    who: Attempt | None = None
    """The run that published it; None where nothing is, or its own summary is not there."""
    s3_key: str | None = None
    """That run's file."""
    version_id: str | None = None
    """That run's version of it."""


class Facts(TypedDict, total=False):
    """What not all events have: fields of Event."""

    stage: Stage | None
    job_id: str | None
    attempt: int | None
    day: str | None
    s3_key: str | None
    version_id: str | None
    checkpoint_location: str | None
    started: datetime | None
    ingestion_id: str | None
    numbers: dict[str, Any]
    report: str
    about: str
    failed_points: tuple[Kind, ...]
    alarm: Alarm | None


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing to tell."""

    code: AlertCode
    message: str
    timestamp: datetime
    execution_arn: str
    deployment: Deployment
    state_machine_arn: str
    output_bucket: str
    reference_day_offset: int
    """The rule's: days from the day's folder to the date of its lines."""
    stage: Stage | None = None
    job_id: str | None = None
    attempt: int | None = None
    day: str | None = None
    s3_key: str | None = None
    """The file's key; of a wrong one (E_S3_KEY) as it was sent, so any text."""
    version_id: str | None = None
    """The file's version, where it is known: by the key alone its newest would be meant, whatever it is."""
    checkpoint_location: str | None = None
    started: datetime | None = None
    """When its execution began."""
    ingestion_id: str | None = None
    """The refresh of QuickSight's copy that was asked for."""
    standing: Standing | None = None
    """None where the event is of no day, or nobody could see what stands."""
    numbers: dict[str, Any] = field(default_factory=dict)
    report: str = ""
    """A text that comes before everything else: the template of 2.5, the six points of 1.1."""
    about: str = ""
    """What tells this event from others of its code where neither a run nor an execution does."""
    response_minutes: Mapping[str, int] = field(default_factory=dict)
    """By playbook, where a deployment's differs from the runbook's."""
    incident: Note | None = None
    """What it says of its incident; None where nothing is open."""
    failed_points: tuple[Kind, ...] = ()
    """Of the daily check, in runbook 1.1's order."""
    alarm: Alarm | None = None
    """Of the code ALARM alone: it says itself how bad it is."""

    @property
    def failure(self) -> Failure:
        if self.alarm:
            return self.alarm.failure
        if is_code(self.code):
            return FAILURES[self.code]
        return _FAILED_CHECK if self.failed_points else _ROUTINE

    @property
    def id(self) -> str:
        """The same for the same event, however often it is sent."""
        if self.incident and self.incident.reminder_id:
            return self.incident.reminder_id
        run = f"{self.job_id}-{self.attempt}" if self.job_id and self.attempt else ""
        who = run or self.execution_arn.rsplit(":", 1)[-1] or self.about or self.day
        return f"{who}-{self.code}"

    @property
    def incident_key(self) -> str:
        """What its incident is of; an alarm has one of its own, but for an execution's end."""
        alarm = self.alarm
        if alarm and not (alarm.kind in ENDS and self.execution_arn):
            return alarm.name
        return key_of(self.day, self.execution_arn, self.about)

    @property
    def reference_date(self) -> str | None:
        """The date of the day's lines and base rows."""
        return str(reference_date(self.day, self.reference_day_offset)) if self.day else None

    @property
    def is_published(self) -> bool:
        """Whether something is known to stand published for its day."""
        return self.code in ("NEEDS_FORCE", "ABNORMAL_RATE") or (
            self.standing is not None and self.standing.is_published
        )
