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


class Waits:
    """The marks of one checkpoints bucket."""

    def __init__(self, store: Store, bucket: str) -> None:
        self._store = store
        self._bucket = bucket

    def read(self, day: str) -> Mark:
        found = self._store.document(layout.waiting(self._bucket, day))
        if found is None:
            return Mark(None, None)
        try:
            return Mark(found.read_as(Waiting), found.etag)
        except ValueError:
            _log.exception("mark_not_read", extra={"day": day})
            return Mark(None, found.etag)

    def write(self, mark: Mark, new: Waiting) -> None:
        """Writes over exactly what was read. Raises ConditionFailed."""
        self._store.swap(layout.waiting(self._bucket, new.day), to_json(new.to_dict()), mark.etag)

    def days(self, since: datetime) -> Iterator[str]:
        """The days whose mark was written since then."""
        for listed in self._store.list(layout.waitings(self._bucket)):
            if listed.modified >= since:
                yield layout.day_of_document(listed.key)
