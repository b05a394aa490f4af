"""What the outside of a stack shows: what is published, told, written to logs, and in the base."""

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg2

from local import outbox
from local.postgres import READER
from tests.faults.stack import CHECKPOINTS, INGRESS, INTERMEDIATE, OUTPUT, OVER, Hurt
from tests.oracle import BaseRow

BUCKETS = (INGRESS, INTERMEDIATE, CHECKPOINTS, OUTPUT)

OPERATIONS = "ops-conciliacao@empresa.com"
"""Whom every alert is sent to; others get only some."""


def etag_of(operator: Hurt, key: str) -> str | None:
    """ETag of what stands published."""
    s3 = operator.client("s3")
    try:
        return str(s3.head_object(Bucket=OUTPUT, Key=key)["ETag"])
    except s3.exceptions.ClientError:
        return None


def told(operator: Hurt) -> list[str]:
    """The outbox's lines."""
    return outbox.lines(operator.stack.outbox)


def is_reminder(mail: dict[str, Any]) -> bool:
    """What people are told once more, since nobody came."""
    return "nivel" in mail["atributos"]


def base_checksum(operator: Hurt) -> str:
    return str(
        ask(operator, "select count(*) || ' ' || coalesce(sum(hashtext(t::text)), 0) from transacoes t")
    )


def ask(operator: Hurt, query: str) -> Any:
    """The one value that the query answers, asked by the base's owner."""
    connection = psycopg2.connect(operator.stack.base_database_url)
    try:
        with connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchone()[0]
    finally:
        connection.close()


def base_rows(operator: Hurt) -> list[BaseRow]:
    """All of them, as the oracle takes them."""
    with psycopg2.connect(operator.stack.base_database_url) as connection, connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(BaseRow._fields)} FROM transacoes")
        rows = [BaseRow(*row) for row in cursor.fetchall()]
    connection.close()
    return rows


def living(operator: Hurt, day: date) -> Iterator[str]:
    """What is there of a run that goes on: jobs, processes, the held day, uploads in parts, sessions."""
    glue, s3 = operator.client("glue"), operator.client("s3")
    for job in glue.get_jobs()["Jobs"]:
        for run in glue.get_job_runs(JobName=job["Name"])["JobRuns"]:
            if run["JobRunState"] not in OVER:
                yield f"{job['Name']} {run['Id']} {run['JobRunState']}"
    yield from (f"process {process.pid}" for process in operator.processes())
    if holder := operator.day_object(day)["holder"]:
        yield f"the day, held by {holder}"
    for bucket in BUCKETS:
        yield from (
            f"{bucket} {u['Key']}" for u in s3.list_multipart_uploads(Bucket=bucket).get("Uploads", [])
        )
    if sessions := ask(operator, f"select count(*) from pg_stat_activity where usename = '{READER}'"):
        yield f"{sessions} database sessions"


def day_names(day: date) -> tuple[str, str]:
    """By which a text is of that day: itself, and how its jobs' ids begin."""
    return str(day), f"JOB-{day:%Y%m%d}-"


def status_of(execution: dict[str, Any]) -> str:
    return str((json.loads(execution.get("output") or "{}") or {}).get("status", execution["status"]))


def code_of(execution: dict[str, Any]) -> str:
    """As its alert is called."""
    if execution["status"] == "SUCCEEDED":
        return str((json.loads(execution["output"]) or {}).get("code"))
    return "ABORTED" if execution["status"] == "ABORTED" else str(execution.get("error", execution["status"]))
