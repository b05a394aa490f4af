"""The day object's states: the whole of locking. One object per reference date, changed only by `If-Match`.

    (absent) ──take──> RUNNING ──begin_publishing──> PUBLISHING ──publish──> PUBLISHED ──┐
                          └──close──> CLOSED <──give_up──┘                               │
                                         └───────────────────────────────────────────────┤
        take, of a day that nobody holds: epoch + 1 <── release, once people were told <──┘

RUNNING → PUBLISHING (the output job) and RUNNING → CLOSED (CloseRun) race on one object: one wins.
After PUBLISHING the run is a success, and whoever finds the day there finishes it; only where what was to be
published is gone from S3 it is given up.
"""

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final, Self

from reconciliation.errors import error
from reconciliation.run import Attempt

RUNNING: Final = "RUNNING"
PUBLISHING: Final = "PUBLISHING"
PUBLISHED: Final = "PUBLISHED"
CLOSED: Final = "CLOSED"
_UNKNOWN_AT_MOST: Final = timedelta(minutes=2)


@dataclass(frozen=True, kw_only=True)
class Day:
    """Who holds a reference date, and what stands published for it."""

    day: str
    epoch: int
    holder: str | None
    """ARN of the execution that holds the day; None while nobody does."""
    job_id: str
    attempt: int
    state: str
    fingerprint: str | None = None
    """Identity of the run's intermediate data; None until the file was inspected."""
    published_etag: str | None = None
    """ETag of the published object, this run's or an earlier one's; None where the day has none."""
    alert_id: str | None = None
    """The alert of this attempt's end, noted before it is sent; None until the end."""
    alert_sent: bool = False

    @classmethod
    def from_dict(cls, given: dict[str, Any]) -> Self:
        return cls(**given)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def who(self) -> Attempt:
        """The run that holds the day, or held it last."""
        return Attempt(self.job_id, self.attempt)


@dataclass(frozen=True)
class HeldDay:
    """A day as it was read or written, with the ETag that the next write is conditional on."""

    day: Day
    etag: str
    written_at: datetime | None = None
    """When what was read was written, by S3's clock; None of what was written just now."""

    def is_young(self, now: datetime) -> bool:
        """Whether Step Functions, which is consistent only after a while, may not know its holder yet."""
        return self.written_at is None or now - self.written_at < _UNKNOWN_AT_MOST


def take(
    current: Day | None, *, day: str, holder: str, job_id: str, attempt: int, published_etag: str | None
) -> Day:
    """The day, held. `published_etag` is what stands there now. Raises DAY_BUSY where somebody holds it."""
    if current is None:
        return Day(
            day=day, epoch=1, holder=holder, job_id=job_id, attempt=attempt, state=RUNNING,
            published_etag=published_etag,
        )  # fmt: skip
    if current.holder is not None:
        raise error("DAY_BUSY", f"{day}: o dia está em processamento por {current.job_id}")
    return replace(
        current, epoch=current.epoch + 1, holder=holder, job_id=job_id, attempt=attempt, state=RUNNING,
        fingerprint=None, published_etag=published_etag, alert_id=None, alert_sent=False,
    )  # fmt: skip


def inspected(current: Day, fingerprint: str) -> Day:
    """The held day with its data's identity. Raises LOCK_LOST where the run does not hold it any more."""
    if current.state != RUNNING:
        raise error("LOCK_LOST", f"{current.day}: o dia está {current.state}, não RUNNING")
    return replace(current, fingerprint=fingerprint)


def begin_publishing(current: Day | None, fingerprint: str, attempt: Attempt | None) -> Day:
    """RUNNING → PUBLISHING, for the attempt that holds the day.

    `attempt` is None where an operator regenerates the result by hand (runbook 2.4): then nobody may hold the
    day and its data must be the ones being published. Raises LOCK_LOST.
    """
    if current is None or current.fingerprint != fingerprint:
        raise error("LOCK_LOST", "os dados intermediários não são os da última execução deste dia")
    if attempt is None:
        allowed = current.holder is None
    else:
        allowed = current.who == attempt and current.state in (RUNNING, PUBLISHING)
    if not allowed:
        raise error("LOCK_LOST", f"{current.day}: o dia está {current.state}, com {current.job_id}")
    return replace(current, state=PUBLISHING)


def publish(current: Day, etag: str) -> Day:
    """PUBLISHING → PUBLISHED, with the ETag of what stands there now."""
    if current.state != PUBLISHING:
        raise error("LOCK_LOST", f"{current.day}: o dia está {current.state}, não PUBLISHING")
    return replace(current, state=PUBLISHED, published_etag=etag)


def close(current: Day) -> Day:
    """RUNNING → CLOSED. Raises LOCK_LOST where the run was published (or is being)."""
    if current.state not in (RUNNING, CLOSED):
        raise error("LOCK_LOST", f"{current.day}: o dia está {current.state}, não RUNNING")
    return replace(current, state=CLOSED)


def give_up(current: Day) -> Day:
    """PUBLISHING → CLOSED: what was to be published is gone, so nobody could ever finish it."""
    if current.state != PUBLISHING:
        raise error("LOCK_LOST", f"{current.day}: o dia está {current.state}, não PUBLISHING")
    return replace(current, state=CLOSED)


def intend_alert(current: Day, alert_id: str) -> Day:
    return replace(current, alert_id=alert_id, alert_sent=current.alert_sent and current.alert_id == alert_id)


def alert_was_sent(current: Day) -> Day:
    return replace(current, alert_sent=True)


def release(current: Day) -> Day:
    """An ended run's day, held by nobody."""
    if current.state not in (PUBLISHED, CLOSED):
        raise error("LOCK_LOST", f"{current.day}: o dia está {current.state}; ainda não terminou")
    return replace(current, holder=None)
