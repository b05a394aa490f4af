"""More lines than this machine's S3 and database hold: checked, exchanged and compared, made part by part.

    python -m benchmarks.exchange [--lines 100000000] [--save]

Spark's tasks make the bytes of their own cut and the base's rows of the same orders, so nothing of the day is
on disk but the shuffle and the divergences. The kernels and the exchange are the jobs'; the answer is held
against the closed form. Then the divergences of all partitions are merged and sorted into one Parquet, as the
driver does. Prints what each of the two took, and how large what they left is; what was saved is where
`docs/scale.md` has rates from. Exit code 1: a wrong answer.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks import table
from benchmarks.contestants import WrongAnswer, run, scratch
from benchmarks.sampler import Sampler, sampling
from glue_jobs.executor import Blob
from glue_jobs.merging import ORDER, SortedPart, group_rows, write_merged
from glue_jobs.spark import SparkExecutor
from glue_jobs.validation import decide_part, read_cut
from local import mix, spark
from local.generated_day import GeneratedDay
from local.place import CHECKOUT, DEFAULT_DIRECTORY, REGION, Place
from reconciliation.config import Rules
from reconciliation.contract import TEXTS
from reconciliation.kernels.classify import classify
from reconciliation.kernels.codec import from_ipc, to_ipc, to_parquet
from reconciliation.kernels.money import cents
from reconciliation.kernels.partition import split
from reconciliation.kernels.schemas import BASE, LINE
from reconciliation.kernels.weight import Weight
from reconciliation.layout import RunPaths
from reconciliation.line import BLANKS
from reconciliation.plan import Cut, InputFile, Plan

FOLDER = DEFAULT_DIRECTORY / "bench"
_CUT_BLOCKS = 80  # some 8 MB, as the inspection cuts a file
_LINE_BYTES = 71
_BASE = "base"


def plan_of(day: GeneratedDay) -> Plan:
    """As InspectFile leaves it, but for the cuts: each task makes its own."""
    text, rules = str(day.reference_date), Rules()
    return Plan(
        job_id="JOB-20260216-000001",
        day=text,
        fingerprint="0" * 32,
        lineage="0",
        input=InputFile(bucket="none", s3_key=f"{text}/input.csv", version_id="1", sha256="", bytes=0),
        rules=rules,
        data_lines=day.rows,
        partitions=rules.partitions(day.rows, _LINE_BYTES * day.rows),
        warnings={},
        cuts=(),
        paths=RunPaths.of("none", text, "0" * 32),
    )


def read(day: GeneratedDay, plan: Plan, first: int, most: int = _CUT_BLOCKS) -> Iterator[tuple[int, Blob]]:
    """A cut of the file and the base's rows of its orders, by partition; it begins with that block."""
    count = min(most, day.rows // mix.BLOCK_LINES - first + 1)
    data = b"".join(day.csv_blocks(first, count))
    line = (first - 1) * mix.BLOCK_LINES + 2
    yield from read_cut(plan, Cut(offset=0, length=len(data), first_line=line), data)
    for where, rows in split(base_rows(b"".join(day.base_blocks(first, count))), plan.partitions):
        yield where, Blob(_BASE, to_ipc(rows))


def base_rows(data: bytes) -> pl.DataFrame:
    """By the BASE schema."""
    read = pl.read_csv(BytesIO(data), separator=";", has_header=False, schema=LINE)
    texts = pl.col(TEXTS).fill_null("").str.strip_chars(BLANKS)
    typed = (texts, pl.col("data").str.to_date("%Y-%m-%d"), cents(pl.col("valor")).alias("valor_cents"))
    return read.select(*typed).match_to_schema(BASE)


def compare(plan: Plan, parts: Path, where: int, blobs: Iterable[Blob]) -> dict[str, int]:
    """A partition's counts; its divergences become a file of `parts`."""
    base = [BASE.to_frame()]

    def of_file() -> Iterator[Blob]:
        for blob in blobs:
            if blob.kind == _BASE:
                base.append(from_ipc(blob.data))
            else:
                yield blob

    part = decide_part(plan, of_file())
    found = classify(part.valid, part.rejects, pl.concat(base), plan.reference_date, plan.job_id)
    weight = Weight.of(found.divergences.lazy())
    body = to_parquet(found.divergences.sort(ORDER), group_rows=group_rows(weight))
    (parts / f"{where:05d}.parquet").write_bytes(body)
    return {
        "valid_keys": part.report.lines,
        "rejected": part.rejects.height,
        "equal": found.equal,
        "divergences": found.divergences.height,
        "difference_cents": found.difference_cents,
        "validated_bytes": len(to_parquet(part.valid)),
        "divergence_bytes": len(body),
    }


def exchange(lines: int, parts: Path) -> dict[str, Any]:
    """All partitions' counts, and when the work began and ended. Raises WrongAnswer."""
    day = GeneratedDay(lines)
    plan, executor = plan_of(day), SparkExecutor(REGION)
    units = range(1, lines // mix.BLOCK_LINES + 1, _CUT_BLOCKS)
    began = time.monotonic()
    found = executor.exchange(
        list(units), partial(read, day, plan), partial(compare, plan, parts), plan.partitions
    )
    ended = time.monotonic()
    sums = {name: sum(part[name] for part in found) for name in found[0]}
    expected = day.expected()
    for name in ("valid_keys", "rejected", "equal", "divergences", "difference_cents"):
        if sums[name] != getattr(expected, name):
            raise WrongAnswer(f"{name}: {sums[name]}, expected {getattr(expected, name)}")
    blocks = Path(os.environ["SPARK_LOCAL_DIRS"]).rglob("*.data")
    shuffled = sum(file.stat().st_size for file in blocks)
    return {"began": began, "ended": ended, "partitions": plan.partitions, "shuffle_bytes": shuffled, **sums}


def merge(parts: Path) -> dict[str, Any]:
    """As the driver merges them: sorted parts, row group by row group, into one Parquet."""
    began, target = time.monotonic(), parts.with_name("merged.parquet")
    some = [SortedPart(file, Weight.of(pl.scan_parquet(file))) for file in sorted(parts.iterdir())]
    write_merged(some, target)
    return {"began": began, "ended": time.monotonic(), "merged_bytes": target.stat().st_size}


def main() -> int:
    """Answers the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.exchange", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--lines", type=int, default=100_000_000)
    parser.add_argument("--save", action="store_true", help="into benchmarks/saved/")
    parser.add_argument("--inside", choices=("exchange", "merge"), help=argparse.SUPPRESS)
    parser.add_argument("--parts", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.lines < mix.BLOCK_LINES or given.lines % mix.BLOCK_LINES:
        raise SystemExit(f"LINES={given.lines}: whole thousands")
    if given.inside:
        print(
            json.dumps(
                exchange(given.lines, given.parts) if given.inside == "exchange" else merge(given.parts)
            )
        )
        return 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    found = {"facts": table.machine() | {"lines": given.lines}}
    try:
        with scratch(FOLDER) as folder, sampling(0) as sampler:
            for step in ("exchange", "merge"):
                found[step] = _measured(step, given.lines, folder, sampler)
                print(step, json.dumps(found[step]), flush=True)
    except WrongAnswer as exc:
        print(exc, file=sys.stderr)
        return 1
    if given.save:
        table.SAVED.mkdir(exist_ok=True)
        (table.SAVED / "exchange.json").write_text(json.dumps(found, indent=1) + "\n")
    return 0


def _measured(step: str, lines: int, folder: Path, sampler: Sampler) -> dict[str, Any]:
    parts = folder / "parts"
    for made in (parts, folder / "spark"):
        made.mkdir(exist_ok=True)
    place = Place(folder, 0)
    environment = place.child_environment() | spark.environment(place.cache, folder / "spark", [CHECKOUT])
    asked = ["--lines", str(lines), "--inside", step, "--parts", str(parts)]
    said = json.loads(run(["-m", "benchmarks.exchange", *asked], environment).splitlines()[-1])
    figures = sampler.between(said.pop("began"), said.pop("ended"))
    return {
        "wall_s": round(figures.wall_s, 2), "cpu_s": round(figures.cpu_s, 2),
        "peak_mb": round(figures.peak_mb), "other_cpu_s": round(figures.others_cpu_s, 2), **said,
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
