"""What a run left on S3, read back, and copied to a folder where it outlives the stack."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from reconciliation import layout
from reconciliation.deployment import BUCKETS
from reconciliation.layout import Location

OUTPUT, CHECKPOINTS = BUCKETS["output"], BUCKETS["checkpoints"]
FILES = ("divergencias.parquet", "divergencias.csv", "rejeitos.parquet", "resumo.json", "checkpoint.json")


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


def copy_published(found: Published, folder: Path) -> None:
    """Parquet and summary as published, and the divergences as a CSV for a spreadsheet."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "divergencias.parquet").write_bytes(found.divergences)
    (folder / "rejeitos.parquet").write_bytes(found.rejects)
    (folder / "resumo.json").write_text(json.dumps(found.summary, indent=2, ensure_ascii=False) + "\n")
    (folder / "divergencias.csv").write_bytes(spreadsheet(found.frame))


def copy_refused(s3: Any, job_id: str, folder: Path) -> list[Path]:
    """The checkpoint and the rejects of a run that failed, if it got that far; answers what was copied."""
    copied = []
    for where in (layout.checkpoint(CHECKPOINTS, job_id), layout.refused_rejects(CHECKPOINTS, job_id)):
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


def spreadsheet(divergences: pl.DataFrame) -> bytes:
    """A CSV that a Brazilian spreadsheet opens as it is: UTF-8 with BOM, `;`, decimal comma.

    A text that a spreadsheet would run as a formula gets an apostrophe before it.
    """
    text, money = pl.col(pl.String), pl.col(pl.Decimal)
    is_formula = text.str.contains(r"^\s*[=+\-@]|^[\t\r]")
    harmless = pl.when(is_formula).then(pl.lit("'") + text).otherwise(text)
    written = divergences.with_columns(harmless.name.keep()).with_columns(
        money.cast(pl.String).str.replace(".", ",", literal=True)
    )
    return written.write_csv(separator=";", include_bom=True).encode()
