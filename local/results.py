"""What a run left on S3, read back, and copied to a folder where it outlives the stack."""

from __future__ import annotations

import io
import json
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from reconciliation import layout, places
from reconciliation.adapters.store import Store
from reconciliation.deployment import BUCKETS
from reconciliation.layout import Location

OUTPUT, CHECKPOINTS = BUCKETS["output"], BUCKETS["checkpoints"]
FILES = ("divergencias.parquet", "rejeitos.parquet", "resumo.json", "checkpoint.json", layout.MESSAGE,
         layout.REFUSED_LIST)  # fmt: skip
REPORT = "relatorios"
"""The folder of the index and, each day's in its own, of reports: as in the bucket, so that links hold."""


@dataclass(frozen=True)
class Published:
    """A published day as bytes and as values."""

    divergences: bytes
    etag: str
    rejects: bytes
    summary: dict[str, Any]

    @property
    def frame(self) -> pl.DataFrame:
        return pl.read_parquet(io.BytesIO(self.divergences))


def published(s3: Any, day: date) -> Published:
    """The three objects of a day. Raises botocore's ClientError where one is missing."""
    divergences, rejects, summary = (
        get(s3, made(OUTPUT, str(day)))
        for made in (layout.published, layout.published_rejects, layout.summary)
    )
    body, etag = divergences["Body"].read(), divergences["ETag"]
    return Published(body, etag, rejects["Body"].read(), json.loads(summary["Body"].read()))


def clear(folder: Path) -> None:
    """Removes an earlier run's results, so that nobody takes them for this run's."""
    for name in FILES:
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / REPORT, ignore_errors=True)


def copy_published(found: Published, folder: Path) -> None:
    """Parquet and summary as published."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "divergencias.parquet").write_bytes(found.divergences)
    (folder / "rejeitos.parquet").write_bytes(found.rejects)
    (folder / "resumo.json").write_text(json.dumps(found.summary, indent=2, ensure_ascii=False) + "\n")


def page(folder: Path, day: date) -> Path:
    """Where the copy of a day's report is opened."""
    return folder / REPORT / str(day) / places.REPORT_PAGE


def copy_report(s3: Any, day: date, folder: Path) -> None:
    """The day's report with the files beside it, and the index that it links, as they stand."""
    reports, index = places.reports(OUTPUT), places.report_index(OUTPUT)
    for prefix in (places.report_folder(OUTPUT, str(day)), index):
        for listed in Store(s3).list(prefix):
            target = folder / REPORT / listed.key.removeprefix(reports.key)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(get(s3, Location(prefix.bucket, listed.key))["Body"].read())


def copy_refused(s3: Any, job_id: str, folder: Path) -> list[Path]:
    """What is kept of a run that failed, as far as it got: checkpoint, rejects, what the supplier is sent."""
    copied = []
    for made in (layout.checkpoint, layout.refused_rejects, layout.supplier_message, layout.refused_list):
        where = made(CHECKPOINTS, job_id)
        try:
            body = get(s3, where)["Body"].read()
        except s3.exceptions.NoSuchKey:
            continue
        folder.mkdir(parents=True, exist_ok=True)
        copied.append(folder / Path(where.key).name)
        copied[-1].write_bytes(body)
    return copied


def get(s3: Any, where: Location) -> dict[str, Any]:
    """The object as S3 answers it. Raises botocore's ClientError where it is missing."""
    return dict(s3.get_object(Bucket=where.bucket, Key=where.key))
