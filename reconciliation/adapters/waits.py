"""The marks of the versions that wait, on S3: written only over what was read."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from reconciliation import layout
from reconciliation.adapters.store import Store
from reconciliation.objects import to_json
from reconciliation.waiting import Waiting

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Mark:
    """A mark as it was read, with the ETag that the next write is conditional on."""

    waiting: Waiting | None
    """None where nothing stands there, or what stands there is none of ours."""
    etag: str | None


@dataclass
class Waits:
    """The marks of one checkpoints bucket."""

    store: Store
    bucket: str

    def read(self, day: str) -> Mark:
        stored = self.store.document(layout.waiting(self.bucket, day))
        if stored is None:
            return Mark(None, None)
        try:
            return Mark(stored.read_as(Waiting), stored.etag)
        except ValueError:
            _log.exception("mark_not_read", extra={"day": day})
            return Mark(None, stored.etag)

    def write(self, mark: Mark, new: Waiting) -> None:
        """Writes over exactly what was read. Raises ConditionFailed."""
        self.store.swap(layout.waiting(self.bucket, new.day), to_json(new.to_dict()), mark.etag)

    def days(self, since: datetime) -> Iterator[str]:
        """The days whose mark was written since then."""
        listed = self.store.list(layout.waitings(self.bucket))
        return (layout.day_of_document(each.key) for each in listed if each.modified >= since)
