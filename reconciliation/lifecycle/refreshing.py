"""QuickSight's copy of a published day: asked for at its end, followed until the day is in one (2.4).

Whoever began the one that completes, it ends the incident of those that failed.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from reconciliation import alert_places, layout
from reconciliation.adapters.aws_errors import AWS_ERRORS, reason
from reconciliation.adapters.days import Days
from reconciliation.adapters.store import Store
from reconciliation.bounded_json import JsonRefused
from reconciliation.copies import COMPLETED, UNDER_WAY, Copy, copy_of
from reconciliation.day import PUBLISHED
from reconciliation.event import Event
from reconciliation.layout import Location
from reconciliation.lifecycle.once import Once
from reconciliation.lifecycle.ports import Dataset
from reconciliation.lifecycle.telling import Teller
from reconciliation.run import Attempt

LOOK_BACK: Final = timedelta(days=7)
"""A copy that does not come for so long is only in the daily check."""
_QUICKSIGHT: Final = "quicksight"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Refreshing:
    """The copies' ports. `datasets` are none where the deployment has no dashboard."""

    store: Store
    days: Days
    datasets: Sequence[Dataset]
    teller: Teller
    once: Once
    checkpoints_bucket: str
    output_bucket: str

    def asked(self, who: Attempt) -> str | None:
        """The refresh's id; None where the deployment has no dashboard."""
        return _ingestion_id(who) if self.datasets else None

    def ask(self, day: str, who: Attempt, now: datetime) -> None:
        """Has QuickSight copy the day. Where it would not, the watchdog asks once more, and tells."""
        for dataset in self.datasets:
            self._refusal(day, who, dataset, now)

    def follow(self, now: datetime) -> list[str]:
        """Looks at each day until it is in a copy; a failed one is told. Answers of which days it said so."""
        if not self.datasets:
            return []
        listed = self.store.list(layout.day_objects(self.checkpoints_bucket))
        recent = (layout.day_of_document(each.key) for each in listed if now - each.modified <= LOOK_BACK)
        awaited = {day: who for day in recent if day and (who := self._awaited(day))}
        seen = [_seen(dataset) for dataset in self.datasets] if awaited else []
        return [day for day, who in awaited.items() if self._has_ended(day, who, seen, now)]

    def shown(self, day: str, published_by: Attempt | None) -> str | None:
        """QuickSight's word for the day that this run published, in the dataset that is least far.

        None where there is no dashboard.
        """
        if not self.datasets:
            return None
        if published_by is None:
            return "nenhuma"
        copies = [self._copy(day, published_by, _seen(dataset)) for dataset in self.datasets]
        states = [copy.outcome if copy else "nenhuma, ou o QuickSight não responde" for copy in copies]
        return next((state for state in states if state != COMPLETED), COMPLETED)

    def _awaited(self, day: str) -> Attempt | None:
        """Whose result stands published and is not known to be copied; a later run may have failed."""
        try:
            held = self.days.read(day)
        except JsonRefused:  # whoever closes what was left behind raises it: an alarm
            return None
        if held is None or held.day.holder:
            return None
        who: Attempt | None = held.day.who
        if held.day.state != PUBLISHED:
            standing = self.teller.standing(day)
            who = standing.who if standing else None
        return None if who is None or self.store.head(self._mark(who)) else who

    def _copy(self, day: str, who: Attempt, copies: list[Copy]) -> Copy | None:
        published = self.store.head(layout.published(self.output_bucket, day))
        since = published.modified if published else None
        return copy_of(date.fromisoformat(day), _ingestion_id(who), since, copies)

    def _has_ended(self, day: str, who: Attempt, seen: list[list[Copy]], now: datetime) -> bool:
        """Whether the day's copies have ended, which no earlier round knew; one by dataset."""
        copies = [self._copy(day, who, of_one) for of_one in seen]
        there = [copy.id for copy in copies if copy and copy.has_all]
        if len(there) == len(copies):
            self.teller.end(day, "QUICKSIGHT_FAILED", there[0], now)
            self.store.put(self._mark(who), b"")
            return True
        each = zip(self.datasets, copies, strict=True)
        looked = (self._failure(day, who, dataset, copy, now) for dataset, copy in each)
        failures = [failure for failure in looked if failure]
        return self._tell(day, who, now, failures) if failures else False

    def _failure(
        self, day: str, who: Attempt, dataset: Dataset, copy: Copy | None, now: datetime
    ) -> "_Failure | None":
        """What failed of a dataset's copy. One that nobody asked for, or that was refused, is asked for."""
        if copy is None:
            why = self._refusal(day, who, dataset, now)
            return _Failure(dataset.dataset_id, f"não foi atualizado: {why}") if why else None
        if copy.state in UNDER_WAY or copy.has_all:
            return None
        if copy.state == COMPLETED:
            what = (
                f"foi atualizado, mas não por inteiro; linhas que o QuickSight descartou: {copy.rows_dropped}"
            )
        else:
            what = f"não foi atualizado: {copy.state} {copy.why}".strip()
        return _Failure(dataset.dataset_id, what, copy.id)

    def _refusal(self, day: str, who: Attempt, dataset: Dataset, now: datetime) -> str:
        """Asks for the day's copy; answers why it is refused, or ""."""
        try:
            dataset.refresh(date.fromisoformat(day), now, _ingestion_id(who))
        except AWS_ERRORS as exc:
            _log.exception("dataset_not_refreshed", extra={"day": day, "of": dataset.dataset_id})
            return reason(exc)
        return ""

    def _tell(self, day: str, who: Attempt, now: datetime, failures: "list[_Failure]") -> bool:
        """One alert of all datasets, whose steps are of each: that another one fails later is no news."""

        def event() -> Event:
            return self.teller.event(
                "QUICKSIGHT_FAILED",
                "; ".join(f"o conjunto de dados {one.of} {one.what}" for one in failures),
                now,
                execution_arn="",
                stage="output",
                job_id=who.job_id,
                attempt=who.number,
                day=day,
                ingestion_id=next((one.ingestion_id for one in failures if one.ingestion_id), None),
            )

        return self.once.tell(event().id, event)

    def _mark(self, who: Attempt) -> Location:
        return alert_places.alert_mark(self.checkpoints_bucket, _ingestion_id(who), _QUICKSIGHT)


@dataclass(frozen=True)
class _Failure:
    """Of one dataset's copy; only of one that is there QuickSight can be asked why, by its id."""

    of: str
    what: str
    ingestion_id: str | None = None


def _seen(dataset: Dataset) -> list[Copy]:
    """None, too, where QuickSight does not say."""
    try:
        return dataset.copies()
    except AWS_ERRORS:
        _log.exception("dataset_not_seen")
        return []


def _ingestion_id(who: Attempt) -> str:
    return f"{who.job_id}-{who.number}"
