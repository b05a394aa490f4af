"""What the calendar wants of the days: a file by its hour, a publication, and runbook 1.1's check."""

import logging
from dataclasses import dataclass
from datetime import date, datetime, time

from reconciliation import alert_places, daily, layout
from reconciliation.adapters.aws_errors import AWS_ERRORS
from reconciliation.adapters.days import Days
from reconciliation.adapters.history import first_upload, published_before, published_summary, size_bytes
from reconciliation.adapters.store import Store
from reconciliation.calendar import Calendar
from reconciliation.channels import CHANNEL
from reconciliation.day import Day
from reconciliation.event import Event
from reconciliation.layout import Location
from reconciliation.lifecycle.once import Once
from reconciliation.lifecycle.ports import Metrics, Subscriptions
from reconciliation.lifecycle.refreshing import Refreshing
from reconciliation.lifecycle.reminding import Reminding
from reconciliation.lifecycle.telling import Teller
from reconciliation.wording import SAO_PAULO

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Judging:
    """The ports of what the watchdog judges. No day is wanted before the first upload, nor that one."""

    store: Store
    days: Days
    metrics: Metrics
    refreshing: Refreshing
    reminding: Reminding
    subscriptions: Subscriptions
    teller: Teller
    once: Once
    calendar: Calendar
    ingress_bucket: str
    checkpoints_bucket: str
    output_bucket: str
    abnormal_rate_percent: float
    deadline_s: int

    def miss(self, now: datetime) -> str | None:
        """Tells once that the day's file did not come by its hour. Answers the day where it told."""
        missed = self.calendar.missed(now)
        if missed is None:
            return None
        day, by = missed

        def event() -> Event | None:
            if self.days.read(day) or not self._is_wanted(day):
                return None
            message = f"nenhum arquivo de {day} foi processado até {by:%H:%M} (hora de São Paulo)"
            return self.teller.event("NO_FILE", message, now, execution_arn="", day=day, stage="validation")

        return day if self.once.tell(f"{day}-NO_FILE", event) else None

    def check(self, now: datetime) -> str | None:
        """Checks the last working day once, but not while a run of it goes on. Answers it where it told."""
        day = self.calendar.to_check(now)
        if day is None:
            return None

        def event() -> Event | None:
            held = self.days.read(day)
            if held.day.holder if held else not self._is_wanted(day):
                return None
            return self._checked(day, held.day if held else None, now)

        return day if self.once.tell(f"{day}-DAILY_CHECK", event) else None

    def tell_overdue(self, now: datetime) -> None:
        """Puts for how long the newest day that the calendar wants is not published; 0 where it wants none.

        It is put in each round: to the alarm, a round without it is a watchdog that is not called.
        """
        owed = self.calendar.owed(now)
        is_overdue = owed and not self._is_published(owed.day) and self._is_wanted(owed.day)
        self.metrics.put_overdue((now - owed.since).total_seconds() if owed and is_overdue else 0, now)

    def _is_wanted(self, day: str) -> bool:
        first = first_upload(self.store, self.ingress_bucket, self.checkpoints_bucket)
        return daily.is_expected(day, first)

    def _is_published(self, day: str) -> bool:
        held = self.days.read(day)
        return held is not None and held.day.published_etag is not None

    def _checked(self, day: str, held: Day | None, now: datetime) -> Event:
        points = daily.points(self._look(day, held))
        crosses = daily.failed(points)
        since = datetime.combine(date.fromisoformat(day), time(), SAO_PAULO)
        report = [
            daily.report(day, points),
            *daily.still_open(self.reminding.still_open(now, in_order=None if crosses else day)),
            *daily.lately_ended(self.reminding.ended_since(since)),
        ]
        return self.teller.event(
            "DAILY_CHECK",
            daily.outcome(points),
            now,
            execution_arn="",
            day=day,
            report="\n".join(report),
            failed_points=tuple(point.kind for point in crosses),
        )

    def _look(self, day: str, held: Day | None) -> daily.Seen:
        stored = published_summary(self.store, self.output_bucket, day)
        summary = stored if held and stored and stored.published_etag == held.published_etag else None
        day_bytes, day_objects = self._size(layout.day_folder(self.output_bucket, day))
        bucket_bytes, objects = self._size(Location(self.output_bucket, ""))
        alert_id = held.alert_id if held else None
        slack = alert_places.alert_mark(self.checkpoints_bucket, alert_id, CHANNEL) if alert_id else None
        return daily.Seen(
            day=day,
            held=held,
            summary=summary,
            history=published_before(self.store, self.output_bucket, day),
            limit_percent=self.abnormal_rate_percent,
            deadline_s=self.deadline_s,
            on_slack=bool(slack and self.store.head(slack)),
            unsubscribed=self._unsubscribed(),
            day_bytes=day_bytes,
            day_objects=day_objects,
            bucket=self.output_bucket,
            bucket_bytes=bucket_bytes,
            bucket_objects=objects,
            ingestion=self.refreshing.shown(day, summary.who if summary else None),
        )

    def _size(self, prefix: Location) -> tuple[int, int]:
        return size_bytes(self.store, prefix, daily.COUNTED_MAX)

    def _unsubscribed(self) -> list[str] | None:
        try:
            return self.subscriptions.missing()
        except AWS_ERRORS:
            _log.exception("subscriptions_not_seen")
            return None
