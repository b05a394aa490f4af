"""Our own note of each job, `checkpoints/JOB/job.json`: which object it is of, how often it was tried."""

from dataclasses import dataclass
from typing import ClassVar, TypedDict

from reconciliation.documents.typed import Document
from reconciliation.layout import Location


@dataclass(frozen=True, kw_only=True)
class JobRecord(Document):
    """One version of one object is one job. Before its first attempt only the first four are known.

    What is not known here is a newer deployment's, which was taken back.
    """

    others: ClassVar[None] = None

    job_id: str
    s3_key: str
    version_id: str
    attempts: int = 0
    """The number of the last one."""
    lineage: str | None = None
    """Job and attempt with which its data began."""
    replaces: str | None = None
    """ETag of what stood published when its last attempt began, and which that alone may replace."""
    fingerprint: str | None = None
    """It names the job's intermediate data; None until the file was inspected."""
    plan: Location | None = None
    """Where its `plan.json` is, from the same moment."""
    refused_lines: int | None = None
    """Data lines of a file that was refused whole, as far as they could be counted."""
    checkpoint_sha256: str | None = None
    """The digest of the very bytes that CloseRun wrote last."""


class JobChanges(TypedDict, total=False):
    """What an attempt notes: fields of JobRecord (a test holds the two together)."""

    attempts: int
    lineage: str | None
    replaces: str | None
    fingerprint: str | None
    plan: Location | None
    refused_lines: int | None
    checkpoint_sha256: str
