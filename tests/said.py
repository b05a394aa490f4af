"""All that a stack says, and who of what is said may be named there.

A customer's name may stand in what is about orders: the published divergences, a day's report and its files,
an explanation's answer. Nowhere else: no log, history, alert, metric, alarm, checkpoint, incident, summary,
refused line or argument. A password or a webhook stands nowhere at all.
"""

import html
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import quote

import polars as pl

from tests.e2e.conftest import Operator

CHECKPOINTS, INTERMEDIATE, OUTPUT = (
    f"reconciliation-{name}" for name in ("checkpoints", "intermediate", "output")
)
CREDENTIALS = "reconciliation-rds-credentials"
_OF_ALL = (("", CHECKPOINTS), ("resumos/", OUTPUT), ("rejeitos/", OUTPUT), ("relatorios/index.html", OUTPUT))
"""Prefixes and their buckets, where documents stand that name no customer."""


class Said(NamedTuple):
    """A text, where it stands, and whether that is about orders, so that it may name their customers."""

    where: str
    text: str
    is_of_orders: bool = False


def leaks(said: Iterable[Said], secrets: Iterable[str], names: Iterable[str]) -> Iterator[str]:
    """Where a secret stands, or a name that may not: a sentence each, without the secret."""
    hidden = {secret: spellings(secret) for secret in secrets}
    people = {name: spellings(name) for name in names}
    for one in said:
        sought = hidden if one.is_of_orders else hidden | people
        for what, written in sought.items():
            if any(spelling in one.text for spelling in written):
                yield f"{'a secret' if what in hidden else what} is told in {one.where}"


def spellings(text: str) -> set[str]:
    """As JSON, JSON within JSON, HTML and addresses write it."""
    found = {text, html.escape(text), html.escape(text, quote=False), quote(text), quote(text, safe="")}
    for is_ascii in (True, False):
        once = json.dumps(text, ensure_ascii=is_ascii)[1:-1]
        found |= {once, json.dumps(once, ensure_ascii=is_ascii)[1:-1], json.dumps(once)[1:-1]}
    return found


def secrets_of(operator: Operator) -> set[str]:
    """The passwords of the base's reader and owner, of now and of the start, and the webhooks."""
    manager = operator.client("secretsmanager")
    names = [one["Name"] for one in manager.list_secrets()["SecretList"]]
    stored = {
        name: manager.get_secret_value(SecretId=name)["SecretString"]
        for name in names
        if name == CREDENTIALS or "slack" in name
    }
    webhooks = {text for name, text in stored.items() if name != CREDENTIALS}
    passwords = {json.loads(stored[CREDENTIALS])["password"], operator.stack.database["password"]}
    return passwords | webhooks | {operator.stack.owner["password"], operator.stack.slack_webhook_url}


def documents(operator: Operator, executions: Iterable[str], since_ms: int = 0) -> Iterator[Said]:
    """What names no customer: alerts, logs, these executions' histories, figures, arguments, documents."""
    if operator.stack.outbox.exists():
        yield Said("alerts", operator.stack.outbox.read_text(encoding="utf-8"))
    yield from _logs(operator, since_ms)
    machine, glue = operator.client("stepfunctions"), operator.client("glue")
    for arn in executions:
        pages = machine.get_paginator("get_execution_history").paginate(executionArn=arn)
        yield Said(f"history {arn.rsplit(':', 1)[-1]}", _as_text([page["events"] for page in pages]))
    figures = operator.client("cloudwatch")
    yield Said("metrics", _as_text(figures.list_metrics()["Metrics"]))
    yield Said("alarms", _as_text(figures.describe_alarms()["MetricAlarms"]))
    for job in glue.get_jobs()["Jobs"]:
        yield Said(
            f"runs of {job['Name']}", _as_text([job, glue.get_job_runs(JobName=job["Name"])["JobRuns"]])
        )
    yield Said("functions", _as_text(operator.client("lambda").list_functions()["Functions"]))
    for prefix, bucket in _OF_ALL:
        yield from _objects(operator, bucket, prefix, since_ms)
    for where, text, _ in _objects(operator, INTERMEDIATE, "", since_ms, only=".json"):
        yield Said(where, text)


def about_orders(operator: Operator, day: str) -> Iterator[Said]:
    """What is published of that day for people, all of it."""
    for prefix in (f"{day}/", f"relatorios/{day}/"):
        for one in _objects(operator, OUTPUT, prefix, 0):
            yield one._replace(is_of_orders=True)


def _logs(operator: Operator, since_ms: int) -> Iterator[Said]:
    logs = operator.client("logs")
    for group in logs.describe_log_groups()["logGroups"]:
        given = {"logGroupName": group["logGroupName"], "startTime": since_ms}
        pages = logs.get_paginator("filter_log_events").paginate(**given)
        text = "\n".join(event["message"] for page in pages for event in page["events"])
        yield Said(f"log {group['logGroupName']}", text)


def _objects(operator: Operator, bucket: str, prefix: str, since_ms: int, only: str = "") -> Iterator[Said]:
    s3, since = operator.client("s3"), datetime.fromtimestamp(since_ms // 1000, UTC)
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            key = item["Key"]
            if item["LastModified"] >= since and key.endswith(only):
                with suppress(s3.exceptions.NoSuchKey):  # gone since it was listed
                    answer = s3.get_object(Bucket=bucket, Key=key)
                    about, body = _as_text(answer["Metadata"]), answer["Body"].read()
                    yield Said(f"{bucket}/{key}", f"{key} {about} {_text_of(key, body)}")


def _text_of(key: str, body: bytes) -> str:
    """As whoever opens it reads it."""
    if key.endswith(".parquet") and body.endswith(b"PAR1"):
        return _as_text(pl.read_parquet(io.BytesIO(body)).to_dicts())
    if key.endswith(".xlsx"):
        with zipfile.ZipFile(io.BytesIO(body)) as sheets:
            return "\n".join(sheets.read(name).decode(errors="replace") for name in sheets.namelist())
    return body.decode(errors="replace")


def _as_text(value: Any) -> str:
    return json.dumps(value, default=str, ensure_ascii=False)
