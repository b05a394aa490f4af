"""What stands published for a day, as each alert of the day says it."""

import logging
from dataclasses import dataclass

from reconciliation.adapters.aws_errors import AWS_ERRORS
from reconciliation.adapters.days import Days
from reconciliation.adapters.history import published_summary
from reconciliation.adapters.store import Store
from reconciliation.bounded_json import JsonRefused
from reconciliation.day import PUBLISHING
from reconciliation.event import Standing

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Shelf:
    """Where published days stand: the day's object says which bytes, their summary whose they are."""

    store: Store
    days: Days
    output_bucket: str

    def of(self, day: str) -> Standing | None:
        """None while the day is being published, or where it cannot be seen: an alert leaves without it."""
        try:
            held = self.days.read(day)
            if held and held.day.state == PUBLISHING:
                return None
            etag = held.day.published_etag if held else None
            return self._of(day, etag) if etag else Standing(is_published=False)
        except (*AWS_ERRORS, JsonRefused):
            _log.exception("standing_not_seen", extra={"day": day})
            return None

    def _of(self, day: str, etag: str) -> Standing:
        try:
            summary = published_summary(self.store, self.output_bucket, day)
        except JsonRefused:
            summary = None
        if summary is None or summary.published_etag != etag:
            return Standing(is_published=True)
        told = summary.input
        return Standing(is_published=True, who=summary.who, s3_key=told.s3_key, version_id=told.version_id)
