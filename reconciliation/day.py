"""The day object's states: the whole of locking. One object per reference date, changed only by `If-Match`.

    (absent) ──take──> RUNNING ──begin_publishing──> PUBLISHING ──published──> PUBLISHED ──┐
                          └──closed──> CLOSED <──given_up──┘                               │
                                          └────────────────────────────────────────────────┤
        take, of a day that nobody holds: epoch + 1 <── released, once people were told <──┘

RUNNING → PUBLISHING (the output job) and RUNNING → CLOSED (CloseRun) race on one object: one wins.
After PUBLISHING the run is a success, and whoever finds the day there finishes it; only where what was to be
published is gone from S3 it is given up.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal, Self

from reconciliation.documents.typed import Document
from reconciliation.errors import error
from reconciliation.run import Attempt

State = Literal["RUNNING", "PUBLISHING", "PUBLISHED", "CLOSED"]
RUNNING: Final = "RUNNING"
PUBLISHING: Final = "PUBLISHING"
PUBLISHED: Final = "PUBLISHED"
CLOSED: Final = "CLOSED"
_UNKNOWN_AT_MOST: Final = timedelta(minutes=2)


@dataclass(frozen=True, kw_only=True)
class Day(Document):
    """Who holds a reference date, and what stands published for it. Its methods answer the day's next state.

    Each of them raises LOCK_LOST where the day is in no state that it could follow.
    """

    day: str
    epoch: int
    holder: str | None
    """ARN of the execution that holds the day; None while nobody does."""
    job_id: str
    attempt: int
    state: State
    fingerprint: str | None
    """Identity of the run's intermediate data; None until the file was inspected."""
    published_etag: str | None
    """ETag of the published object, this run's or an earlier one's; None where the day has none."""
    alert_id: str | None
    """The alert of this attempt's end, noted before it is sent; None until the end."""
    alert_sent: bool

    @property
    def who(self) -> Attempt:
        """The run that holds the day, or held it last."""
        return Attempt(self.job_id, self.attempt)

    @property
    def is_published(self) -> bool:
        """Whether something stands published for it, by whichever run, and is not being replaced."""
        return self.published_etag is not None and self.state != PUBLISHING

    def inspected(self, fingerprint: str) -> Self:
        """RUNNING, with its data's identity."""
        self._require(RUNNING)
        return replace(self, fingerprint=fingerprint)

    def published(self, etag: str) -> Self:
        """PUBLISHING → PUBLISHED, with the ETag of what stands there now."""
        self._require(PUBLISHING)
        return replace(self, state=PUBLISHED, published_etag=etag)

    def closed(self) -> Self:
        """RUNNING → CLOSED; never where the run was published, or is being."""
        self._require(RUNNING, CLOSED)
        return replace(self, state=CLOSED)

    def is_published_by(self, attempt: Attempt | None, fingerprint: str) -> bool:
        """Whether that attempt has published those data, and its run is not over yet."""
        is_its = self.who == attempt and self.fingerprint == fingerprint
        return is_its and self.state == PUBLISHED and self.holder is not None

    def given_up(self) -> Self:
        """PUBLISHING → CLOSED: what was to be published is gone, so nobody could ever finish it."""
        self._require(PUBLISHING)
        return replace(self, state=CLOSED)

    def with_alert(self, alert_id: str) -> Self:
        """With the alert of its end, which is about to be sent."""
        return replace(self, alert_id=alert_id, alert_sent=self.alert_sent and self.alert_id == alert_id)

    def with_alert_sent(self) -> Self:
        """With that alert sent."""
        return replace(self, alert_sent=True)

    def released(self) -> Self:
        """An ended run's day, held by nobody."""
        self._require(PUBLISHED, CLOSED)
        return replace(self, holder=None)

    def _require(self, *states: State) -> None:
        if self.state not in states:
            raise error("LOCK_LOST", f"{self.day}: o dia está {self.state}, não {' nem '.join(states)}")


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
    if current and current.holder is not None:
        raise error("DAY_BUSY", f"{day}: o dia está em processamento por {current.job_id}")
    return Day(
        day=day,
        epoch=current.epoch + 1 if current else 1,
        holder=holder,
        job_id=job_id,
        attempt=attempt,
        state=RUNNING,
        fingerprint=None,
        published_etag=published_etag,
        alert_id=None,
        alert_sent=False,
    )


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
