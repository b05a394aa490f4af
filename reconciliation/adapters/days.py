"""The day objects on S3: read, and written only over what was read.

The output job does not write days itself: `lifecycle/publishing.py` has the whole way of publishing, and says
which final bytes the validation and reconciliation jobs leave ready for it.
"""

from dataclasses import dataclass

from reconciliation import layout
from reconciliation.adapters.store import Store
from reconciliation.day import Day, HeldDay
from reconciliation.objects import to_json


@dataclass
class Days:
    """The days of one checkpoints bucket."""

    store: Store
    bucket: str

    def read(self, day: str) -> HeldDay | None:
        """Raises JsonRefused where what stands there is no day."""
        stored = self.store.document(layout.day_object(self.bucket, day))
        return HeldDay(stored.read_as(Day), stored.etag, stored.modified) if stored else None

    def note_try(self, held: HeldDay, alert_id: str) -> HeldDay:
        """With the alert that is about to be sent, written at each try; as it is once that alert was sent.

        So nobody is told over and over where S3 takes no note of it. Raises ConditionFailed.
        """
        noted = held.day.with_alert(alert_id)
        return held if noted.alert_sent else self.write(held, noted)

    def write(self, held: HeldDay | None, new: Day) -> HeldDay:
        """Writes over exactly what was read (None: over nothing). Raises ConditionFailed."""
        etag = self.store.swap(
            layout.day_object(self.bucket, new.day), to_json(new.to_dict()), held.etag if held else None
        )
        return HeldDay(new, etag)
