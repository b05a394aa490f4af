"""What must hold whatever happened to a run, asked from outside: a list of sentences, empty where all holds.

I1 what is published is exactly right, or nothing new. I2 readers see whole ones. I3 one winner. I4 the input
is pinned. I5 one end, told once. I6 nothing is left behind. I8 no secret or name is told. I9 the base is
untouched. I10 the totals balance. I11 over in time. (I7, a resume's equality, is I1 after the resume.)
"""

import hashlib
import io
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import psycopg2

from local import results, verify
from local.generated_day import GeneratedDay
from local.postgres import READER
from tests.faults.stack import CHECKPOINTS, INTERMEDIATE, OUTPUT, OVER, Hurt
from tests.waiting import eventually

BUCKETS = ("reconciliation-ingress", INTERMEDIATE, CHECKPOINTS, OUTPUT)
NAMES = ("Müller & Søn", "José Antônio da Conceição", 'Banco \\"Boa Vista', "Corretora São João")
"""Of the generated day's customers, as JSON and text would show them."""
OPERATIONS = "ops-conciliacao@empresa.com"
"""Whom every alert is sent to; others get only some."""
CLEANED_S = 20
ALERTED_S = 60


@dataclass
class Watched:
    """A day, what stood published before, and every execution that was started for it."""

    operator: Hurt
    day: GeneratedDay
    published_before: str | None
    base_before: str
    versions_before: int
    told_before: int
    """Lines of the outbox."""
    executions: list[str] = field(default_factory=list)
    published_all_the_same: set[str] = field(default_factory=set)
    """Those of them that were stopped by hand while they published: they are successes."""
    seen: Counter[str] = field(default_factory=Counter)
    """What a reader found at the published place, by hash; a part of an object is one of its own."""

    def is_replaced(self) -> bool:
        """Whether something else stands published now, or the same written anew."""
        return len(self.operator.versions(OUTPUT, self.key)) > self.versions_before

    @property
    def key(self) -> str:
        return f"{self.day.reference_date}/divergencias.parquet"

    def start(self, given: dict[str, Any]) -> dict[str, Any]:
        """Starts an execution and waits for its end."""
        arn = self.operator.start(given)
        self.executions.append(arn)
        return self.operator.end_of(arn)

    def breaches(self, *, published: bool, deadline_s: float = 1200) -> list[str]:
        """`published`: whether the last of the executions must have published the right answer."""
        ended = [self._described(arn) for arn in self.executions]
        return [
            *self._publication(published),
            *self._readers(),
            *self._winners(ended, published),
            *self._inputs(),
            *self._ends(ended, deadline_s),
            *self._alerts(ended),
            *self._left_behind(),
            *self._secrets(ended),
            *self._base(),
        ]

    def _described(self, arn: str) -> dict[str, Any]:
        found = dict(self.operator.client("stepfunctions").describe_execution(executionArn=arn))
        if arn in self.published_all_the_same:
            found |= {
                "status": "SUCCEEDED",
                "output": json.dumps({"status": "SUCCEEDED", "code": "SUCCEEDED"}),
            }
        return found

    def _publication(self, published: bool) -> Iterator[str]:
        standing = etag_of(self.operator, self.key)
        if not published:
            if standing != self.published_before:
                yield f"I1 something new is published: {standing}, before {self.published_before}"
            return
        found = results.published(self.operator.client("s3"), self.day.reference_date)
        for mistake in verify.mistakes(
            found.frame, found.summary, self.day.expected(), self.day.reference_date
        ):
            yield f"I1 I10 {mistake}"
        if found.etag != found.summary["published_etag"]:
            yield f"I1 the summary is not the published object's: {found.summary['published_etag']}"
        lines, cents = found.summary["totals"]["lines"], found.summary["totals"]["cents"]
        if lines["valid_keys"] != lines["equal"] + lines["tipo_1"] + lines["tipo_3"]:
            yield f"I10 keys do not balance: {lines}"
        if cents["file"] - cents["base"] != cents["difference"]:
            yield f"I10 cents do not balance: {cents}"

    def _readers(self) -> Iterator[str]:
        whole = {self.published_before, etag_of(self.operator, self.key), None}
        for read, times in self.seen.items():
            if f'"{read}"' not in whole:
                yield f"I2 a reader saw neither the old nor the new object, {times} times: {read}"

    def _winners(self, ended: list[dict[str, Any]], published: bool) -> Iterator[str]:
        winners = sum(_status(execution) == "SUCCEEDED" for execution in ended)
        if winners != int(published):
            yield f"I3 {winners} executions say that they published"

    def _inputs(self) -> Iterator[str]:
        s3, day = self.operator.client("s3"), self.day.reference_date
        for key in self.operator.objects(INTERMEDIATE, f"{day}/validated.parquet/"):
            if key.endswith("/plan.json"):
                pinned = self.operator.json_at(INTERMEDIATE, key)["input"]
                body = s3.get_object(
                    Bucket=pinned["bucket"], Key=pinned["s3_key"], VersionId=pinned["version_id"]
                )["Body"].read()
                if hashlib.sha256(body).hexdigest() != pinned["sha256"]:
                    yield f"I4 {key} pins another input"

    def _ends(self, ended: list[dict[str, Any]], deadline_s: float) -> Iterator[str]:
        for execution in ended:
            took_s = (execution["stopDate"] - execution["startDate"]).total_seconds()
            if took_s > deadline_s + 60:
                yield f"I11 {execution['name']} took {took_s:.0f} s"

    def _alerts(self, ended: list[dict[str, Any]]) -> Iterator[str]:
        """Each end is told once by each channel, within its minute, and a published day's lack of its report;
        what did nothing is not told.
        """
        expected = Counter(
            code
            for execution in ended
            if (code := _code(execution)) not in ("DUPLICATE", "ALREADY_PUBLISHED")
        )
        page = f"relatorios/{self.day.reference_date}/relatorio.html"
        is_published = self.operator.day_object(self.day.reference_date)["state"] == "PUBLISHED"
        if is_published and not self.operator.objects(OUTPUT, page):
            expected["REPORT_FAILED"] += 1
        job_ids = {job_id for execution in ended if (job_id := self._job_of(execution))}
        codes_of: dict[str, Counter[str]] = {OPERATIONS: Counter()}
        for alert in self._mails(job_ids, expected.total()):
            codes_of.setdefault(alert["destino"], Counter())[alert["atributos"]["codigo"]] += 1
        if codes_of[OPERATIONS] != expected:
            yield f"I5 operations were told {dict(codes_of[OPERATIONS])}, not {dict(expected)}"
        for who, codes in codes_of.items():
            if too_often := codes - expected:
                yield f"I5 {who} was told {dict(too_often)} too often"

    def _mails(self, job_ids: set[str], count: int) -> list[dict[str, Any]]:
        def found() -> list[dict[str, Any]]:
            lines = told(self.operator)[self.told_before :]
            mails = [line for line in map(json.loads, lines) if line["canal"] == "email"]
            return [mail for mail in mails if mail["atributos"].get("job_id") in job_ids]

        limit = time.monotonic() + ALERTED_S
        while sum(mail["destino"] == OPERATIONS for mail in found()) < count and time.monotonic() < limit:
            time.sleep(0.1)
        time.sleep(0.3)  # for one too many
        return found()

    def _job_of(self, execution: dict[str, Any]) -> str | None:
        said = json.loads(execution.get("output") or execution.get("cause") or "{}")
        return said.get("job_id") or self.operator.day_object(self.day.reference_date)["job_id"]

    def _left_behind(self) -> Iterator[str]:
        try:
            eventually(lambda: not list(self._living()), CLEANED_S)
        except AssertionError:
            yield from (f"I6 left behind: {what}" for what in self._living())

    def _living(self) -> Iterator[str]:
        glue, s3 = self.operator.client("glue"), self.operator.client("s3")
        for job in glue.get_jobs()["Jobs"]:
            for run in glue.get_job_runs(JobName=job["Name"])["JobRuns"]:
                if run["JobRunState"] not in OVER:
                    yield f"{job['Name']} {run['Id']} {run['JobRunState']}"
        yield from (f"process {process.pid}" for process in self.operator.processes())
        if holder := self.operator.day_object(self.day.reference_date)["holder"]:
            yield f"the day, held by {holder}"
        for bucket in BUCKETS:
            yield from (
                f"{bucket} {u['Key']}" for u in s3.list_multipart_uploads(Bucket=bucket).get("Uploads", [])
            )
        if sessions := ask(
            self.operator, f"select count(*) from pg_stat_activity where usename = '{READER}'"
        ):
            yield f"{sessions} database sessions"

    def _secrets(self, ended: list[dict[str, Any]]) -> Iterator[str]:
        texts = "\n".join(self._texts(ended))
        for secret in (
            self.operator.stack.database["password"],
            self.operator.stack.slack_webhook_url,
            *NAMES,
        ):
            if secret in texts:
                yield f"I8 told: {secret[:6]}…"

    def _texts(self, ended: list[dict[str, Any]]) -> Iterator[str]:
        """Logs, histories, alerts and checkpoints."""
        logs, machine = self.operator.client("logs"), self.operator.client("stepfunctions")
        for group in logs.describe_log_groups()["logGroups"]:
            pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
            yield from (event["message"] for page in pages for event in page["events"])
        for execution in ended:
            arn = execution["executionArn"]
            pages = machine.get_paginator("get_execution_history").paginate(executionArn=arn)
            yield from (json.dumps(page["events"], default=str, ensure_ascii=False) for page in pages)
        yield from told(self.operator)
        for key in self.operator.objects(CHECKPOINTS, "JOB-"):
            if key.endswith(".json"):
                yield json.dumps(self.operator.json_at(CHECKPOINTS, key), ensure_ascii=False)

    def _base(self) -> Iterator[str]:
        if base_checksum(self.operator) != self.base_before:
            yield "I9 the base has changed"


