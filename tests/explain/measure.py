"""How long an explanation takes, what it reads, and its memory: `python -m tests.explain.measure [ROWS]`.

A generated day (of 1,000,000 lines by default) is run in this process and published on the local
stack's S3, with 89 published days before it. Each question is asked by a process of its own, and its answers
are in .local/explain/.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import boto3
import polars as pl

from glue_jobs.base_copy import BaseSource
from glue_jobs.executor import PlainExecutor
from glue_jobs.reconciliation import Fence, reconcile
from glue_jobs.validation import validate
from local.generated_day import GeneratedDay
from local.stack import running_stack
from reconciliation import layout
from reconciliation.adapters.days import Days
from reconciliation.adapters.store import Store
from reconciliation.config import Rules
from reconciliation.contract import HEADER
from reconciliation.day import take
from reconciliation.inspection import Inspector
from reconciliation.kernels.money import cents
from reconciliation.kernels.schemas import FOUND
from reconciliation.layout import Location, RunPaths
from reconciliation.lifecycle.publishing import publish
from reconciliation.objects import to_json
from reconciliation.plan import InputFile, Plan
from reconciliation.run import Attempt

DAY = date(2026, 2, 16)
HISTORY = 90
BUCKETS = ("ingress", "intermediate", "checkpoints", "output")
TEXTS = Path(".local") / "explain"
_PIECE_BYTES = 64 * 1024 * 1024
ENVIRONMENT = (
    *("REGION", "ACCOUNT_ID", "SUFFIX", "STATE_MACHINE_ARN", "ALERTS_TOPIC_ARN"),
    *("VALIDATION_JOB", "RECONCILIATION_JOB", "OUTPUT_JOB"),
)
"""What the function is given, and does not use."""


class GeneratedBase:
    """The generated base, a piece at a time; its keys are unique, and rows of other dates are passed over."""

    by_key = None

    def __init__(self, day: GeneratedDay) -> None:
        self._day = day
        self.warnings: dict[str, int] = {}
        self.facts: dict[str, Any] = {"engine": "generated"}

    def day_rows(self, day: date) -> Iterator[pl.DataFrame]:
        for frame in self._frames():
            yield frame.filter(pl.col("data") == day)

    def rows_in_scope(self, of_file: pl.DataFrame, of_day: pl.DataFrame, day: date) -> Iterator[pl.DataFrame]:
        for frame in self._frames():
            others = frame.filter((pl.col("data") != day) | pl.col("data").is_null())
            yield others.join(of_file, on="ordem_id", how="semi")

    def _frames(self) -> Iterator[pl.DataFrame]:
        piece = [f"{HEADER}\n".encode()]
        chunks = self._day.base_chunks()
        next(chunks)
        for chunk in chunks:
            piece.append(chunk)
            if sum(map(len, piece)) > _PIECE_BYTES:
                yield _found(b"".join(piece))
                piece = piece[:1]
        yield _found(b"".join(piece))


def _found(text: bytes) -> pl.DataFrame:
    rows = pl.read_csv(text, separator=";", infer_schema=False)
    texts = [pl.col(name).fill_null("").str.strip_chars(" \t") for name in FOUND.names()[:4]]
    return rows.select(
        *texts,
        pl.col("data").str.to_date("%Y-%m-%d"),
        cents(pl.col("valor")).alias("valor_cents"),
        pl.lit(None, pl.String).alias("padded_key"),
        pl.lit(value=False).alias("absurd_date"),
    )


def published(store: Store, s3: Any, rows: int, folder: Path) -> Plan:
    """The day as its run leaves it, and the days before it: copies of it."""
    generated, file = GeneratedDay(rows, DAY), folder / "input.csv"
    inspector = Inspector(Rules())
    with file.open("wb") as written:
        for chunk in generated.csv_chunks():
            written.write(chunk)
            inspector.feed(chunk)
    seen = inspector.finish()
    s3.upload_file(str(file), "ingress", f"{DAY}/input.csv")
    version = s3.head_object(Bucket="ingress", Key=f"{DAY}/input.csv").get("VersionId", "null")
    source = InputFile(
        bucket="ingress",
        s3_key=f"{DAY}/input.csv",
        version_id=version,
        sha256=seen.sha256,
        bytes=seen.size_bytes,
    )
    job_id, fingerprint = f"JOB-{DAY:%Y%m%d}-000001", "f" * 32
    plan = Plan(
        job_id=job_id, day=str(DAY), fingerprint=fingerprint, lineage=f"{job_id}/1", input=source,
        rules=Rules(), data_lines=seen.data_lines, partitions=Rules().partitions(seen.data_lines),
        warnings=seen.warnings, cuts=tuple(seen.cuts),
        paths=RunPaths.of("intermediate", str(DAY), fingerprint),
    )  # fmt: skip
    store.put(layout.plan("intermediate", plan.day, plan.fingerprint), to_json(plan.to_dict()))
    held = take(None, day=plan.day, holder="e", job_id=plan.job_id, attempt=1, published_etag=None)
    days = Days(store, "checkpoints")
    days.write(None, held.inspected(plan.fingerprint))
    validate(plan, "checkpoints", PlainExecutor, lambda: store)

    @contextmanager
    def opened() -> Iterator[GeneratedBase]:
        yield GeneratedBase(generated)

    reconcile(plan, Fence("checkpoints", 1), BaseSource(opened), PlainExecutor, lambda: store)
    target = layout.published("output", plan.day)
    publish(store, days, plan.paths.divergences, target, Attempt(plan.job_id, 1))
    for number in range(1, HISTORY):
        earlier = str(DAY - timedelta(days=number))
        for made in (layout.published, layout.summary):
            here, there = made("output", plan.day), made("output", earlier)
            s3.copy_object(Bucket="output", Key=there.key, CopySource={"Bucket": "output", "Key": here.key})
    return plan


def questions(store: Store, plan: Plan) -> dict[str, dict[str, str]]:
    """One of each fate: of a part's middle, and not the first of its kind."""

    def keys(where: Location) -> list[str]:
        stored = store.get(where)
        assert stored
        return pl.read_parquet(BytesIO(stored.body), columns=["ordem_id"])["ordem_id"].drop_nulls().to_list()

    valid = keys(layout.part(plan.paths.validated, 0))
    rejects = keys(layout.part(plan.paths.rejects, 0))
    divergent = keys(layout.published("output", plan.day))
    known = {*divergent, *rejects}
    equal = next(key for key in valid[len(valid) // 2 :] if key not in known)
    day = {"dia": plan.day}
    return {
        "divergent, 90 days": {"ordem_id": divergent[len(divergent) // 2], **day},
        "equal": {"ordem_id": equal, **day},
        "equal, no day given": {"ordem_id": equal},
        "refused": {"ordem_id": rejects[len(rejects) // 2], **day},
        "unknown, 64 spellings": {"ordem_id": f"{equal}-x1", **day},
        "equal, no history": {"ordem_id": equal, **day, "desde": plan.day},
    }


def main(rows: int) -> None:
    with TemporaryDirectory() as name, running_stack(Path(name) / "stack", deployed=False) as stack:
        os.environ |= stack.env
        s3 = boto3.client("s3")
        for bucket in BUCKETS:
            s3.create_bucket(
                Bucket=bucket,
                CreateBucketConfiguration={"LocationConstraint": os.environ["AWS_DEFAULT_REGION"]},
            )
        TEXTS.mkdir(parents=True, exist_ok=True)
        store = Store()
        began = time.monotonic()
        plan = published(store, s3, rows, Path(name))
        print(f"{rows} lines, {plan.partitions} parts, made in {time.monotonic() - began:.0f} s")
        print(f"{'question':24} outcome       seconds  first  import  objects  reads      MB  memory MB")
        for question, event in questions(store, plan).items():
            told = ask(event)
            answer = told["answer"]
            read, outcome = answer["lido"], answer["codigo"] or answer["explicacao"]["desfecho"]
            print(
                f"{question:24} {outcome:13} {told['median_s']:7.2f} {told['first_s']:6.2f}"
                f" {told['import_s']:7.2f} {read['objetos']:8} {read['leituras']:6}"
                f" {read['bytes'] / 1e6:7.1f} {told['memory_mb']:10.0f}"
            )
            (TEXTS / f"{rows} {question}.txt").write_text(answer["texto"])


def ask(event: dict[str, str]) -> dict[str, Any]:
    """In a process of its own, with the function's variables."""
    variables = {**dict.fromkeys(ENVIRONMENT, "-"), "RULES": "{}", "TUNING": "{}", "RESPONSE_MINUTES": "{}"}
    buckets = {f"{name.upper()}_BUCKET": name for name in BUCKETS}
    command = [sys.executable, "-m", "tests.explain.ask", json.dumps(event)]
    done = subprocess.run(
        command, check=True, capture_output=True, env={**os.environ, **variables, **buckets}
    )
    return dict(json.loads(done.stdout))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
