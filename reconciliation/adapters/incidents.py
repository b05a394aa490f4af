"""The incidents on S3: read, and changed only over what was read."""

import contextlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from reconciliation import alert_places
from reconciliation.adapters.store import Store
from reconciliation.incident import Incident
from reconciliation.objects import ConditionFailed, to_json

_TRIES = 20
"""Of a change: many executions may be refused at once, and of those that write together one gets through."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Incidents:
    """The incidents of one checkpoints bucket, each by what it is of (`incident.key_of`)."""

    store: Store
    bucket: str

    def read(self, key: str) -> Incident | None:
        """None, too, where what stands there is none of ours."""
        return self._read(key)[0]

    def change(self, key: str, step: Callable[[Incident | None], Incident | None]) -> Incident | None:
        """What `step` makes of the incident as it stands at the moment of the write.

        Nothing is written where that is the same. Raises ConditionFailed where the others never leave off.
        """
        for _ in range(_TRIES):
            current, etag = self._read(key)
            new = step(current)
            if new is None or new == current:
                return new
            with contextlib.suppress(ConditionFailed):
                self.store.swap(alert_places.incident(self.bucket, key), to_json(new.to_dict()), etag)
                return new
        raise ConditionFailed(f"the incident of {key} keeps changing")

    def note_try(self, key: str) -> None:
        """Written over itself before each try: of what cannot be noted nobody is reminded over and over.

        Raises ConditionFailed where somebody else changed it meanwhile.
        """
        if stored := self.store.document(alert_places.incident(self.bucket, key)):
            self.store.rewrite(stored)

    def since(self, moment: datetime) -> Iterator[Incident]:
        """Those that were written since then, in the order of their keys."""
        for listed in self.store.list(alert_places.incidents(self.bucket)):
            if listed.modified >= moment and (
                standing := self.read(alert_places.key_of_incident(listed.key))
            ):
                yield standing

    def _read(self, key: str) -> tuple[Incident | None, str | None]:
        stored = self.store.document(alert_places.incident(self.bucket, key))
        if stored is None:
            return None, None
        try:
            return stored.read_as(Incident), stored.etag
        except ValueError:
            _log.exception("incident_not_read", extra={"of": key})
            return None, stored.etag
