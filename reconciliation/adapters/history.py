"""The published days, read from their summaries. Runbook 1.1 and 2.5 compare a day with those before it."""

import logging
from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from reconciliation import layout
from reconciliation.adapters.store import Store
from reconciliation.bounded_json import JsonRefused
from reconciliation.documents.summary import Summary
from reconciliation.layout import Location
from reconciliation.rates import HISTORY_DAYS, Figures

_log = logging.getLogger(__name__)


def published_before(store: Store, bucket: str, day: str, days: int = HISTORY_DAYS) -> list[Figures]:
    """Up to so many published days before that one, the newest first, however long ago.

    One whose summary cannot be read is left out, and the log says so: no reason to fail this one.
    """
    figures: list[Figures] = []
    for earlier in (other for other in published_days(store, bucket) if other < day):
        try:
            summary = published_summary(store, bucket, earlier)
        except JsonRefused:
            _log.exception("summary_not_read", extra={"day": earlier})
            continue
        if summary:
            figures.append(Figures.of(summary))
        if len(figures) == days:
            break
    return figures


def published_days(store: Store, bucket: str) -> list[str]:
    """Those of which a summary stands, the newest first."""
    return sorted((day for day, _ in _days(store, bucket)), reverse=True)


def published_summary(store: Store, bucket: str, day: str) -> Summary | None:
    """The day's summary, where it is published. Raises JsonRefused for one that can't be read."""
    stored = store.document(layout.summary(bucket, day))
    summary = stored.read_as(Summary) if stored else None
    return summary if summary and summary.status == "SUCCEEDED" else None


def last_published(store: Store, bucket: str) -> datetime | None:
    """When a day was last published; None where none was."""
    return max((modified for _, modified in _days(store, bucket)), default=None)


def first_upload(store: Store, ingress_bucket: str, checkpoints_bucket: str) -> datetime | None:
    """The oldest trace of one: a file that is still there, whether it began a run or not, or a day."""
    files = store.list(Location(ingress_bucket, ""))
    days = store.list(layout.day_objects(checkpoints_bucket))
    traces = (*(file for file in files if layout.day_of_upload(file.key)), *days)
    return min((trace.modified for trace in traces), default=None)


def size_bytes(store: Store, prefix: Location, at_most_objects: int) -> tuple[int, int]:
    """Bytes and number of so many current objects under a prefix; under the key "", of the whole bucket."""
    sizes = [listed.size_bytes for listed in islice(store.list(prefix), at_most_objects)]
    return sum(sizes), len(sizes)


def _days(store: Store, bucket: str) -> Iterator[tuple[str, datetime]]:
    for listed in store.list(layout.history(bucket)):
        yield layout.day_of_summary(listed.key), listed.modified
