"""The Glue runs of one run of ours, found by their arguments: never those started by hand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import boto3

from reconciliation.adapters.patience import PROMPT
from reconciliation.errors import Stage
from reconciliation.run import Attempt

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient
    from types_boto3_glue.type_defs import JobRunTypeDef

TERMINAL = frozenset({"SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR", "EXPIRED"})


@dataclass(frozen=True)
class GlueRun:
    """One Glue run of a stage. Times are UTC."""

    stage: str
    job_name: str
    run_id: str
    state: str
    started: datetime
    completed: datetime | None
    message: str

    @property
    def is_over(self) -> bool:
        return self.state in TERMINAL

    def seconds(self, now: datetime) -> float:
        return ((self.completed or now) - self.started).total_seconds()


@dataclass
class GlueRuns:
    """`jobs` gives each stage's job name."""

    jobs: Mapping[Stage, str]
    glue: "GlueClient" = field(default_factory=lambda: boto3.client("glue", config=PROMPT))

    def of(self, attempt: Attempt, since: datetime) -> list[GlueRun]:
        """The runs of that attempt, in order of their start; none of before `since`, in whole seconds."""
        runs = [
            run
            for stage, job_name in self.jobs.items()
            for run in self._newest(stage, job_name, since.replace(microsecond=0))
            if (run[1].get("--job_id"), run[1].get("--attempt")) == (attempt.job_id, str(attempt.number))
        ]
        return sorted((run for run, _ in runs), key=lambda run: run.started)

    def stop(self, runs: list[GlueRun]) -> None:
        """Asks for the stop of those not over yet; Glue only takes note, so look again until they are."""
        for job_name in {run.job_name for run in runs}:
            ids = [run.run_id for run in runs if run.job_name == job_name and run.state != "STOPPING"]
            if ids:
                self.glue.batch_stop_job_run(JobName=job_name, JobRunIds=ids[:25])

    def _newest(self, stage: str, job_name: str, since: datetime) -> Iterator[tuple[GlueRun, dict[str, str]]]:
        for page in self.glue.get_paginator("get_job_runs").paginate(JobName=job_name):
            for item in page["JobRuns"]:  # newest first
                if item["StartedOn"].astimezone(UTC) < since:
                    return
                yield _glue_run(stage, job_name, item), item.get("Arguments", {})


def _glue_run(stage: str, job_name: str, item: "JobRunTypeDef") -> GlueRun:
    completed = item.get("CompletedOn")
    return GlueRun(
        stage=stage,
        job_name=job_name,
        run_id=item["Id"],
        state=item["JobRunState"],
        started=item["StartedOn"].astimezone(UTC),
        completed=completed.astimezone(UTC) if completed else None,
        message=item.get("ErrorMessage", ""),
    )
