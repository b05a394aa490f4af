"""One run of a Glue job: its script in a child process, from STARTING to its end."""

import re
import shutil
import sys
import threading
from collections import deque
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from subprocess import Popen, TimeoutExpired
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from moto.core.utils import utcnow
from moto.glue.models import glue_backends
from moto.s3.models import s3_backends

from local import children, spark
from local.aws import logs, network, rights
from local.aws.needs import OF_JOBS_IN_A_VPC, Asked, Need, key_needs, needs
from local.packages import installed, unpacked
from local.place import ACCOUNT, REGION, Place

LOG_GROUP = "/aws-glue/jobs"
SESSION = "GlueJobRunnerSession"
STOP_GRACE_S = 3.0
DEFAULT_TIMEOUT_MIN = 480
_OVER = ("STOPPED", "SUCCEEDED", "FAILED", "TIMEOUT")
PREFIX = "Error Category: UNCLASSIFIED_ERROR; Failed Line Number: 1; "
"""What Glue puts before an exception that ended the script; the category and the line are its guess."""
_CODE, _WHEELS = "--extra-py-files", "--additional-python-modules"


class Run:
    """`job_run_id` and `as_dict` are what moto's GlueBackend asks for."""

    def __init__(self, job: Any, place: Place, asked: dict[str, Any]) -> None:
        self.job_run_id = f"jr_{uuid4().hex}{uuid4().hex}"
        self.state = "STARTING"
        self._job, self._place, self._asked = job, place, asked
        self._arguments = {
            **job.default_arguments,
            **asked.get("arguments", {}),
            **(job.non_overridable_arguments or {}),
        }
        self._timeout_min = asked.get("timeout") or job.timeout or DEFAULT_TIMEOUT_MIN
        self._script_location = job.command["ScriptLocation"]
        self._folder = place.runs / self.job_run_id
        self._started: datetime = utcnow()
        self._running_since: datetime | None = None
        self._completed: datetime | None = None
        self._message: str | None = None
        self._errors: deque[str] = deque(maxlen=2000)
        self._child: Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._caller = rights.of_role(job.role, SESSION)

    @property
    def is_over(self) -> bool:
        return self.state in _OVER

    def start(self) -> None:
        threading.Thread(target=self._live, name=self.job_run_id, daemon=True).start()

    def stop(self) -> None:
        """Only submits the stop, as on AWS. Raises ValueError where there is nothing to stop."""
        with self._lock:
            if self.is_over:
                raise ValueError(f"Job run {self.job_run_id} is {self.state}.")
            self.state = "STOPPING"
            child = self._child
        if child:
            threading.Thread(target=children.stop, args=(child, STOP_GRACE_S), daemon=True).start()

    def as_dict(self) -> dict[str, Any]:
        job, asked = self._job, self._asked
        end = self._completed or utcnow()
        answer = {
            "Id": self.job_run_id,
            "Attempt": 0,
            "JobName": job.name,
            "StartedOn": self._started,
            "LastModifiedOn": end,
            "CompletedOn": self._completed,
            "JobRunState": self.state,
            "Arguments": asked.get("arguments", {}),
            "ErrorMessage": self._message,
            "PredecessorRuns": [],
            "ExecutionTime": int((end - self._running_since).total_seconds()) if self._running_since else 0,
            "Timeout": self._timeout_min,
            "WorkerType": asked.get("worker_type") or job.worker_type,
            "NumberOfWorkers": asked.get("number_of_workers") or job.number_of_workers,
            "GlueVersion": job.glue_version,
            "ExecutionClass": job.execution_class,
            "LogGroupName": LOG_GROUP,
        }
        return {name: value for name, value in answer.items() if value is not None}

    def _live(self) -> None:
        try:
            state, message = self._work()
        except (
            Exception
        ) as exc:  # a script or package that S3 does not have: the run failed, the stack did not
            state, message = "FAILED", f"{type(exc).__name__}: {exc}"
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)
        with self._lock:
            if self.state == "STOPPING":
                state, message = "STOPPED", None
            self._message, self._completed, self.state = message, utcnow(), state

    def _work(self) -> tuple[str, str | None]:
        """State and message of the end."""
        self._folder.mkdir(parents=True)
        script = self._folder / Path(self._script_location).name
        script.write_bytes(self._readable(self._script_location)())
        here = self._interfaces()
        environment = self._environment()
        if here:
            environment = here.environment(environment, self._place)
        with self._lock:
            if self.state == "STOPPING":
                return "STOPPED", None
            self._child = child = children.start(
                [sys.executable, str(script), *self._argv()], environment, self._folder
            )
            self._running_since, self.state = utcnow(), "RUNNING"
        readers = [self._keep_log(child.stdout, "output"), self._keep_log(child.stderr, "error")]
        try:
            code = child.wait(self._timeout_min * 60)
        except TimeoutExpired:
            children.stop(child)
            return "TIMEOUT", "Job run exceeded its timeout"
        children.stop(child)  # the JVM and its workers, which may outlive the driver
        for reader in readers:
            reader.join()
        return ("SUCCEEDED", None) if code == 0 else ("FAILED", self._failure(code))

    def _argv(self) -> list[str]:
        given = {name: value for name, value in self._arguments.items() if name not in (_CODE, _WHEELS)}
        given |= {"--JOB_NAME": self._job.name, "--JOB_RUN_ID": self.job_run_id}
        return [text for pair in given.items() for text in map(str, pair)]

    def _environment(self) -> dict[str, str]:
        wheels = [
            installed(self._readable(uri), self._cached("wheels", uri))
            for uri in _uris(self._arguments.get(_WHEELS))
            if uri.endswith(".zip")
        ]
        code = [
            unpacked(self._readable(uri), self._cached("code", uri))
            for uri in _uris(self._arguments.get(_CODE))
        ]
        before = [self._place.before_packages]
        return {
            **self._place.child_environment(),
            **rights.credentials(self._job.role, "glue", SESSION),
            **spark.environment(self._place.cache, self._folder, [*before, *wheels, *code]),
            "GLUE_JOB_RUN_ID": self.job_run_id,
        }

    def _cached(self, kind: str, uri: str) -> Path:
        return self._place.cache / kind / str(_key(uri).etag).strip('"')

    def _readable(self, uri: str) -> Callable[[], bytes]:
        """What reads it, as the job's role (glue/latest/dg/create-service-policy.html). Raises AccessDenied.

        Also of what an earlier run left unpacked: each run of Glue's fetches it.
        """
        place = urlsplit(uri)
        opens = key_needs("s3", "GetObject", rights.key_of("s3", {"Bucket": place.netloc}))
        rights.demand(self._caller, Need("s3:GetObject", f"arn:aws:s3:::{place.netloc}{place.path}"), *opens)
        return lambda: bytes(_key(uri).value)

    def _interfaces(self) -> network.Interfaces | None:
        """In the VPC, by its first fit connection. Raises AccessDenied, InvalidInputException."""
        names = (self._job.connections or {}).get("Connections", ())
        for name in names:
            connection = Asked("glue", "GetConnection", {"Name": name})
            rights.demand(self._caller, *needs(connection), *OF_JOBS_IN_A_VPC)
        places = [_interfaces_of(name) for name in names]
        return network.first_fit(places) if places else None

    def _keep_log(self, pipe: Any, name: str) -> threading.Thread:
        def read() -> None:
            for raw in pipe:
                line = raw.decode(errors="replace").rstrip("\n")
                logs.write(f"{LOG_GROUP}/{name}", self.job_run_id, [line], self._caller)
                if name == "error":
                    self._errors.append(line)

        reader = threading.Thread(target=read, name=self.job_run_id, daemon=True)
        reader.start()
        return reader

    def _failure(self, code: int) -> str:
        shell_code = 128 - code if code < 0 else code
        raised = last_exception("\n".join(self._errors))
        return f"{PREFIX}{raised}" if raised else f"Command failed with exit code {shell_code}"


def _interfaces_of(connection: str) -> network.Interfaces:
    known = glue_backends[ACCOUNT][REGION].get_connection("", connection, "").connection_input
    where = known["PhysicalConnectionRequirements"]
    return network.Interfaces((where["SubnetId"],), tuple(where["SecurityGroupIdList"]))


def last_exception(stderr: str) -> str | None:
    """The line with which Python ends the last traceback it printed. Those that Spark quotes are indented."""
    *_, last = re.split(r"^Traceback \(most recent call last\):$", stderr, flags=re.MULTILINE)
    if last == stderr:
        return None
    return next((line for line in last.splitlines() if line and not line[0].isspace()), None)


def _uris(value: str | None) -> list[str]:
    return [uri.strip() for uri in (value or "").split(",") if uri.strip()]


def _key(uri: str) -> Any:
    place = urlsplit(uri)
    key = s3_backends[ACCOUNT]["aws"].get_object(place.netloc, place.path.lstrip("/"))
    if key is None:
        raise FileNotFoundError(f"{uri} does not exist")
    return key
