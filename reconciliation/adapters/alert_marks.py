"""What became of each alert, on S3: SNS took it, or it is kept until SNS does."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reconciliation import alert_places
from reconciliation.adapters.store import Store
from reconciliation.layout import Location
from reconciliation.objects import StoredObject, to_json


@dataclass(frozen=True)
class AlertMarks:
    """The alerts' marks of one checkpoints bucket."""

    store: Store
    bucket: str

    def sent(self, execution_arn: str, alert_id: str) -> None:
        """Marks that SNS took an alert of that execution; of no execution nothing is marked."""
        if execution_arn:
            self.store.put(alert_places.execution_alert(self.bucket, execution_arn, alert_id), b"")

    def is_told(self, execution_arn: str) -> bool:
        """Whether SNS took any alert of that execution."""
        return any(self.store.list(alert_places.execution_alerts(self.bucket, execution_arn)))

    def keep(self, alert_id: str, message: dict[str, Any]) -> None:
        """Keeps what SNS did not take, until it is `settled`."""
        self.store.put(alert_places.kept_alert(self.bucket, alert_id), to_json(message))

    def kept(self, since: datetime) -> Iterator[StoredObject]:
        """What was kept since then and is not settled."""
        for listed in self.store.list(alert_places.kept_alerts(self.bucket)):
            if listed.size_bytes and listed.modified >= since:
                where = Location(self.bucket, listed.key)
                if (stored := self.store.document(where)) and stored.body:
                    yield stored

    def set_aside(self, alert_id: str, message: dict[str, Any]) -> Location:
        """Keeps the whole of what SNS will never take, and answers where."""
        where = alert_places.refused_alert(self.bucket, alert_id)
        self.store.put(where, to_json(message))
        return where

    def note_try(self, kept: StoredObject) -> StoredObject:
        """Kept anew before each try: what cannot be settled is not told over and over.

        Raises ConditionFailed where somebody else changed it meanwhile.
        """
        return self.store.rewrite(kept)

    def settled(self, kept: StoredObject) -> None:
        """SNS took it. Raises ConditionFailed where it was kept anew meanwhile."""
        self.store.swap(kept.where, b"", kept.etag)
