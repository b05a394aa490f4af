"""What the watchdog finds in round after round is told once: the mark stands before, and is ticked after."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from reconciliation import alert_places
from reconciliation.adapters.store import Store
from reconciliation.event import Event
from reconciliation.lifecycle.telling import Teller
from reconciliation.objects import ConditionFailed, to_json

_WATCHDOG: Final = "watchdog"


@dataclass(frozen=True)
class Once:
    """The watchdog's marks, by the alert's id."""

    store: Store
    teller: Teller
    checkpoints_bucket: str

    def tell(
        self,
        alert_id: str,
        event: Callable[[], Event | None],
        how: Callable[[Event], bool] | None = None,
    ) -> bool:
        """Tells people, where nobody was told, and there is an event; `how`, else the teller tries. Answers
        whether it did.

        What SNS does not take is told in a later round, and so is what a watchdog died over. The mark is
        written before each try: where S3 takes none, nobody is told over and over, and the watchdog fails.
        """
        mark = alert_places.alert_mark(self.checkpoints_bucket, alert_id, _WATCHDOG)
        standing = self.store.document(mark)
        if (standing and standing.json()["sent"]) or (wanted := event()) is None:
            return False
        try:
            etag = self.store.swap(mark, to_json({"sent": False}), standing.etag if standing else None)
        except ConditionFailed:
            return False  # another watchdog is about to tell
        if not (how or self.teller.try_to_tell)(wanted):
            return False
        self.store.swap(mark, to_json({"sent": True}), etag)
        return True
