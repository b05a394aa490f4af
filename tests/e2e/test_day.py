"""Whole days on the local stack: the synthesized template, real Spark, real PostgreSQL, the packaged code."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import boto3
import polars as pl
import psycopg2
import pytest

from local import results, verify
from local.days import Day
from local.demo import load_base
from local.stack import Stack, running_stack

pytestmark = pytest.mark.stack
LINES = 2_000


@dataclass
class Operator:
    """Does what operators do: uploads, starts, waits, reads."""

    stack: Stack
    folder: Path

    def client(self, service: str) -> Any:
        env = self.stack.env
        return boto3.client(
            service, endpoint_url=self.stack.endpoint, region_name=env["AWS_DEFAULT_REGION"],
            aws_access_key_id=env["AWS_ACCESS_KEY_ID"], aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
        )  # fmt: skip

    def load(self, day: Day) -> bytes:
        base = self.folder / "base.csv"
        base.write_bytes(b"".join(day.base_chunks()))
        load_base(self.stack.base_database_url, base)
        return b"".join(day.csv_chunks())

    def upload(self, key: str, body: bytes) -> None:
        self.client("s3").put_object(Bucket="reconciliation-ingress", Key=key, Body=body)

    def start(self, given: dict[str, Any]) -> str:
        machine = self.client("stepfunctions").list_state_machines()["stateMachines"][0]["stateMachineArn"]
        answer = self.client("stepfunctions").start_execution(
            stateMachineArn=machine, input=json.dumps(given)
        )
        return str(answer["executionArn"])

    def newest(self, count: int) -> str:
        """The execution that the trigger started: the machine then has `count` of them."""
        step_functions = self.client("stepfunctions")
        machine = step_functions.list_state_machines()["stateMachines"][0]["stateMachineArn"]
        limit = time.monotonic() + 20
        while time.monotonic() < limit:
            found = step_functions.list_executions(stateMachineArn=machine)["executions"]
            if len(found) >= count:
                return str(max(found, key=lambda execution: execution["startDate"])["executionArn"])
            time.sleep(0.1)
        raise AssertionError("the upload started nothing")

    def executions(self) -> int:
        step_functions = self.client("stepfunctions")
        machine = step_functions.list_state_machines()["stateMachines"][0]["stateMachineArn"]
        return len(step_functions.list_executions(stateMachineArn=machine)["executions"])

    def end_of(self, arn: str, limit_s: float = 240) -> dict[str, Any]:
        limit = time.monotonic() + limit_s
        while time.monotonic() < limit:
            found = self.client("stepfunctions").describe_execution(executionArn=arn)
            if found["status"] != "RUNNING":
                return dict(found)
            time.sleep(0.2)
        raise AssertionError(f"{arn} still runs")

    def published(self, day: date) -> pl.DataFrame:
        body = self.client("s3").get_object(Bucket="reconciliation-output", Key=f"{day}/divergencias.parquet")
        return pl.read_parquet(BytesIO(body["Body"].read()))

    def alerts(self, code: str) -> list[dict[str, Any]]:
        lines = (
            self.stack.outbox.read_text(encoding="utf-8").splitlines() if self.stack.outbox.exists() else []
        )
        return [line for line in map(json.loads, lines) if code in line["assunto"] + line["corpo"]]

    def running_jobs(self) -> list[str]:
        glue = self.client("glue")
        return [
            run["Id"]
            for job in glue.get_jobs()["Jobs"]
            for run in glue.get_job_runs(JobName=job["Name"])["JobRuns"]
            if run["JobRunState"] in ("STARTING", "RUNNING", "STOPPING")
        ]


@pytest.fixture(scope="module")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    folder = tmp_path_factory.mktemp("stack")
    with running_stack(folder) as stack:
        yield Operator(stack, folder)


def test_an_upload_becomes_the_published_answer(operator: Operator) -> None:
    day = Day(LINES, date(2026, 2, 16))
    before = operator.executions()
    operator.upload("2026-02-16/input.csv", operator.load(day))
    ended = operator.end_of(operator.newest(before + 1))
    assert ended["status"] == "SUCCEEDED", ended
    assert json.loads(ended["output"])["status"] == "SUCCEEDED"
    found = results.published(operator.client("s3"), day.reference_date)
    assert verify.mistakes(found.frame, found.summary, day.expected(), day.reference_date) == []
    again = operator.end_of(operator.start({"s3_key": "2026-02-16/input.csv"}))
    assert json.loads(again["output"])["status"] == "ALREADY_PUBLISHED"


def test_a_refused_file_is_told_before_any_spark(operator: Operator) -> None:
    before = operator.executions()
    uploaded = time.monotonic()
    operator.upload("2026-03-01/input.csv", b"fornecedor_id,ordem_id\n1,2\n")
    while not operator.alerts("E_HEADER") and time.monotonic() < uploaded + 30:
        time.sleep(0.1)
    assert time.monotonic() - uploaded < 15, "told long before a Spark session could have ended"
    ended = operator.end_of(operator.newest(before + 1))
    assert (ended["status"], ended["error"]) == ("FAILED", "E_HEADER")
    assert "linha 1" in json.loads(ended["cause"])["message"]


def test_a_deadline_stops_the_jobs_and_a_resume_gives_the_same_answer(operator: Operator) -> None:
    day = Day(LINES, date(2026, 2, 17))
    body = operator.load(day)
    before = operator.executions()
    operator.upload("2026-02-17/input.csv", body)
    first = operator.newest(before + 1)
    operator.client("stepfunctions").stop_execution(
        executionArn=first
    )  # its deadline is 20 minutes: too long
    operator.end_of(first)
    ended = operator.end_of(operator.start({"s3_key": "2026-02-17/input.csv", "deadline_s": 2}))
    assert (ended["status"], ended["error"]) == ("FAILED", "TIMEOUT")
    cause = json.loads(ended["cause"])
    assert cause["message"] == "Processamento excedeu 2 segundos"
    assert operator.running_jobs() == []
    where = cause["checkpoint_location"]
    stored = operator.client("s3").get_object(Bucket="reconciliation-checkpoints", Key=where.split("/", 3)[3])
    checkpoint = json.loads(stored["Body"].read())
    assert (checkpoint["status"], checkpoint["progress"]["total_lines"]) == ("TIMEOUT", LINES)
    resumed = operator.end_of(
        operator.start(
            {"job_id": cause["job_id"], "checkpoint_location": where, "reprocess_from_checkpoint": True}
        )
    )
    assert resumed["status"] == "SUCCEEDED", resumed
    found = results.published(operator.client("s3"), day.reference_date)
    assert verify.mistakes(found.frame, found.summary, day.expected(), day.reference_date) == []
    forced = operator.end_of(operator.start({"s3_key": "2026-02-17/input.csv", "force_reprocess": True}))
    assert forced["status"] == "SUCCEEDED", forced
    assert operator.published(day.reference_date).equals(found.frame)


def test_the_database_that_cannot_be_trusted_is_named(operator: Operator) -> None:
    with psycopg2.connect(operator.stack.base_database_url) as connection, connection.cursor() as cursor:
        cursor.execute("TRUNCATE transacoes")
    before = operator.executions()
    operator.upload("2026-02-18/input.csv", b"".join(Day(1_000, date(2026, 2, 18)).csv_chunks()))
    ended = operator.end_of(operator.newest(before + 1))
    assert (ended["status"], ended["error"]) == ("FAILED", "BASE_EMPTY")
    assert json.loads(ended["cause"])["stage"] == "reconciliation"
