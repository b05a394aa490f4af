"""Whole days on the local stack: the synthesized template, Spark (`sparks`), PostgreSQL, packaged code."""

import json
import subprocess
import time
from datetime import date
from io import BytesIO
from typing import Any

import polars as pl
import psycopg2
import pytest

from local import results, verify
from local.generated_day import GeneratedDay
from tests import sparks
from tests.e2e.conftest import Operator
from tests.smoke import commands_of_the_page, file_of_the_page

pytestmark = pytest.mark.stack
LINES = 2_000


def follow(operator: Operator, command: str) -> dict[str, Any]:
    """What the function answers to a command of the page."""
    subprocess.run(
        ["bash", "-euc", command], cwd=operator.folder, env=operator.stack.env, check=True,
        capture_output=True,
    )  # fmt: skip
    return dict(json.loads((operator.folder / "out.json").read_text()))


def test_from_an_empty_server_to_a_published_day_by_the_pages_steps(operator: Operator) -> None:
    """docs/deploy.md: table and reader, the first check, the smoke test's rows and file."""
    reader = operator.stack.database["username"]
    with psycopg2.connect(operator.stack.base_database_url) as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE transacoes; DROP ROLE {reader}")
    check = commands_of_the_page("test-rds-connection")[0]
    assert not follow(operator, check)["ok"]
    made = [follow(operator, command) for command in commands_of_the_page("reconciliation-prepare-base")]
    assert [answer["acao"] for answer in made if answer["ok"]] == ["tudo", "inserir_linhas_de_teste"]
    assert follow(operator, check)["indice_unico"]
    before = operator.executions()
    operator.upload("2026-02-16/input.csv", "\n".join(file_of_the_page()).encode())
    ended = operator.end_of(operator.newest(before + 1))
    assert ended["status"] == "SUCCEEDED", ended
    assert json.loads(ended["output"])["status"] == "SUCCEEDED"
    published = operator.published(date(2026, 2, 16)).select("ordem_id", "tipo_divergencia").rows()
    assert published == [("TESTE-4", "TIPO_1"), ("TESTE-3", "TIPO_2"), ("TESTE-2", "TIPO_3")]
    assert operator.on_slack("ABNORMAL_RATE"), "three of its four orders differ"
    again = operator.end_of(operator.start({"s3_key": "2026-02-16/input.csv"}))
    assert json.loads(again["output"])["status"] == "ALREADY_PUBLISHED"
    assert operator.answer("reconciliation-prepare-base", acao="remover_linhas_de_teste")["ok"]


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
    day = GeneratedDay(LINES, date(2026, 2, 17))
    body = operator.load(day)
    before = operator.executions()
    operator.upload("2026-02-17/input.csv", body)
    first = operator.newest(before + 1)
    operator.client("stepfunctions").stop_execution(
        executionArn=first
    )  # its deadline is 20 minutes: too long
    operator.end_of(first)
    ended = operator.end_of(operator.start({"s3_key": "2026-02-17/input.csv", "deadline_s": 6}))
    assert (ended["status"], ended["error"]) == ("FAILED", "TIMEOUT")
    cause = json.loads(ended["cause"])
    assert cause["message"] == "Processamento excedeu 6 segundos"
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
    asked = {"base_readers": "3", "partition_lines": 1_000, "query_timeout_s": 60, "workers": 3}
    forced = operator.end_of(
        operator.start({"s3_key": "2026-02-17/input.csv", "force_reprocess": True, **asked})
    )
    assert forced["status"] == "SUCCEEDED", forced
    again = results.published(operator.client("s3"), day.reference_date)
    assert again.divergences == found.divergences
    assert (found.summary["base"]["readers"], again.summary["base"]["readers"]) == (1, 3)
    assert again.summary["rules"]["partition_lines"] == 1_000
    runs = operator.client("glue").get_job_runs(JobName="reconciliation-job")["JobRuns"]
    newest = max(runs, key=lambda run: run["StartedOn"])
    assert (newest["NumberOfWorkers"], newest["Arguments"]["--query_timeout_s"]) == (3, "60")
    assert {run["NumberOfWorkers"] for run in runs if run is not newest} == {2}, "so few lines need no more"
    sparks.use(real=False)  # as most other days of these tests
    forced = operator.end_of(operator.start({"s3_key": "2026-02-17/input.csv", "force_reprocess": True}))
    assert forced["status"] == "SUCCEEDED", forced
    assert results.published(operator.client("s3"), day.reference_date).divergences == found.divergences


def test_the_database_that_cannot_be_trusted_is_named(operator: Operator) -> None:
    with psycopg2.connect(operator.stack.base_database_url) as connection, connection.cursor() as cursor:
        cursor.execute("TRUNCATE transacoes")
    before = operator.executions()
    operator.upload("2026-02-18/input.csv", b"".join(GeneratedDay(1_000, date(2026, 2, 18)).csv_chunks()))
    ended = operator.end_of(operator.newest(before + 1))
    assert (ended["status"], ended["error"]) == ("FAILED", "BASE_EMPTY")
    assert json.loads(ended["cause"])["stage"] == "reconciliation"


def test_the_base_may_be_the_days_export(operator: Operator) -> None:
    """Runbook 2.3, "export diário para S3": chosen by a rule, without the database."""
    day = GeneratedDay(LINES, date(2026, 2, 19))
    base = pl.read_csv(
        b"".join(day.base_chunks()),
        separator=";",
        schema_overrides={"data": pl.Date, "fornecedor_id": pl.String, "valor": pl.Decimal(18, 2)},
    )
    body = BytesIO()
    base.write_parquet(body)
    operator.client("s3").put_object(
        Bucket="reconciliation-intermediate",
        Key="base-export/2026-02-19/part-0.parquet",
        Body=body.getvalue(),
    )
    with operator.rules(base_source="s3_export"):
        before = operator.executions()
        operator.upload("2026-02-19/input.csv", b"".join(day.csv_chunks()))
        ended = operator.end_of(operator.newest(before + 1))
    assert ended["status"] == "SUCCEEDED", ended
    found = results.published(operator.client("s3"), day.reference_date)
    assert verify.mistakes(found.frame, found.summary, day.expected(), day.reference_date) == []
    assert found.summary["rules"]["base_source"] == "s3_export"
