"""The page that links all days' reports, made anew at each publication."""

from concurrent.futures import Executor
from typing import Final

from reconciliation import places
from reconciliation.adapters.history import published_days, published_summary
from reconciliation.adapters.reports import HTML, is_reported
from reconciliation.adapters.store import Store
from reconciliation.bounded_json import JsonRefused
from reconciliation.errors import error
from reconciliation.objects import TRIES, ConditionFailed
from reconciliation.report.figures import DayLine
from reconciliation.report.page import index

DAYS_MAX: Final = 732
"""Two years: FinishRun waits for this job, which reads a summary and a HEAD of each."""


def put_index(store: Store, output_bucket: str, pool: Executor, days_max: int = DAYS_MAX) -> None:
    """Over what stood there before the days were read: two days may be published at once.

    Raises REPORT_FAILED where others keep writing it.
    """
    where = places.report_index(output_bucket)
    for _ in range(TRIES):
        standing = store.head(where)
        days = published_days(store, output_bucket)
        lines = list(pool.map(lambda day: _line(store, output_bucket, day), days[:days_max]))
        try:
            store.swap(
                where,
                index([line for line in lines if line], older=len(days[days_max:])),
                standing.etag if standing else None,
                content_type=HTML,
            )
            return
        except ConditionFailed:
            continue
    raise error("REPORT_FAILED", f"{where} é escrito por outras execuções; repita")


def _line(store: Store, output_bucket: str, day: str) -> DayLine | None:
    """None of a day whose summary cannot be read, or that is not published."""
    try:
        summary = published_summary(store, output_bucket, day)
    except JsonRefused:
        return None
    if summary is None:
        return None
    has_report = is_reported(store, output_bucket, day, summary.published_etag)
    return DayLine.of(summary, has_report=has_report)
