"""`python -m tests.jobs.merging [ROWS [NAME_BYTES]]`: the memory that merging them takes."""

import multiprocessing
import resource
import sys
import time
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from glue_jobs.merging import ORDER, SortedPart, group_rows, write_merged
from reconciliation.kernels.codec import to_parquet
from reconciliation.kernels.schemas import DIVERGENCES
from reconciliation.kernels.weight import Weight

PARTS = 8


def write_part(part: int, rows: int, name_bytes: int, path: Path) -> SortedPart:
    """Every eighth key, of all types, with names that differ, and are as long."""
    number = pl.int_range(part, rows, PARTS, eager=True).alias("number")
    frame = number.to_frame().select(
        tipo_divergencia=pl.format("TIPO_{}", pl.col("number") % 3 + 1),
        ordem_id=pl.format("ORD-{}", pl.col("number") * 2654435761 % 10**10),
        nome_csv=pl.format("Fundo {}", pl.col("number") % 99_991).str.pad_end(name_bytes, "x"),
        nome_base=pl.format("Fundo em {}", pl.col("number") % 99_991).str.pad_end(name_bytes, "y"),
        fornecedor_id=pl.format("FORN-{}", pl.col("number") % 40),
        data_csv=pl.lit(date(2026, 2, 16)),
        valor_csv=pl.col("number").cast(pl.Decimal(18, 2)),
        linha=pl.col("number"),
    )
    whole = frame.match_to_schema(DIVERGENCES, missing_columns="insert").sort(ORDER)
    weight = Weight.of(whole.lazy())
    path.write_bytes(to_parquet(whole, group_rows=group_rows(weight)))
    return SortedPart(path, weight)


def measure(rows: int, name_bytes: int) -> str:
    """The parts are made by other processes, so that the peak is the merge's own."""
    with TemporaryDirectory() as folder, multiprocessing.get_context("spawn").Pool(1) as pool:
        paths = [Path(folder, str(part)) for part in range(PARTS)]
        made = [(part, rows, name_bytes, path) for part, path in enumerate(paths)]
        parts = pool.starmap(write_part, made, chunksize=1)
        began, before_mb = time.monotonic(), peak_mb()
        merged = write_merged(parts, Path(folder, "merged"))
        took_s = time.monotonic() - began
    return f"{merged} rows: {before_mb:.0f} MB before, {peak_mb():.0f} MB at most, {took_s:.1f} s"


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    given = list(map(int, sys.argv[1:]))
    sys.stdout.write(f"{measure(*given, *(1_000_000, 30)[len(given) :])}\n")
