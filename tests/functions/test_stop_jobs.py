"""StopJobs asks for the stop of this attempt's runs alone, and does not answer before they are over."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reconciliation.adapters.glue_runs import GlueRuns
from reconciliation.lifecycle.stopping import StillRunning, stop
from reconciliation.run import Attempt

STARTED = datetime(2026, 2, 16, 7, tzinfo=UTC)
JOBS = {"validation": "validation-job", "reconciliation": "reconciliation-job", "output": "output-job"}


class Glue:
    """Three jobs with their runs; a stop takes until `finish`."""

    def __init__(self) -> None:
        self.runs: dict[str, list[dict[str, Any]]] = {job: [] for job in JOBS.values()}
        self.asked: list[str] = []

    def run(
        self, job: str, run_id: str, state: str, job_id: str | None, attempt: str = "2", hours: int = 1
    ) -> None:
        arguments = {"--job_id": job_id, "--attempt": attempt} if job_id else {}
        started = STARTED + timedelta(hours=hours)
        run = {"Id": run_id, "JobRunState": state, "StartedOn": started, "Arguments": arguments}
        self.runs[job].insert(0, run)  # newest first, as Glue answers

    def finish(self) -> None:
        for run in (run for runs in self.runs.values() for run in runs):
            if run["Id"] in self.asked:
                run["JobRunState"] = "STOPPED"

    def get_paginator(self, _: str) -> "Glue":
        return self

    def paginate(self, *, JobName: str) -> list[dict[str, Any]]:  # noqa: N803 - boto3's own argument names
        return [{"JobRuns": self.runs[JobName]}]

    def batch_stop_job_run(self, *, JobName: str, JobRunIds: list[str]) -> None:  # noqa: N803 - the same
        self.asked += JobRunIds
        for run in self.runs[JobName]:
            if run["Id"] in JobRunIds:
                run["JobRunState"] = "STOPPING"


def test_only_this_attempts_runs_are_stopped_and_awaited() -> None:
    glue = Glue()
    glue.run("validation-job", "yesterday's", "RUNNING", "JOB-1", hours=-1)
    glue.run("validation-job", "over", "SUCCEEDED", "JOB-1")
    glue.run("reconciliation-job", "the first attempt's", "RUNNING", "JOB-1", attempt="1")
    glue.run("reconciliation-job", "ours", "RUNNING", "JOB-1")
    glue.run("reconciliation-job", "another day's", "RUNNING", "JOB-2")
    glue.run("output-job", "by hand", "RUNNING", None)
    runs, attempt = GlueRuns(JOBS, glue), Attempt("JOB-1", 2)
    for _ in range(2):
        with pytest.raises(StillRunning, match="ours"):
            stop(runs, attempt, STARTED)
    assert glue.asked == ["ours"], "once: it is stopping already"
    glue.finish()
    assert stop(runs, attempt, STARTED) == ["over", "ours"]
