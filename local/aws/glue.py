"""Glue: a run is a process group of real Python and Spark, with its arguments, logs, states and exit."""

import inspect
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import camelcase_to_underscores, utcnow
from moto.glue import models
from moto.glue.exceptions import (
    AlreadyExistsException,
    ConcurrentRunsExceededException,
    JobRunNotFoundException,
)
from moto.glue.models import FakeJob, GlueBackend
from moto.glue.responses import GlueResponse

from local.aws.glue_run import Run
from local.place import Place

DEFINITION = [
    name for name in inspect.signature(FakeJob).parameters if name not in ("name", "tags", "backend")
]


def install(place: Place) -> None:
    # moto's FakeJob.start_job_run makes a FakeJobRun, whose states only change by being looked at.
    class Job(FakeJob):  # type: ignore[misc]
        def start_job_run(self, **asked: Any) -> str:
            limit = self.execution_property.get("MaxConcurrentRuns", 1)
            if sum(not run.is_over for run in self.job_runs) >= limit:
                raise ConcurrentRunsExceededException(f"Concurrent runs exceeded for {self.name}")
            run = Run(self, place, {name: value for name, value in asked.items() if value is not None})
            self.job_runs.append(run)
            run.start()
            return run.job_run_id

        def get_job_run(self, run_id: str) -> Any:
            for run in self.job_runs:
                if run.job_run_id == run_id:
                    return run
            raise JobRunNotFoundException(run_id)

        def get_job_runs(self) -> Any:
            return self.job_runs[::-1]  # newest first

    models.FakeJob = Job
    teach()


def teach() -> None:
    """The requests alone: nothing runs by them."""
    create_job = GlueBackend.create_job

    # moto's GlueBackend.create_job replaces a job of that name.
    def create(self: Any, name: str, *given: Any, **more: Any) -> None:
        if name in self.jobs:
            raise AlreadyExistsException("Job")
        create_job(self, name, *given, **more)

    GlueBackend.create_job = create
    # moto has none of these.
    GlueResponse.batch_stop_job_run = _batch_stop_job_run
    GlueResponse.update_job = _update_job
    GlueResponse.delete_connection = _delete_connection


def _batch_stop_job_run(self: Any) -> ActionResult:
    job_name, stopped, errors = self._get_param("JobName"), [], []
    for run_id in self._get_param("JobRunIds"):
        named = {"JobName": job_name, "JobRunId": run_id}
        try:
            self.glue_backend.get_job_run(job_name, run_id).stop()
            stopped.append(named)
        except (JobRunNotFoundException, ValueError) as exc:
            code = "InvalidInputException" if isinstance(exc, ValueError) else "EntityNotFoundException"
            detail = {"ErrorCode": code, "ErrorMessage": str(exc)}
            errors.append({**named, "ErrorDetail": detail})
    return ActionResult({"SuccessfulSubmissions": stopped, "Errors": errors})


def _delete_connection(self: Any) -> ActionResult:
    self.glue_backend.connections.pop(self._get_param("ConnectionName"))
    return ActionResult({})


def _update_job(self: Any) -> ActionResult:
    """As on AWS the whole definition is replaced: what is not given is gone."""
    job, update = self.glue_backend.get_job(self._get_param("JobName")), self._get_param("JobUpdate")
    given = {camelcase_to_underscores(name): value for name, value in update.items()}
    new = models.FakeJob(
        name=job.name, tags={}, backend=job.backend, **{name: given.get(name) for name in DEFINITION}
    )
    for name in DEFINITION:
        setattr(job, name, getattr(new, name))
    job.last_modified_on = utcnow()
    return ActionResult({"JobName": job.name})
