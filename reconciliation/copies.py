"""QuickSight's copies of what is published, and whether a day is in one. Pure.

A dataset is copied as a whole, or for its newest days: whoever asked for a copy, and under which id, each day
that it covers is in it. So a copy that somebody began by hand mends the one that failed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from reconciliation.contract import DATASET_LOOKBACK_DAYS

COMPLETED: Final = "COMPLETED"
UNDER_WAY: Final = ("INITIALIZED", "QUEUED", "RUNNING")
"""QuickSight's words (API reference, Ingestion); FAILED and CANCELLED are an end without a copy."""


@dataclass(frozen=True, kw_only=True)
class Copy:
    """One ingestion. `why` is the kind of its error, "" without one: the text may quote data.

    One that completes may have left rows out that QuickSight could not take (guide, SPICE ingestion error
    codes, skipped rows): of which days, it does not say.
    """

    id: str
    state: str
    began: datetime
    """In UTC."""
    is_whole: bool
    why: str = ""
    rows_dropped: int = 0

    @property
    def has_all(self) -> bool:
        """Whether it ended with every row of the days that it was to have."""
        return self.state == COMPLETED and not self.rows_dropped

    @property
    def outcome(self) -> str:
        """QuickSight's word for it, COMPLETED alone where it has all."""
        return f"{self.state}, linhas descartadas: {self.rows_dropped}" if self.rows_dropped else self.state


def covers(day: date, began: datetime) -> bool:
    """Whether a copy of the newest days alone, begun then, has that day."""
    return (began.date() - day).days < DATASET_LOOKBACK_DAYS


def copy_of(day: date, own: str, published: datetime | None, copies: Iterable[Copy]) -> Copy | None:
    """What became of the day: a copy that has all of it, else the newest that was to; None of none.

    `own` is the id under which its run asked; the others count where they began once it was `published`.
    """
    later = [each for each in copies if each.id == own or (published and each.began >= published)]
    of_day = [each for each in later if each.id == own or each.is_whole or covers(day, each.began)]
    return max(of_day, key=lambda each: (each.has_all, each.began), default=None)
