"""The day objects on S3: read, and written only over what was read.

The output job does not write days itself: `lifecycle/publishing.py` has the whole way of publishing, and says
which final bytes the validation and reconciliation jobs leave ready for it.
"""

from reconciliation import layout
from reconciliation.adapters.store import Store
from reconciliation.day import Day, HeldDay
from reconciliation.objects import to_json


class Days:
    """The days of one checkpoints bucket."""

    def __init__(self, store: Store, bucket: str) -> None:
        self._store = store
        self._bucket = bucket

    def read(self, day: str) -> HeldDay | None:
        found = self._store.document(layout.day_object(self._bucket, day))
        return HeldDay(Day.from_dict(found.json()), found.etag, found.modified) if found else None

    def write(self, held: HeldDay | None, new: Day) -> HeldDay:
        """Writes over exactly what was read (None: over nothing). Raises ConditionFailed."""
        etag = self._store.swap(
            layout.day_object(self._bucket, new.day), to_json(new.to_dict()), held.etag if held else None
        )
        return HeldDay(new, etag)
