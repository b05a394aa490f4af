"""What the functions answer to the state machine, beside the run document. Source: docs/design.md."""

import json
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

from reconciliation.documents import checkpoint
from reconciliation.documents.run_document import StartedRun
from reconciliation.errors import Stage
from reconciliation.event import AlertCode
from reconciliation.run import Attempt

Unneeded = Literal["ALREADY_PUBLISHED", "DUPLICATE", "NOT_NEWEST"]
Status = Literal[checkpoint.Status, Unneeded, "SUCCEEDED", "NEEDS_FORCE", "DAY_BUSY"]


@dataclass(frozen=True, kw_only=True)
class Result:
    """How an execution ended: its output, or the cause of its failure."""

    status: Status
    code: AlertCode | Unneeded
    message: str
    stage: Stage | None = None
    severity: str | None = None
    job_id: str | None = None
    attempt: int | None = None
    checkpoint_location: str | None = None

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True)
class Nothing:
    """PrepareRun: there is nothing to do, and the execution succeeds."""

    result: Result

    @classmethod
    def of(cls, status: Unneeded, message: str, attempt: Attempt) -> Self:
        """What that attempt has done already, or is doing."""
        job_id, number = attempt
        return cls(Result(status=status, code=status, message=message, job_id=job_id, attempt=number))

    def to_dict(self) -> dict[str, Any]:
        return {"decision": "NOTHING", "result": self.result.to_dict()}


@dataclass(frozen=True)
class Failed:
    """The execution fails: refused by PrepareRun before it became a run, or closed as FAILED by CloseRun."""

    decision: Literal["REFUSED", "FAILED"]
    result: Result

    def to_dict(self) -> dict[str, Any]:
        return {
            "decision": self.decision,
            "error": self.result.code,
            "cause": json.dumps(self.result.to_dict(), ensure_ascii=False),
        }


@dataclass(frozen=True)
class Done:
    """CloseRun: the day is published, or was nobody's concern, and the execution succeeds."""

    result: Result | None

    def to_dict(self) -> dict[str, Any]:
        return {"decision": "DONE", "result": self.result.to_dict() if self.result else None}


@dataclass(frozen=True)
class Published:
    """CloseRun: the run's day was published before its cancel took hold, and is FinishRun's now."""

    run: StartedRun

    def to_dict(self) -> dict[str, Any]:
        return {"decision": "FINISH", **self.run.to_dict()}


@dataclass(frozen=True)
class CloseFirst:
    """PrepareRun: a run whose execution is over still holds the day, or its publication was left unfinished.

    Its `execution_arn` is "" where nobody holds the day. The machine stops that run's jobs, closes it and
    opens again; `closed_before` counts how often.
    """

    left_behind: StartedRun
    closed_before: int

    def to_dict(self) -> dict[str, Any]:
        return {
            "decision": "CLOSE_FIRST",
            "left_behind": self.left_behind.to_dict(),
            "closed_before": self.closed_before,
        }
