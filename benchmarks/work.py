"""The three jobs' own work in one session, warm: what is left of a run without its sessions' start.

    python -m benchmarks.work PLAN_URI NAME

Takes a finished run's plan under a new fingerprint, so that nothing is committed yet. Prints one line of
JSON: the moments (`time.monotonic`) at which the work began and ended, and its parts in seconds. Then a
quarter of the compared partitions is taken away again, with all that was made of them: `resume_s` is what
the jobs take to go on from there.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import replace
from functools import partial
from io import StringIO
from typing import Any

import boto3

from glue_jobs import output_job
from glue_jobs.base_copy import BaseSource
from glue_jobs.credentials import use_region
from glue_jobs.executor import Blob, Executor
from glue_jobs.options import OutputOptions
from glue_jobs.reconciliation import Fence, reconcile
from glue_jobs.spark import SparkExecutor
from glue_jobs.stores import load_plan, process_store
from glue_jobs.validation import validate
from reconciliation import layout
from reconciliation.adapters.database.base import open_base
from reconciliation.adapters.database.limits import Limits
from reconciliation.adapters.days import Days
from reconciliation.adapters.store import Store
from reconciliation.layout import RunPaths
from reconciliation.plan import Plan

_LIMITS = Limits(query_timeout_s=600)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("plan")
    parser.add_argument("name")
    parser.add_argument("region")
    given = parser.parse_args()
    started = time.monotonic()
    use_region(given.region)
    arguments = _arguments("reconciliation-output-job") | _arguments("reconciliation-job")
    plan = _renamed(load_plan(process_store(), given.plan), given.name)
    executor = _warm(given.region)
    said = StringIO()
    with redirect_stdout(said):  # the jobs' facts, which have the seconds of each part
        began = time.monotonic()
        marks = _work(plan, arguments, lambda: executor)
    ended = time.monotonic()
    facts = [json.loads(line) for line in said.getvalue().splitlines()]
    parts = marks | {fact["event"]: fact["elapsed_s"] for fact in facts if "elapsed_s" in fact}
    _take_away(plan)
    with redirect_stdout(StringIO()):
        parts["resume_s"] = sum(_work(plan, arguments, lambda: executor).values())
    print(json.dumps({"session_s": began - started, "began": began, "ended": ended} | parts))
    sys.stdout.flush()


def _work(plan: Plan, arguments: dict[str, str], executor: Callable[[], Executor]) -> dict[str, float]:
    """Seconds by job."""
    store, checkpoints = process_store(), arguments["--checkpoints_bucket"]
    held = Days(store, checkpoints).read(plan.day)
    assert held
    # as InspectFile does for a run; the output job publishes only what the day names
    Days(store, checkpoints).write(held, replace(held.day, fingerprint=plan.fingerprint))
    fence = Fence(checkpoints, held.day.epoch)
    base = BaseSource(partial(open_base, arguments["--secret_id"], _LIMITS))
    jobs: dict[str, Callable[[], object]] = {
        "validation_s": lambda: validate(plan, checkpoints, executor, process_store),
        "reconciliation_s": lambda: reconcile(plan, fence, base, executor, process_store),
        "output_s": lambda: output_job.run(_output(plan, arguments), Store()),
    }
    took = {}
    for name, job in jobs.items():
        began = time.monotonic()
        job()
        took[name] = time.monotonic() - began
    return took


def _take_away(plan: Plan) -> None:
    """What a run stopped after three quarters of its partitions would not have left."""
    first = plan.partitions - max(1, plan.partitions // 4)
    parts = [layout.part(plan.paths.partial, where) for where in range(first, plan.partitions)]
    for where in (*parts, layout.ready_summary(plan.paths.partial), plan.paths.divergences):
        boto3.client("s3").delete_object(Bucket=where.bucket, Key=where.key)


def _output(plan: Plan, arguments: dict[str, str]) -> OutputOptions:
    """As by hand: the run itself is over."""
    return OutputOptions(
        aws_region=arguments["--aws_region"],
        input_path=str(plan.paths.divergences),
        output_path=str(layout.published(arguments["--output_bucket"], plan.day)),
        checkpoints_bucket=arguments["--checkpoints_bucket"],
        intermediate_bucket=arguments["--intermediate_bucket"],
        output_bucket=arguments["--output_bucket"],
    )


def _renamed(plan: Plan, name: str) -> Plan:
    fingerprint = hashlib.sha256(f"{plan.fingerprint} {name}".encode()).hexdigest()[:32]
    bucket = plan.paths.base.bucket
    return replace(plan, fingerprint=fingerprint, paths=RunPaths.of(bucket, plan.day, fingerprint))


def _warm(region: str) -> SparkExecutor:
    """A session that has made one small exchange."""
    executor = SparkExecutor(region)
    executor.exchange([0, 1], lambda unit: [(unit, Blob("", b""))], lambda _, blobs: len(list(blobs)), 2)
    return executor


def _arguments(job: str) -> dict[str, Any]:
    """What the deployed job is given by default."""
    return dict(boto3.client("glue").get_job(JobName=job)["Job"]["DefaultArguments"])


if __name__ == "__main__":
    main()
