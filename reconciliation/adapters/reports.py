"""Of which publication a day's report is: its page says so, and the page is the last object of a report."""

import logging
from contextlib import suppress
from typing import Final

from reconciliation import layout, places
from reconciliation.adapters.store import Store
from reconciliation.awaited_page import awaited_page, without_figures
from reconciliation.objects import TRIES, ConditionFailed

PUBLISHED_ETAG: Final = "published-etag"
"""S3 metadata of all of a report's objects: the ETag of the published object that it was made of."""
HTML: Final = "text/html; charset=utf-8"

_log = logging.getLogger(__name__)


def reported_etag(store: Store, output_bucket: str, day: str) -> str | None:
    """Of which publication the day's page is, "" where one is only awaited; None where there is none."""
    page = store.head(places.report_page(output_bucket, day))
    return page.metadata.get(PUBLISHED_ETAG, "") if page else None


def is_reported(store: Store, output_bucket: str, day: str, published_etag: str) -> bool:
    """Whether the day's report is that publication's, and whole."""
    return reported_etag(store, output_bucket, day) == published_etag


def withdraw_page(store: Store, output_bucket: str, day: str, published_etag: str) -> None:
    """Puts into the place of another publication's page the sentence that the new one's is awaited.

    It is a write, as whoever publishes may write and not delete. A newer publication's page is made only once
    that one stands: so what is seen before this one is seen to stand is no newer one's, and only that is
    written over. What fails is logged: a report keeps no day back.
    """
    where = places.report_page(output_bucket, day)
    try:
        page = store.head(where)
        if page is None or page.metadata.get(PUBLISHED_ETAG, "") in ("", published_etag):
            return
        published = store.head(layout.published(output_bucket, day))
        if published and published.etag == published_etag:
            store.swap(where, awaited_page(day), page.etag, content_type=HTML)
    except Exception:
        _log.exception("report_page_not_withdrawn", extra={"day": day})


def withdraw_figures(store: Store, output_bucket: str, day: str, published_etag: str) -> None:
    """Takes the day's figures off the index, unless they are that publication's, with its report.

    Once the day's summary is that publication's, so that an index made meanwhile is seen, or has its figures.
    The index is read before the report is looked for: the one that has a report's figures is written later,
    and is not written over. What fails is logged, as of the page.
    """
    where = places.report_index(output_bucket)
    try:
        for _ in range(TRIES):
            standing = store.get(where)
            if standing is None or is_reported(store, output_bucket, day, published_etag):
                return
            left = without_figures(standing.body, day)
            published = store.head(layout.published(output_bucket, day))
            if left == standing.body or published is None or published.etag != published_etag:
                return
            with suppress(ConditionFailed):
                store.swap(where, left, standing.etag, content_type=HTML)
                return
        _log.error("report_index_not_withdrawn", extra={"day": day})
    except Exception:
        _log.exception("report_index_not_withdrawn", extra={"day": day})
