"""Whether a run may take its day: decided from what stands there, without touching anything.

`Opening` gathers what `claim` is given and does what it answers. `tests/lifecycle/` has the table.
"""

from dataclasses import dataclass
from typing import Literal

from reconciliation import day as days
from reconciliation.day import Day
from reconciliation.documents.job_record import JobRecord
from reconciliation.documents.summary import Summary
from reconciliation.errors import ReconciliationError, error
from reconciliation.run import Attempt, FileRequest, ResumeRequest
from reconciliation.waiting import Waiting


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
class CloseFirst:
    """The day's holder is over and has not closed its run."""

    left_behind: Day


@dataclass(frozen=True)
class FinishFirst:
    """Nobody holds the day, and its publication was begun and not ended (by hand, runbook 2.4)."""

    left_behind: Day


@dataclass(frozen=True)
class Refuse:
    """The run may not have the day: this very version is at work, another run is, or it is published."""

    because: Literal["DUPLICATE", "BUSY", "PUBLISHED"]


Claim = Take | CloseFirst | FinishFirst | Refuse


def claim(
    current: Day | None, *, is_running: bool, record: JobRecord, published: PublishedDay | None
) -> Claim:
    """`is_running` tells of the day's holder; `published` has a summary where the run may not replace it."""
    if current and current.holder:
        if not is_running:
            return CloseFirst(current)
        return Refuse("DUPLICATE" if current.job_id == record.job_id else "BUSY")
    if current and current.state == days.PUBLISHING:
        return FinishFirst(current)
    if published and published.summary is not None:
        return Refuse("PUBLISHED")
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


Unneeded = Literal["ALREADY_PUBLISHED", "DUPLICATE"]


class NothingToDo(Exception):
    """The run is not needed: ALREADY_PUBLISHED or DUPLICATE."""

    def __init__(
        self, status: Literal["ALREADY_PUBLISHED", "DUPLICATE"], message: str, attempt: Attempt
    ) -> None:
        super().__init__(message)
        self.status, self.attempt = status, attempt


def duplicate(current: Day) -> NothingToDo:
    return NothingToDo("DUPLICATE", "esta versão do arquivo já está em processamento", current.who)


def busy(current: Day, mark: Waiting | None) -> ReconciliationError:
    """The refusal DAY_BUSY, which says with a mark that the version waits for the day's end."""
    busy_with = f"{current.day}: o dia está em processamento por {current.job_id}"
    if mark is None:
        return error("DAY_BUSY", f"{busy_with}; espere que termine, e veja então qual versão ficou publicada")
    return error(
        "DAY_BUSY",
        f"{busy_with}, com uma versão anterior deste arquivo; esta versão será iniciada sozinha quando o dia"
        f" estiver livre, como {mark.execution_name}, ou uma mais nova que chegue antes, no lugar dela: não é"
        " preciso enviar nem iniciar nada",
    )


def disputed(day: str) -> ReconciliationError:
    return error("DAY_BUSY", f"{day}: o dia está sendo disputado por outras execuções; tente de novo")
