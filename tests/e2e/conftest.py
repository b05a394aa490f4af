"""One local stack for all whole days, and an operator who works on it."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

import boto3
import polars as pl
import pytest

from infra.names import OPERATOR, READER, SUPPLIER
from local import outbox
from local.base import load_base
from local.generated_day import GeneratedDay
from local.stack import Stack, running_stack
from tests import sparks
from tests.people import ADMINISTRATOR, environment
from tests.warm_cli import warm_cli


@dataclass
class Operator:
    """Does what operators do: uploads, starts, waits, reads."""

    stack: Stack
    folder: Path
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)

    def client(self, service: str, role: str = ADMINISTRATOR) -> Any:
        """One of each: making it costs more than most of its requests do."""
        if (service, role) not in self._clients:
            self._clients[service, role] = self._made(service, role)
        return self._clients[service, role]

    def _made(self, service: str, role: str) -> Any:
        env = environment(self.stack, role)
        return boto3.client(
            service, endpoint_url=self.stack.endpoint, region_name=env["AWS_DEFAULT_REGION"],
            aws_access_key_id=env["AWS_ACCESS_KEY_ID"], aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
            aws_session_token=env.get("AWS_SESSION_TOKEN"),
        )  # fmt: skip

    def load(self, day: GeneratedDay) -> bytes:
        base = self.folder / "base.csv"
        base.write_bytes(b"".join(day.base_chunks()))
        load_base(self.stack.base_database_url, base)
        return b"".join(day.csv_chunks())

    def upload(self, key: str, body: bytes) -> None:
        """As the supplier does."""
        self.client("s3", SUPPLIER).put_object(Bucket="reconciliation-ingress", Key=key, Body=body)

    def answer(self, function: str, **event: Any) -> dict[str, Any]:
        answer = self.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
        return dict(json.loads(answer["Payload"].read()))

    @cached_property
    def machine(self) -> str:
        """The state machine's ARN."""
        (known,) = self.client("stepfunctions").list_state_machines()["stateMachines"]
        return str(known["stateMachineArn"])

    def start(self, given: dict[str, Any]) -> str:
        answer = self.client("stepfunctions", OPERATOR).start_execution(
            stateMachineArn=self.machine, input=json.dumps(given)
        )
        return str(answer["executionArn"])

    def newest(self, count: int) -> str:
        """The execution that the trigger started: the machine then has `count` of them."""
        limit = time.monotonic() + 20
        while time.monotonic() < limit:
            found = self.listed()
            if len(found) >= count:
                return str(max(found, key=lambda execution: execution["startDate"])["executionArn"])
            time.sleep(0.1)
        raise AssertionError("the upload started nothing")

    def executions(self) -> int:
        return len(self.listed())

    def listed(self) -> list[dict[str, Any]]:
        """All executions, the newest first."""
        pager = self.client("stepfunctions").get_paginator("list_executions")
        pages = pager.paginate(stateMachineArn=self.machine)
        return [execution for page in pages for execution in page["executions"]]

    def end_of(self, arn: str, limit_s: float = 240) -> dict[str, Any]:
        limit = time.monotonic() + limit_s
        while time.monotonic() < limit:
            found = self.client("stepfunctions").describe_execution(executionArn=arn)
            if found["status"] != "RUNNING":
                return dict(found)
            time.sleep(0.2)
        raise AssertionError(f"{arn} still runs")

    def published(self, day: date) -> pl.DataFrame:
        """As the business reads it."""
        s3 = self.client("s3", READER)
        body = s3.get_object(Bucket="reconciliation-output", Key=f"{day}/divergencias.parquet")
        return pl.read_parquet(BytesIO(body["Body"].read()))

    def alerts(self, code: str) -> list[dict[str, Any]]:
        lines = map(json.loads, outbox.lines(self.stack.outbox))
        return [line for line in lines if code in line["assunto"] + line["corpo"]]

    def on_slack(
        self, about: str, channel: str = "#conciliação-alerts", limit_s: float = 10
    ) -> list[dict[str, Any]]:
        """What a channel was told of it; waits for the first, and a moment for a second that must not be."""
        limit = time.monotonic() + limit_s
        while time.monotonic() < limit and not self._on_slack(about, channel):
            time.sleep(0.1)
        time.sleep(0.3)
        return self._on_slack(about, channel)

    def _on_slack(self, about: str, channel: str) -> list[dict[str, Any]]:
        return [
            alert for alert in self.alerts(about) if (alert["canal"], alert["destino"]) == ("slack", channel)
        ]

    @contextmanager
    def rules(self, **rules: Any) -> Iterator[None]:
        """As another deployment's settings would have them, for the files inspected meanwhile."""
        name = "reconciliation-inspect-file"
        usual = self.client("lambda").get_function_configuration(FunctionName=name)["Environment"][
            "Variables"
        ]
        for variables in ({**usual, "RULES": json.dumps(rules)}, usual):
            self.client("lambda").update_function_configuration(
                FunctionName=name, Environment={"Variables": variables}
            )
            if variables is not usual:
                yield

    def objects(self, bucket: str, prefix: str) -> list[str]:
        found = self.client("s3").list_objects_v2(Bucket=bucket, Prefix=prefix)
        return [item["Key"] for item in found.get("Contents", [])]

    def versions(self, bucket: str, key: str) -> list[str]:
        found = self.client("s3").list_object_versions(Bucket=bucket, Prefix=key)
        return [item["VersionId"] for item in found.get("Versions", [])]

    def running_jobs(self) -> list[str]:
        glue = self.client("glue")
        return [
            run["Id"]
            for job in glue.get_jobs()["Jobs"]
            for run in glue.get_job_runs(JobName=job["Name"])["JobRuns"]
            if run["JobRunState"] in ("STARTING", "RUNNING", "STOPPING")
        ]


@pytest.fixture(scope="session")
def operator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Operator]:
    folder = tmp_path_factory.mktemp("stack")
    with running_stack(folder) as stack, sparks.choosing(stack), warm_cli(stack):
        yield Operator(stack, folder)
