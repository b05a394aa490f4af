"""The business area's own message: sent once the dashboard shows the day, ten minutes after it at the latest.

The notifier keeps the alert for it (`keep`), the watchdog sends it (`send`): neither holds a day or an
execution, and what fails of either touches no run. Once, but for a death between sending and settling.
"""

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from reconciliation import alert_places, business, layout
from reconciliation.adapters.aws_errors import AWS_ERRORS
from reconciliation.adapters.history import published_summary
from reconciliation.adapters.notify import BusinessTopic
from reconciliation.adapters.records import Records
from reconciliation.adapters.reports import is_reported
from reconciliation.adapters.store import Store
from reconciliation.bounded_json import JsonRefused
from reconciliation.copies import COMPLETED
from reconciliation.layout import Location
from reconciliation.lifecycle.refreshing import LOOK_BACK, Refreshing
from reconciliation.objects import ConditionFailed, to_json
from reconciliation.run import Attempt

LATEST: Final = timedelta(minutes=10)
"""After the day was published."""
ROUND: Final = timedelta(minutes=5)
"""Between two of the watchdog's."""
_LATE: Final = timedelta(minutes=2)
"""By so much a round may come later, or be slow; the alert itself leaves after the publication, too."""

_log = logging.getLogger(__name__)


def keep(store: Store, checkpoints_bucket: str, body: dict[str, Any]) -> None:
    """Keeps an alert's body for the business area, unless it was kept before."""
    with suppress(ConditionFailed):
        store.create(alert_places.business_message(checkpoints_bucket, body["id"]), to_json(body))


def waits(published: datetime, now: datetime) -> bool:
    """Whether the round after this one is soon enough."""
    return now + ROUND + _LATE <= published + LATEST


@dataclass(frozen=True)
class Informing:
    """The ports of who tells the business area."""

    store: Store
    records: Records
    refreshing: Refreshing
    topic: BusinessTopic
    checkpoints_bucket: str
    output_bucket: str

    def kept(self, now: datetime) -> list[str]:
        """The keys of what was kept, and not sent."""
        listed = self.store.list(alert_places.business_messages(self.checkpoints_bucket))
        return [each.key for each in listed if each.size_bytes and now - each.modified <= LOOK_BACK]

    def send(self, now: datetime, key: str) -> str | None:
        """Answers the alert's id; None where its copy can still be waited for, and where another result
        stands published by now: nobody is told figures that hold no more. Raises botocore's errors.
        """
        kept = self.store.document(Location(self.checkpoints_bucket, key))
        if kept is None or not kept.body:
            return None
        body = kept.json()
        who = Attempt(body["job_id"], body["attempt"])
        if self._is_replaced(body["dia"], who):
            self.store.swap(kept.where, b"", kept.etag)
            return None
        copy = self.refreshing.shown(body["dia"], who)
        is_shown = None if copy is None else copy == COMPLETED
        if is_shown is False and waits(datetime.fromisoformat(body["timestamp"]), now):
            return None
        text = business.text_of(
            body,
            is_shown=is_shown,
            is_reported=self._is_reported(body["dia"]),
            has_replaced=self._has_replaced(who),
        )
        tried = self.store.rewrite(kept)  # what cannot be settled is not sent over and over
        self.topic.send(business.subject_of(body), text)
        self.store.swap(tried.where, b"", tried.etag)
        return str(body["id"])

    def _is_replaced(self, day: str, who: Attempt) -> bool:
        try:
            standing = published_summary(self.store, self.output_bucket, day)
        except JsonRefused:
            _log.exception("summary_not_read", extra={"day": day})
            return False
        return standing is not None and standing.who != who

    def _has_replaced(self, who: Attempt) -> bool:
        """Whether something stood published when it began; a later attempt's note no longer tells."""
        note = self.records.salvaged(who.job_id)
        return note.attempts == who.number and note.replaces is not None

    def _is_reported(self, day: str) -> bool:
        """Whether the report of what stands published is there; what cannot be seen is not linked."""
        try:
            published = self.store.head(layout.published(self.output_bucket, day))
            return published is not None and is_reported(self.store, self.output_bucket, day, published.etag)
        except AWS_ERRORS:
            _log.exception("report_not_seen", extra={"day": day})
            return False
