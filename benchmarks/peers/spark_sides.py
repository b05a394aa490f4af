"""Both sides as DataFrames, kept: the Spark libraries that compare two of them read each often."""

from __future__ import annotations

from typing import Any

from benchmarks.peers.base import Task, snapshot
from benchmarks.peers.spark_dataframes import CSV, day_rows, elsewhere, typed


def sides(spark: Any, asked: Task) -> tuple[Any, Any]:
    """The file; the base's rows of the day, and those of any date that have another of the file's keys."""
    file = typed(spark.read.csv(str(asked.file), sep=";", header=True, **CSV)).persist()
    with snapshot(asked.url) as base:
        of_day = day_rows(spark, base, asked)
        absent = file.join(of_day, "ordem_id", "left_anti").select("ordem_id")
        moved = elsewhere(spark, base, [row.ordem_id for row in absent.collect()], asked.scratch)
    return file, of_day.unionByName(moved).persist()