def watched(operator: Hurt, day: GeneratedDay) -> Watched:
    """Begins to watch a day whose base is loaded."""
    before = etag_of(operator, f"{day.reference_date}/divergencias.parquet")
    versions = len(operator.versions(OUTPUT, f"{day.reference_date}/divergencias.parquet"))
    return Watched(operator, day, before, base_checksum(operator), versions, len(told(operator)))


@contextmanager
def a_reader(watched: Watched) -> Iterator[None]:
    """Reads the published object again and again, as Athena would."""
    over = threading.Event()
    s3 = watched.operator.client("s3")

    def read() -> None:
        while not over.is_set():
            try:
                body = s3.get_object(Bucket=OUTPUT, Key=watched.key)["Body"].read()
                pl.read_parquet(io.BytesIO(body))
                watched.seen[hashlib.md5(body).hexdigest()] += 1
            except s3.exceptions.ClientError:
                pass  # not there yet, or S3 answers with an error: nothing was read
            except Exception as exc:
                watched.seen[f"unreadable: {exc}"] += 1
            time.sleep(0.05)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def etag_of(operator: Hurt, key: str) -> str | None:
    """ETag of what stands published."""
    s3 = operator.client("s3")
    try:
        return str(s3.head_object(Bucket=OUTPUT, Key=key)["ETag"])
    except s3.exceptions.ClientError:
        return None


def told(operator: Hurt) -> list[str]:
    """The outbox's lines."""
    outbox = operator.stack.outbox
    return outbox.read_text(encoding="utf-8").splitlines() if outbox.exists() else []


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


def _status(execution: dict[str, Any]) -> str:
    return str(json.loads(execution.get("output") or "{}").get("status", execution["status"]))


def _code(execution: dict[str, Any]) -> str:
    """As its alert is called."""
    if execution["status"] == "SUCCEEDED":
        return str(json.loads(execution["output"])["code"])
    return "ABORTED" if execution["status"] == "ABORTED" else str(execution["error"])
