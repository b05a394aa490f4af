"""Whether a run may take its day: decided from what stands there, without touching anything.

`Opening` gathers what `claim` is given and does what it answers. `tests/lifecycle/` has the table.
"""

from dataclasses import dataclass

from reconciliation.day import PUBLISHING, Day
from reconciliation.documents.job_record import JobRecord
from reconciliation.documents.summary import Summary
from reconciliation.run import FileRequest, ResumeRequest


@dataclass(frozen=True)
class PublishedDay:
    """What stands published for the day: its ETag, and the summary of the run that published it.

    `summary` is None where what stands there is no run's, or was not asked for: it may be replaced.
    """

    etag: str
    summary: Summary | None = None


@dataclass(frozen=True)
class Take:
    """The day is free for this run, as its attempt of that number."""

    attempt: int


@dataclass(frozen=True)
class LeftHeld:
    """The day's holder is over and has not closed its run."""

    left_behind: Day


@dataclass(frozen=True)
class LeftUnfinished:
    """Nobody holds the day, and its publication was begun and not ended (by hand, runbook 2.4)."""

    left_behind: Day


@dataclass(frozen=True)
class Duplicate:
    """This very version is at work."""

    current: Day


@dataclass(frozen=True)
class Busy:
    """Another run holds the day."""

    current: Day


@dataclass(frozen=True)
class AlreadyPublished:
    """The day is done, and this run may not replace it."""

    summary: Summary


Claim = Take | LeftHeld | LeftUnfinished | Duplicate | Busy | AlreadyPublished


def claim(
    current: Day | None, *, is_running: bool, record: JobRecord, published: PublishedDay | None
) -> Claim:
    """`is_running` tells of the day's holder; `published` has a summary where the run may not replace it."""
    if current and current.holder:
        if not is_running:
            return LeftHeld(current)
        return Duplicate(current) if current.job_id == record.job_id else Busy(current)
    if current and current.state == PUBLISHING:
        return LeftUnfinished(current)
    if published and published.summary is not None:
        return AlreadyPublished(published.summary)
    tried = current.attempt if current and current.job_id == record.job_id else 0
    return Take(max(record.attempts, tried) + 1)


def may_replace(request: FileRequest | ResumeRequest, record: JobRecord, published_etag: str) -> bool:
    """A resume may go on replacing what stood there when its run began, and nothing published since."""
    if isinstance(request, FileRequest):
        return request.force_reprocess
    return published_etag == record.replaces


def may_wait(request: FileRequest | ResumeRequest) -> bool:
    """An operator's resume or forced run does not wait: nobody is to be surprised by it later."""
    return isinstance(request, FileRequest) and not request.force_reprocess
