"""What the functions answer to the state machine, beside the run document. Source: docs/design.md."""

import json
from dataclasses import asdict, dataclass
from typing import Any

from reconciliation.documents.run_document import StartedRun


@dataclass(frozen=True, kw_only=True)
class Result:
    """How an execution ended: its output, or the cause of its failure."""

    status: str
    code: str
    message: str
    stage: str | None = None
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

    def to_dict(self) -> dict[str, Any]:
        return {"decision": "NOTHING", "result": self.result.to_dict()}


@dataclass(frozen=True)
class Failure:
    """The execution fails: refused by PrepareRun before it became a run, or closed as FAILED by CloseRun."""

    decision: str
    result: Result

    def to_dict(self) -> dict[str, Any]:
        cause = json.dumps(self.result.to_dict(), ensure_ascii=False)
        return {"decision": self.decision, "error": self.result.code, "cause": cause}


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
        left_behind = self.left_behind.to_dict()
        return {"decision": "CLOSE_FIRST", "left_behind": left_behind, "closed_before": self.closed_before}
