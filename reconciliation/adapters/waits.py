"""The marks of the versions that wait, on S3: written only over what was read."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from reconciliation import layout
from reconciliation.adapters.store import Store
from reconciliation.layout import Location
from reconciliation.objects import to_json
from reconciliation.waiting import Waiting

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Mark:
    """A mark as it was read, with the ETag that the next write is conditional on."""

    waiting: Waiting | None
    """None where nothing stands there, or what stands there is none of ours."""
    etag: str | None
    where: Location


@dataclass
class Waits:
    """The marks of one checkpoints bucket."""

    store: Store
    bucket: str

    def of_same_file(self, day: str) -> Mark:
        """Of the file that the day is, or was, busy with."""
        return self.read(layout.waiting(self.bucket, day))

    def of_other_file(self, s3_key: str) -> Mark:
        """Of that file, where its day is, or was, busy with another one."""
        return self.read(layout.waiting_other(self.bucket, s3_key))

    def read(self, where: Location) -> Mark:
        stored = self.store.document(where)
        if stored is None:
            return Mark(None, None, where)
        try:
            return Mark(stored.read_as(Waiting), stored.etag, where)
        except ValueError:
            _log.exception("mark_not_read", extra={"mark": str(where)})
            return Mark(None, stored.etag, where)

    def write(self, mark: Mark, new: Waiting) -> None:
        """Writes over exactly what was read. Raises ConditionFailed."""
        self.store.swap(mark.where, to_json(new.to_dict()), mark.etag)

    def locations(self, day: str) -> Iterator[Location]:
        """Where the day's marks are; of the first it is not known whether it is there."""
        yield layout.waiting(self.bucket, day)
        for listed in self.store.list(layout.waitings(self.bucket, day)):
            yield Location(self.bucket, listed.key)

    def days_marked(self, since: datetime) -> list[str]:
        """The days of which a mark was written since then."""
        listed = self.store.list(layout.waitings(self.bucket))
        days = (layout.day_of_document(each.key) for each in listed if each.modified >= since)
        return list(dict.fromkeys(filter(None, days)))
