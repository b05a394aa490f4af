"""What is published, held against the oracle row by row: of the file's pinned version, and a base."""

import io
from collections.abc import Iterator
from datetime import date
from typing import Any

import polars as pl

from local.results import Published
from tests.faults.stack import INGRESS, Hurt
from tests.oracle import BaseRow, Outcome, reconcile


def mistakes(found: Published, hurt: Hurt, day: date, bases: list[list[BaseRow]]) -> list[str]:
    """None, where it is right of one of the bases; else what is wrong of the newest one."""
    pinned = found.summary["input"]
    where = {"Bucket": INGRESS, "Key": pinned["s3_key"], "VersionId": pinned["version_id"]}
    body = hurt.client("s3").get_object(**where)["Body"].read()
    wrong: list[str] = []
    for base in bases:
        wrong = list(_differences(found, reconcile(body, base, day)))
        if not wrong:
            return []
    return wrong


def _differences(found: Published, wanted: Outcome) -> Iterator[str]:
    if wanted.code:
        yield f"published, where the contract says {wanted.code}"
        return
    job_id, frame = found.summary["job_id"], found.frame
    if set(frame["job_id"]) - {job_id}:
        yield f"rows are of {set(frame['job_id'])}, the summary of {job_id}"
    rows, expected = frame.drop("job_id").to_dicts(), wanted.divergences
    if rows != [{name: row[name] for name in frame.columns if name != "job_id"} for row in expected]:
        first = next(
            (n for n, (a, b) in enumerate(zip(rows, expected, strict=False)) if a.items() - b.items()), None
        )
        yield f"{len(rows)} rows, not {len(expected)}; the first that differs is number {first}"
    refused = pl.read_parquet(io.BytesIO(found.rejects)).select("linha", "codigo", "ordem_id").rows()
    if refused != [tuple(one) for one in wanted.rejects]:
        yield f"{len(refused)} refused lines, not {len(wanted.rejects)}"
    totals: dict[str, Any] = found.summary["totals"]
    if totals != {"lines": wanted.lines, "cents": wanted.cents}:
        yield f"totals {totals}, not {wanted.lines} {wanted.cents}"
