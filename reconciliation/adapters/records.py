"""Our own note of each job (`checkpoints/JOB/job.json`): which object it is of, how often it was tried."""

from contextlib import suppress
from dataclasses import replace
from typing import Any, Unpack

from reconciliation import layout
from reconciliation.adapters.store import Store
from reconciliation.bounded_json import JsonRefused
from reconciliation.documents.job_record import JobChanges, JobRecord
from reconciliation.objects import ConditionFailed, StoredObject, to_json
from reconciliation.run import job_ids

_TRIES = 5


class Records:
    """The notes of one checkpoints bucket. Only who holds the day writes the note of a job of that day."""

    def __init__(self, store: Store, bucket: str) -> None:
        self._store = store
        self._bucket = bucket

    def read(self, job_id: str) -> JobRecord | None:
        """Raises JsonRefused where what stands there is no note."""
        stored = self._store.document(layout.job_record(self._bucket, job_id))
        return _note(job_id, stored) if stored else None

    def salvaged(self, job_id: str) -> JobRecord | None:
        """As `read`; of a note that was changed, only whose it is. Raises JsonRefused where not even that."""
        stored = self._store.document(layout.job_record(self._bucket, job_id))
        return _salvaged(job_id, stored) if stored else None

    def of_object(self, s3_key: str, version_id: str) -> JobRecord:
        """The note of that version of that object; a new job where there is none yet."""
        for job_id in job_ids(s3_key, version_id):
            record = self.read(job_id) or self._create(job_id, s3_key, version_id)
            if (record.s3_key, record.version_id) == (s3_key, version_id):
                return record
        raise RuntimeError(f"every job id of {layout.day_of(s3_key)} is taken")

    def update(self, record: JobRecord, **changes: Unpack[JobChanges]) -> JobRecord:
        """The note with the changes, over whatever was noted since it was read; of a note that somebody
        changed, only whose it is. Raises ConditionFailed.
        """
        where = layout.job_record(self._bucket, record.job_id)
        for _ in range(_TRIES):
            standing = self._store.document(where)
            changed = replace(_salvaged(record.job_id, standing) if standing else record, **changes)
            written = changed.to_dict()
            noted = {name: written.get(name) for name in changes}
            body = to_json({**(_kept(record.job_id, standing) if standing else written), **noted})
            with suppress(ConditionFailed):  # a function that the deadline overtook may still note something
                self._store.swap(where, body, standing.etag if standing else None)
                return changed
        raise ConditionFailed(str(where))

    def _create(self, job_id: str, s3_key: str, version_id: str) -> JobRecord:
        record = JobRecord(job_id=job_id, s3_key=s3_key, version_id=version_id)
        try:
            self._store.create(layout.job_record(self._bucket, job_id), to_json(record.to_dict()))
        except ConditionFailed:  # somebody else's job came first: see whose
            return self.read(job_id) or record
        return record


def _note(job_id: str, stored: StoredObject) -> JobRecord:
    return _from_dict(job_id, stored.json())


def _salvaged(job_id: str, stored: StoredObject) -> JobRecord:
    return _from_dict(job_id, _kept(job_id, stored))


def _kept(job_id: str, stored: StoredObject) -> dict[str, Any]:
    """The note as it stands, with what another deployment noted; of one that was changed, whose it is."""
    given = stored.json()
    try:
        _from_dict(job_id, given)
    except JsonRefused:
        return {name: given.get(name) for name in ("job_id", "s3_key", "version_id")}
    return given


def _from_dict(job_id: str, given: dict[str, Any]) -> JobRecord:
    try:
        return JobRecord.from_dict(given)
    except ValueError as exc:
        raise JsonRefused(f"a anotação de {job_id} (job.json) foi alterada") from exc
