"""What flows through the state machine: from PrepareRun's answer to FinishRun. Source: docs/design.md."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final, Literal

from reconciliation.documents.typed import Document, TextNumber
from reconciliation.errors import Stage
from reconciliation.layout import Location
from reconciliation.run import Attempt

ADDED_BY_THE_MACHINE: Final = ("failure", "finish_failure", "stop_failure", "job_run", "timer")
"""`ResultPath`s of the state machine: what its states put beside the run document."""


@dataclass(frozen=True, kw_only=True)
class InputVersion:
    """One version of the supplier's object."""

    bucket: str
    s3_key: str
    version_id: str

    @property
    def location(self) -> Location:
        return Location(self.bucket, self.s3_key)


@dataclass(frozen=True, kw_only=True)
class StartedRun(Document):
    """Whose run it is: all that stopping, closing and finishing ask of what they are given."""

    others: ClassVar[Collection[str] | None] = None

    job_id: str
    attempt: TextNumber
    day: str
    """The folder's date, `YYYY-MM-DD`."""
    started_at: datetime
    """When the execution started: the deadline counts from then."""
    execution_arn: str

    @property
    def who(self) -> Attempt:
        return Attempt(self.job_id, self.attempt)


@dataclass(frozen=True, kw_only=True)
class RunDocument(StartedRun):
    """A run that holds its day, as PrepareRun answers with it."""

    others: ClassVar[Collection[str]] = (
        *ADDED_BY_THE_MACHINE, "fingerprint", "plan", "input_path", "output_path",
        "deadline_at",  # of an execution that an earlier deployment started
    )  # fmt: skip

    decision: Literal["RUN"] = "RUN"
    epoch: TextNumber
    """The day's, as this run took it."""
    lineage: str
    """Job and attempt with which the data began: a resume keeps it, a new or forced run begins another."""
    input: InputVersion
    resumed_plan: Location | None
    """The stopped run's plan, where there is one to go on from."""
    stage: Stage
    """The first one to run."""
    timer_key: str
    """The key in the checkpoints bucket where the timer leaves its token."""
    deadline_s: int
    """The run is stopped so long after its execution's start."""
    remaining_s: int
    """What was left of these when PrepareRun answered; at least 1."""
    workers: int | None
    """Where it is None, as many as the file needs."""
    worker_type: str
    base_readers: TextNumber
    partition_lines: int | None
    """Where it is None, the rule's holds."""
    query_timeout_s: TextNumber


@dataclass(frozen=True, kw_only=True)
class PlannedRun(RunDocument):
    """A run with what its jobs need, as InspectFile answers with it."""

    others: ClassVar[Collection[str]] = ADDED_BY_THE_MACHINE

    workers: int
    fingerprint: str
    plan: Location
    """`plan.json`."""
    input_path: Location
    """What the output job publishes: `divergences.parquet`."""
    output_path: Location
    """Where the output job publishes it."""
