"""A version of a file that came while its day was busy. One object per day, and one per other file.

Some clients (s3fs) write an empty object first and the file over it seconds later. The empty version is
refused at once; the next one finds the day taken, and leaves this mark. Whoever frees the day starts it, else
the watchdog, under a name that follows from the mark: however many see it, it is started once. Runbook 2.1.

Another file than the one that the day is busy with is started once the day is published, and never before: a
person chooses between two files. Its execution finds the same bytes published, or says NEEDS_FORCE.

Whoever starts it does not look at the file: PrepareRun does, where its start is one of these, and runs none
that is not its file's newest version any more.
"""

from dataclasses import dataclass
from typing import Literal

from reconciliation.documents.typed import Document
from reconciliation.run import execution_name


@dataclass(frozen=True, kw_only=True)
class Waiting(Document):
    """The version that is to be started once the day is free; a newer one of its file takes its place."""

    day: str
    s3_key: str
    version_id: str
    job_id: str
    epoch: int
    """Of the day, as it was held when this version was refused."""
    started: bool = False
    """Also where it needs no start any more: it ran, or a newer version did."""
    awaits_publication: Literal[True] | None = None
    """Of another file than the one that the day was busy with; absent of a newer version of the same."""

    @property
    def execution_name(self) -> str:
        """Its own: the trigger's was used by the execution that was refused. By epoch: the start may find
        the day taken once more by an older version, and wait again."""
        return f"{execution_name(self.s3_key, self.version_id)}-{self.epoch}"

    def is_same_wait(self, other: "Waiting") -> bool:
        return (self.s3_key, self.version_id, self.epoch) == (other.s3_key, other.version_id, other.epoch)


def is_start_of_waiting(execution: str, s3_key: str, version_id: str) -> bool:
    """Whether an execution of that name was started for that version because it had waited."""
    return execution.startswith(f"{execution_name(s3_key, version_id)}-")
