"""QuickSight's copy of a published day: asked for when it is published, followed until it ended (2.4)."""

import logging
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from reconciliation import layout
from reconciliation.adapters.aws_errors import AWS_ERRORS, reason
from reconciliation.adapters.dataset import COMPLETED, UNDER_WAY, Copy
from reconciliation.adapters.days import Days
from reconciliation.adapters.store import Store
from reconciliation.bounded_json import JsonRefused
from reconciliation.day import PUBLISHED, Day
from reconciliation.event import Event
from reconciliation.lifecycle.once import Once
from reconciliation.lifecycle.ports import Dataset
from reconciliation.lifecycle.telling import Teller
from reconciliation.run import Attempt

LOOK_BACK: Final = timedelta(days=7)
"""A copy of which QuickSight says nothing final for so long is only in the daily check."""
_QUICKSIGHT: Final = "quicksight"
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Refreshing:
    """The copies' ports. `dataset` is None where the deployment has no dashboard."""

    store: Store
    days: Days
    dataset: Dataset | None
    teller: Teller
    once: Once
    checkpoints_bucket: str

    def asked(self, who: Attempt) -> str | None:
        """The refresh's id; None where the deployment has no dashboard."""
        return _ingestion_id(who) if self.dataset else None

    def ask(self, day: str, who: Attempt, now: datetime) -> None:
        """Has QuickSight copy the day. Where it would not, the watchdog asks once more, and tells."""
        try:
            if self.dataset:
                self.dataset.refresh(date.fromisoformat(day), now.date(), _ingestion_id(who))
        except AWS_ERRORS:
            _log.exception("dataset_not_refreshed", extra={"day": day})

    def follow(self, now: datetime) -> list[str]:
        """Looks at each copy until it ended; a failed one is told. Answers the days whose copy ended now."""
        if self.dataset is None:
            return []
        listed = self.store.list(layout.day_objects(self.checkpoints_bucket))
        recent = [layout.day_of_document(each.key) for each in listed if now - each.modified <= LOOK_BACK]
        return [day for day in recent if self._has_ended(day, self.dataset, now)]

    def shown(self, held: Day | None) -> str | None:
        """QuickSight's word for the day's copy; None where the deployment has no dashboard."""
        if self.dataset is None:
            return None
        if held is None:
            return "nenhuma"
        copy = _seen(held, self.dataset)
        return copy.state if copy else "nenhuma, ou o QuickSight não responde"

    def _has_ended(self, day: str, dataset: Dataset, now: datetime) -> bool:
        """Whether the day's copy is found to have ended, which no earlier round knew."""
        try:
            held = self.days.read(day)
        except JsonRefused:  # whoever closes what was left behind raises it: an alarm
            return False
        if held is None or held.day.holder or held.day.state != PUBLISHED:
            return False
        mark = layout.alert_mark(self.checkpoints_bucket, _ingestion_id(held.day.who), _QUICKSIGHT)
        if self.store.head(mark):
            return False
        copy = _seen(held.day, dataset)
        if copy is None:
            return self._ask_again(held.day, dataset, now)
        if copy.state in UNDER_WAY:
            return False
        why = f"{copy.state} {copy.why}".strip()
        if copy.state != COMPLETED and not self._tell(held.day, dataset, now, why, is_there=True):
            return False
        self.store.put(mark, b"")
        return True

    def _ask_again(self, current: Day, dataset: Dataset, now: datetime) -> bool:
        """Asks for what FinishRun was refused, or died before; one that is there stays one."""
        try:
            dataset.refresh(date.fromisoformat(current.day), now.date(), _ingestion_id(current.who))
        except AWS_ERRORS as exc:
            _log.exception("dataset_not_refreshed", extra={"day": current.day})
            return self._tell(current, dataset, now, reason(exc), is_there=False)
        return False

    def _tell(self, current: Day, dataset: Dataset, now: datetime, why: str, *, is_there: bool) -> bool:
        """Only of a copy that is there QuickSight can be asked why."""

        def event() -> Event:
            return self.teller.event(
                "QUICKSIGHT_FAILED",
                f"o conjunto de dados {dataset.dataset_id} não foi atualizado: {why}",
                now,
                execution_arn="",
                stage="output",
                job_id=current.job_id,
                attempt=current.attempt,
                day=current.day,
                ingestion_id=_ingestion_id(current.who) if is_there else None,
            )

        return self.once.tell(event().id, event)


def _seen(current: Day, dataset: Dataset) -> Copy | None:
    """What became of the day's copy; None where there is none, or QuickSight does not say."""
    try:
        return dataset.copy(_ingestion_id(current.who))
    except AWS_ERRORS:
        _log.exception("dataset_not_seen", extra={"day": current.day})
        return None


def _ingestion_id(who: Attempt) -> str:
    return f"{who.job_id}-{who.number}"
