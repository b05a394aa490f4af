"""What is published, held against the oracle row by row: of the file's pinned version, and a base."""

import hashlib
import io
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import polars as pl

from local.results import Published
from tests.chaos.scene import Scene
from tests.explain.expected import Day
from tests.faults.stack import INGRESS, Hurt
from tests.oracle import BaseRow, reconcile


def held_against(found: Published, scene: Scene) -> tuple[Day, list[str]]:
    """By the oracle, of the base of which it is right, or else of the newest with what is wrong."""
    return _of_some(found, *_file(found, scene), scene.bases, scene.reference_date)


def mistakes(found: Published, hurt: Hurt, day: date, base: list[BaseRow]) -> list[str]:
    """What is wrong of it, by the oracle."""
    return _of_some(found, _pinned(found, hurt), True, [base], day)[1]


def _of_some(
    found: Published, file: bytes, is_there: bool, bases: Sequence[list[BaseRow]], day: date
) -> tuple[Day, list[str]]:
    for base in bases:
        known = Day(day, found.summary["job_id"], file, base, reconcile(file, base, day), is_there)
        wrong = list(_differences(found, known))
        if not wrong:
            break
    return known, wrong


def _file(found: Published, scene: Scene) -> tuple[bytes, bool]:
    """The pinned version; what was sent, where somebody has destroyed that. And whether it is there."""
    try:
        return _pinned(found, scene.hurt), True
    except scene.hurt.client("s3").exceptions.ClientError:
        sent = hashlib.sha256(scene.sent).hexdigest()
        assert sent == found.summary["input"]["sha256"], "no such file was ever sent"
        return scene.sent, False


def _pinned(found: Published, hurt: Hurt) -> bytes:
    given = found.summary["input"]
    where = {"Bucket": INGRESS, "Key": given["s3_key"], "VersionId": given["version_id"]}
    return bytes(hurt.client("s3").get_object(**where)["Body"].read())


def _differences(found: Published, known: Day) -> Iterator[str]:
    wanted, job_id, frame = known.truth, known.job_id, found.frame
    if wanted.code:
        yield f"published, where the contract says {wanted.code}"
        return
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
