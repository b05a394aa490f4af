"""Who is measured, each as one call: it runs once, checks its answer, and says when it began and ended."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import boto3
import psycopg2

from benchmarks.day import Files, mistakes
from local import results, spark
from local.generated_day import GeneratedDay
from local.place import CHECKOUT, Place
from local.stack import Stack
from reconciliation import layout, places
from reconciliation.deployment import BUCKETS

MACHINE = "reconciliation-state-machine"
INGRESS, INTERMEDIATE = BUCKETS["ingress"], BUCKETS["intermediate"]
_POLL_S = 0.1
_START_S = 60.0
_PROOF, _NO_BLANKS = "keys_without_blanks", r"ordem_id = btrim(ordem_id, E' \t')"
"""As runbook 2.3 has it."""


class WrongAnswer(Exception):
    """A contestant failed, or answered otherwise than the day's closed form: its time means nothing."""


@dataclass(frozen=True)
class Span:
    """When a contestant began and ended (`time.monotonic`), its parts in seconds, and what it got wrong."""

    began: float
    ended: float
    parts: dict[str, float] = field(default_factory=dict)
    wrong: tuple[str, ...] = ()


class Ours:
    """Our day on the local stack. `work` repeats the jobs of the run before it."""

    def __init__(self, stack: Stack, day: GeneratedDay, files: Files) -> None:
        self._stack, self._day, self._files = stack, day, files
        session = boto3.Session("local", "local", region_name=stack.env["AWS_DEFAULT_REGION"])
        self._s3: Any = session.client("s3", endpoint_url=stack.endpoint)
        self._buckets: Any = session.resource("s3", endpoint_url=stack.endpoint)
        self._machines: Any = session.client("stepfunctions", endpoint_url=stack.endpoint)
        self._lambda: Any = session.client("lambda", endpoint_url=stack.endpoint)
        found = self._machines.list_state_machines()["stateMachines"]
        self._arn = next(item["stateMachineArn"] for item in found if item["name"] == MACHINE)
        self._runs = 0

    def end_to_end(self) -> Span:
        """From before the upload until the execution, alert and all, has ended.

        Of its parts `published_s` is until the day's object is there, `report_s` from then until its report
        is, `alert_s` the rest; the others are the stages' own.
        """
        for bucket in (INGRESS, INTERMEDIATE, results.OUTPUT, results.CHECKPOINTS):
            self._buckets.Bucket(bucket).object_versions.delete()
        seen = set(self._executions())
        day = str(self._day.reference_date)
        began = time.monotonic()
        self._s3.upload_file(str(self._files.file), *layout.upload(INGRESS, day, "input.csv"))
        arn = self._started(seen)
        published = self._there(layout.published(results.OUTPUT, day), arn)
        reported = self._there(places.report_page(results.OUTPUT, day), arn)
        description = self._ended(arn)
        ended = time.monotonic()
        if description["status"] != "SUCCEEDED":
            raise WrongAnswer(f"{description['status']}: {description.get('cause')}")
        stages = {f"{name}_s": took for name, took in self._check()["seconds_by_stage"].items()}
        parts = {
            "published_s": published - began, "report_s": reported - published, "alert_s": ended - reported,
        }  # fmt: skip
        return Span(began, ended, parts | stages)

    def change_rules(self, **rules: int) -> None:
        """Those of the deployment, from the next execution on: as one with `rules` in its settings."""
        functions = self._lambda.list_functions()["Functions"]
        for function in functions:
            variables = function.get("Environment", {}).get("Variables", {})
            if "RULES" in variables:
                changed = variables | {"RULES": json.dumps(json.loads(variables["RULES"]) | rules)}
                name = function["FunctionName"]
                self._lambda.update_function_configuration(
                    FunctionName=name, Environment={"Variables": changed}
                )

    def work(self) -> Span:
        self._runs += 1
        of_day = layout.day_folder(INTERMEDIATE, str(self._day.reference_date))
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=of_day.bucket, Prefix=of_day.key)
        plan = next(o["Key"] for page in pages for o in page["Contents"] if o["Key"].endswith("/plan.json"))
        place = Place(self._stack.directory, int(self._stack.endpoint.rsplit(":", 1)[1]))
        with scratch(self._stack.directory) as folder:
            environment = place.child_environment() | spark.environment(place.cache, folder, [CHECKOUT])
            where = [str(layout.Location(INTERMEDIATE, plan)), str(self._runs)]
            command = ["-m", "benchmarks.work", *where, self._stack.env["AWS_DEFAULT_REGION"]]
            said = json.loads(run(command, environment).splitlines()[-1])
        self._check()
        return Span(said.pop("began"), said.pop("ended"), said)

    def work_with_proof(self) -> Span:
        """As `work`, of a base that says by a constraint what is scanned for else (docs/adr/0008-…)."""
        with psycopg2.connect(self._stack.base_database_url) as base, base.cursor() as cursor:
            cursor.execute(f"ALTER TABLE transacoes ADD CONSTRAINT {_PROOF} CHECK ({_NO_BLANKS})")
        try:
            return self.work()
        finally:
            with psycopg2.connect(self._stack.base_database_url) as base, base.cursor() as cursor:
                cursor.execute(f"ALTER TABLE transacoes DROP CONSTRAINT {_PROOF}")

    def _executions(self) -> list[str]:
        answer = self._machines.list_executions(stateMachineArn=self._arn)
        return [item["executionArn"] for item in answer["executions"]]

    def _started(self, seen: set[str]) -> str:
        limit = time.monotonic() + _START_S
        while time.monotonic() < limit:
            if new := set(self._executions()) - seen:
                return new.pop()
            time.sleep(_POLL_S)
        raise WrongAnswer("the upload started no execution")

    def _there(self, where: layout.Location, arn: str) -> float:
        """The moment from which the object is there, or the execution has ended without it."""
        asked = {"Bucket": where.bucket, "Prefix": where.key, "MaxKeys": 1}
        while not self._s3.list_objects_v2(**asked)["KeyCount"]:
            if self._described(arn)["status"] != "RUNNING":
                break
            time.sleep(_POLL_S)
        return time.monotonic()

    def _described(self, arn: str) -> dict[str, Any]:
        return dict(self._machines.describe_execution(executionArn=arn))

    def _ended(self, arn: str) -> dict[str, Any]:
        while (description := self._described(arn))["status"] == "RUNNING":
            time.sleep(_POLL_S)
        return description

    def _check(self) -> dict[str, Any]:
        found = results.published(self._s3, self._day.reference_date)
        expected = self._day.expected()
        require(mistakes(found.frame, found.summary, expected, self._day.reference_date))
        return found.summary


def run(arguments: Sequence[str], environment: Mapping[str, str], python: Path | None = None) -> str:
    """Python's standard output; ours, where no other is named. Raises WrongAnswer with its last words."""
    done = subprocess.run(
        [str(python or sys.executable), *arguments],
        env=dict(environment), cwd=CHECKOUT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise WrongAnswer(f"{' '.join(arguments[:2])} failed: {done.stderr[-2000:]}")
    return done.stdout


def require(wrong: list[str]) -> None:
    if wrong:
        raise WrongAnswer("; ".join(wrong))


@contextmanager
def scratch(parent: Path) -> Iterator[Path]:
    """A folder of its own, gone afterwards even where a JVM still clears it."""
    with TemporaryDirectory(dir=parent, ignore_cleanup_errors=True) as name:
        try:
            yield Path(name)
        finally:
            shutil.rmtree(name, ignore_errors=True)
