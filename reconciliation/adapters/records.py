"""Our own note of each job (`checkpoints/JOB/job.json`): which object it is of, how often it was tried."""

from contextlib import suppress
from typing import Any

from reconciliation import layout
from reconciliation.adapters.store import Store
from reconciliation.checkpoint import record_of
from reconciliation.objects import ConditionFailed, to_json
from reconciliation.run import job_ids

_TRIES = 5


class Records:
    """The notes of one checkpoints bucket. Only who holds the day writes the note of a job of that day."""

    def __init__(self, store: Store, bucket: str) -> None:
        self._store = store
        self._bucket = bucket

    def read(self, job_id: str) -> dict[str, Any] | None:
        found = self._store.document(layout.job_record(self._bucket, job_id))
        return found.json() if found else None

    def of_object(self, s3_key: str, version_id: str) -> dict[str, Any]:
        """The note of that version of that object; a new job where there is none yet."""
        for job_id in job_ids(s3_key, version_id):
            record = self.read(job_id) or self._create(job_id, s3_key, version_id)
            if (record["s3_key"], record["version_id"]) == (s3_key, version_id):
                return record
        raise RuntimeError(f"every job id of {layout.day_of(s3_key)} is taken")

    def update(self, record: dict[str, Any], **changes: Any) -> dict[str, Any]:
        """The note with the changes, over whatever was noted since it was read. Raises ConditionFailed."""
        where = layout.job_record(self._bucket, record["job_id"])
        for _ in range(_TRIES):
            standing = self._store.document(where)
            changed = {**(standing.json() if standing else record), **changes}
            with suppress(ConditionFailed):  # a function that the deadline overtook may still note something
                self._store.swap(where, to_json(changed), standing.etag if standing else None)
                return changed
        raise ConditionFailed(str(where))

    def _create(self, job_id: str, s3_key: str, version_id: str) -> dict[str, Any]:
        record = record_of(job_id, s3_key, version_id)
        try:
            self._store.create(layout.job_record(self._bucket, job_id), to_json(record))
        except ConditionFailed:  # somebody else's job came first: see whose
            return self.read(job_id) or record
        return record
