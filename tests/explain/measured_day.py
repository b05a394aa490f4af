"""A large generated day as its run leaves it, published on a stack's S3, with published days before it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from glue_jobs.base_copy import BaseSource
from glue_jobs.executor import PlainExecutor
from glue_jobs.reconciliation import Fence, reconcile
from glue_jobs.validation import validate
from local.generated_day import GeneratedDay
from reconciliation import layout
from reconciliation.adapters.days import Days
from reconciliation.adapters.store import Store
from reconciliation.config import Rules
from reconciliation.contract import HEADER
from reconciliation.day import take
from reconciliation.inspection import Inspector
from reconciliation.kernels.money import cents
from reconciliation.kernels.schemas import FOUND
from reconciliation.layout import RunPaths
from reconciliation.lifecycle.publishing import publish
from reconciliation.objects import to_json
from reconciliation.plan import InputFile, Plan
from reconciliation.run import Attempt

DAY = date(2026, 2, 16)
HISTORY = 90
_PIECE_BYTES = 64 * 1024 * 1024


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
    generated = GeneratedDay(rows, DAY)
    plan = _planned(store, s3, generated, folder / "input.csv")
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


def _planned(store: Store, s3: Any, generated: GeneratedDay, file: Path) -> Plan:
    """The file uploaded, and what InspectFile plans of it."""
    inspector = Inspector(Rules())
    with file.open("wb") as written:
        for chunk in generated.csv_chunks():
            written.write(chunk)
            inspector.feed(chunk)
    seen, s3_key = inspector.finish(), f"{DAY}/input.csv"
    s3.upload_file(str(file), "ingress", s3_key)
    version_id = s3.head_object(Bucket="ingress", Key=s3_key).get("VersionId", "null")
    source = InputFile(
        bucket="ingress", s3_key=s3_key, version_id=version_id, sha256=seen.sha256, bytes=seen.size_bytes
    )
    job_id, fingerprint = f"JOB-{DAY:%Y%m%d}-000001", "f" * 32
    plan = Plan(
        job_id=job_id, day=str(DAY), fingerprint=fingerprint, lineage=f"{job_id}/1", input=source,
        rules=Rules(), data_lines=seen.data_lines, warnings=seen.warnings, cuts=tuple(seen.cuts),
        partitions=Rules().partitions(seen.data_lines, seen.size_bytes),
        paths=RunPaths.of("intermediate", str(DAY), fingerprint),
    )  # fmt: skip
    store.put(layout.plan("intermediate", plan.day, plan.fingerprint), to_json(plan.to_dict()))
    return plan
