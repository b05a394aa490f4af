"""A local stack that can be hurt: its requests by rules, its processes by signals.

`python -m tests.faults.stack` is one to try by hand, until Ctrl-C.
"""

import json
import os
import shlex
import signal
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil

from local.generated_day import GeneratedDay
from local.place import DEFAULT_DIRECTORY
from local.postgres import Database
from local.stack import running_stack
from tests.e2e.conftest import Operator
from tests.waiting import eventually

INGRESS, CHECKPOINTS, INTERMEDIATE, OUTPUT = (
    "reconciliation-ingress",
    "reconciliation-checkpoints",
    "reconciliation-intermediate",
    "reconciliation-output",
)
OVER = {"SUCCEEDED", "FAILED", "STOPPED", "TIMEOUT", "ERROR", "EXPIRED"}


@dataclass
class Hurt(Operator):
    """An operator whose stack is broken on purpose, one thing at a time."""

    restarted: list[Database] = field(default_factory=list)
    """Databases of the stack that were stopped and started again: they end before it does."""

    # --- requests

    @contextmanager
    def faults(self, *rules: dict[str, Any]) -> Iterator[Callable[[], list[int]]]:
        """While the block lasts, beside those of other blocks; yields how often each rule was met so far.

        See tests/faults/server.py.
        """
        name = uuid4().hex
        self._faults(name, list(rules))
        try:
            yield lambda: [rule["hits"] for rule in self._faults(name, None)]
        finally:
            self._faults(name, [])

    def _faults(self, name: str, rules: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
        body = None if rules is None else json.dumps(rules).encode()
        request = urllib.request.Request(
            f"{self.stack.endpoint}/_faults/{name}", body, method="GET" if body is None else "PUT"
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return list(json.load(answer))

    # --- processes

    def processes(self, run_id: str | None = None) -> list[psutil.Process]:
        """Those of that Glue run, or of any run of this stack."""
        found = []
        for process in psutil.process_iter(["environ"]):
            variables = process.info["environ"] or {}
            is_ours = variables.get("HOME") == str(self.stack.directory)
            if is_ours and variables.get("GLUE_JOB_RUN_ID", "") in ([run_id] if run_id else _ANY):
                found.append(process)
        return found

    def driver(self, run_id: str) -> psutil.Process:
        """The job's own Python, which leads the session."""
        return self._process(run_id, lambda process: os.getsid(process.pid) == process.pid)

    def jvm(self, run_id: str) -> psutil.Process:
        return self._process(run_id, lambda process: process.name() == "java")

    def python_worker(self, run_id: str) -> psutil.Process:
        """One that Spark's Python daemon has forked."""
        return self._process(
            run_id,
            lambda process: (
                "worker_daemon" in " ".join(process.cmdline())
                and "worker_daemon" in " ".join((process.parent() or process).cmdline())
                and process.parent() != process
            ),
        )

    def _process(self, run_id: str, is_it: Callable[[psutil.Process], bool]) -> psutil.Process:
        def found() -> psutil.Process | None:
            for process in self.processes(run_id):
                with suppress(psutil.NoSuchProcess):
                    if is_it(process):
                        return process
            return None

        return eventually(found, 60)

    def signal_run(self, run_id: str | None, number: signal.Signals) -> None:
        for process in self.processes(run_id):
            with suppress(ProcessLookupError):
                os.kill(process.pid, number)

    # --- runs

    def put(self, day: GeneratedDay, name: str = "input.csv") -> str:
        """The base and the file are there, and nothing has started for them nor will; answers the key."""
        key, body = f"{day.reference_date}/{name}", self.load(day)
        with self._unheard():
            self.upload(key, body)
        return key

    @contextmanager
    def _unheard(self) -> Iterator[None]:
        """Uploads notify nobody. A trigger that fails would be tried again two seconds later."""
        s3 = self.client("s3")
        heard = s3.get_bucket_notification_configuration(Bucket=INGRESS)
        del heard["ResponseMetadata"]
        s3.put_bucket_notification_configuration(Bucket=INGRESS, NotificationConfiguration={})
        try:
            yield
        finally:
            s3.put_bucket_notification_configuration(Bucket=INGRESS, NotificationConfiguration=heard)

    def glue_run(self, job: str, *, nth: int = 1, state: str = "RUNNING") -> str:
        """Id of the job's newest run once it is in that state; `nth` counts all its runs of this stack."""

        def run() -> str | None:
            runs = self.client("glue").get_job_runs(JobName=job)["JobRuns"]
            return runs[0]["Id"] if len(runs) >= nth and runs[0]["JobRunState"] == state else None

        return str(eventually(run, 90))

    def end_of_glue_run(self, job: str, run_id: str) -> dict[str, Any]:
        """The run once Glue says that it is over, which is some time after its last process is."""

        def ended() -> dict[str, Any] | None:
            run = dict(self.client("glue").get_job_run(JobName=job, RunId=run_id)["JobRun"])
            return run if run["JobRunState"] in OVER else None

        return dict(eventually(ended))

    def runs_of(self, job: str) -> int:
        return len(self.client("glue").get_job_runs(JobName=job)["JobRuns"])

    def resume_of(self, ended: dict[str, Any], **more: Any) -> dict[str, Any]:
        """The runbook's input, from the checkpoint that the ended execution names."""
        cause = json.loads(ended["cause"])
        given = {name: cause[name] for name in ("job_id", "checkpoint_location")}
        return {**given, "reprocess_from_checkpoint": True, **more}

    def history(self, arn: str) -> list[dict[str, Any]]:
        pages = self.client("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=arn)
        return [event for page in pages for event in page["events"]]

    def states_s(self, arn: str) -> dict[str, float]:
        """How long each of its states took that was left."""
        entered, took_s = {}, {}
        for event in self.history(arn):
            if "stateEnteredEventDetails" in event:
                entered[event["stateEnteredEventDetails"]["name"]] = event["timestamp"]
            elif "stateExitedEventDetails" in event:
                name = event["stateExitedEventDetails"]["name"]
                took_s[name] = (event["timestamp"] - entered[name]).total_seconds()
        return took_s

    def json_at(self, bucket: str, key: str) -> Any:
        return json.loads(self.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read())

    def day_object(self, day: date) -> dict[str, Any]:
        return dict(self.json_at(CHECKPOINTS, f"days/{day}.json"))


class _Any:
    """Any run's id, but not the absence of one."""

    def __contains__(self, run_id: str) -> bool:
        return bool(run_id)


_ANY = _Any()


@contextmanager
def hurt_stack(folder: Path) -> Iterator[Hurt]:
    with running_stack(folder, program="tests.faults.server") as stack:
        hurt = Hurt(stack, folder)
        try:
            yield hurt
        finally:
            for database in hurt.restarted:
                database.stop()


def main() -> None:
    with suppress(KeyboardInterrupt), hurt_stack(DEFAULT_DIRECTORY / "hurt") as hurt:
        print(*(f"export {name}={shlex.quote(value)}" for name, value in hurt.stack.env.items()), sep="\n")
        print(
            f"# curl -X PUT {hurt.stack.endpoint}/_faults/mine -d '[…]': see tests/faults/server.py",
            flush=True,
        )
        signal.pause()


if __name__ == "__main__":
    main()
