"""Our own note of each job (`checkpoints/JOB/job.json`): which object it is of, how often it was tried."""

from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Unpack

from reconciliation import layout
from reconciliation.adapters.store import Store
from reconciliation.bounded_json import JsonRefused
from reconciliation.documents.job_record import JobChanges, JobRecord
from reconciliation.layout import Location
from reconciliation.objects import TRIES, ConditionFailed, StoredObject, to_json
from reconciliation.run import job_ids


@dataclass
class Records:
    """The notes of one checkpoints bucket. Only who holds the day writes the note of a job of that day."""

    store: Store
    bucket: str

    def read(self, job_id: str) -> JobRecord | None:
        """Raises JsonRefused where what stands there is no note."""
        stored = self.store.document(layout.job_record(self.bucket, job_id))
        try:
            return JobRecord.from_dict(stored.json()) if stored else None
        except ValueError as exc:
            raise JsonRefused(f"a anotação de {job_id} (job.json) foi alterada") from exc

    def salvaged(self, job_id: str) -> JobRecord:
        """As `read`, whatever became of the note: a run can be closed without it, and goes on from none."""
        return JobRecord.from_dict(_kept(job_id, self._standing(layout.job_record(self.bucket, job_id))))

    def of_object(self, s3_key: str, version_id: str) -> JobRecord:
        """The note of that version of that object; a new job where there is none yet."""
        for job_id in job_ids(s3_key, version_id):
            new = JobRecord(job_id=job_id, s3_key=s3_key, version_id=version_id)
            with suppress(ConditionFailed):  # one stands there: see whose
                self.store.create(layout.job_record(self.bucket, job_id), to_json(new.to_dict()))
            record = self.salvaged(job_id)
            if (record.s3_key, record.version_id) == (s3_key, version_id):
                return record
        raise RuntimeError(f"every job id of {layout.day_of(s3_key)} is taken")

    def update(self, record: JobRecord, **changes: Unpack[JobChanges]) -> JobRecord:
        """The note with the changes, over whatever was noted since it was read; of a note that somebody
        changed, only whose it is. Raises ConditionFailed.
        """
        where = layout.job_record(self.bucket, record.job_id)
        for _ in range(TRIES):
            standing = self._standing(where)
            kept = _kept(record.job_id, standing) if standing else record.to_dict()
            changed = replace(JobRecord.from_dict(kept), **changes)
            written = changed.to_dict()
            body = to_json(kept | {name: written.get(name) for name in changes})
            with suppress(ConditionFailed):  # a function that the deadline overtook may still note something
                self.store.swap(where, body, standing.etag if standing else None)
                return changed
        raise ConditionFailed(str(where))

    def _standing(self, where: Location) -> StoredObject | None:
        """What stands there; of what is too long to be a note, no byte."""
        try:
            return self.store.document(where)
        except JsonRefused:
            return self.store.head(where)


def _kept(job_id: str, standing: StoredObject | None) -> dict[str, Any]:
    """The note as it stands, with what another deployment noted; of one that was changed, whose it is.

    Where not even that is told, or nothing stands there, it is nobody's: "" is no object's key.
    """
    given: dict[str, Any] = {}
    with suppress(ValueError):
        given = standing.json() if standing else given
        if JobRecord.from_dict(given).job_id == job_id:
            return given
    whose = {name: given.get(name) for name in ("s3_key", "version_id")}
    return {"job_id": job_id, **{name: told if isinstance(told, str) else "" for name, told in whose.items()}}
