"""Of which publication a day's report is: its page says so, and the page is the last object of a report."""

from typing import Final

from reconciliation import places
from reconciliation.adapters.store import Store

PUBLISHED_ETAG: Final = "published-etag"
"""S3 metadata of all of a report's objects: the ETag of the published object that it was made of."""


def reported_etag(store: Store, output_bucket: str, day: str) -> str | None:
    """Of which publication the day's page is; None where there is none."""
    page = store.head(places.report_page(output_bucket, day))
    return page.metadata.get(PUBLISHED_ETAG, "") if page else None


def is_reported(store: Store, output_bucket: str, day: str, published_etag: str) -> bool:
    """Whether the day's report is that publication's, and whole."""
    return reported_etag(store, output_bucket, day) == published_etag
