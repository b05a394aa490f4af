"""spark-extension's `diff` of the two sides; its JAR comes with its package."""

from __future__ import annotations

from typing import Any

from gresearch.spark.diff import DiffOptions
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812 - as everybody calls it

from benchmarks.peers.base import task
from benchmarks.peers.spark_sides import sides

_KINDS = {"D": "TIPO_1", "I": "TIPO_2", "C": "TIPO_3"}
"""What is deleted on the way from the file to the base, inserted, changed."""


def answer(found: Any) -> Any:
    """The divergences; every row of both sides is in what `diff` leaves."""
    kinds = F.create_map(*(F.lit(text) for pair in _KINDS.items() for text in pair))
    zero = F.lit(0).cast("decimal(18,2)")
    return found.where("diff != 'N'").select(
        kinds[F.col("diff")].alias("tipo_divergencia"),
        "ordem_id",
        F.when(F.col("diff") == "C", F.concat_ws(",", "changes")).alias("campos_divergentes"),
        (F.coalesce("left_valor", zero) - F.coalesce("right_valor", zero)).alias("diferenca_valor"),
    )


def main() -> None:
    asked = task()
    spark = SparkSession.builder.getOrCreate()
    file, base = sides(spark, asked)
    found = file.diff(base, DiffOptions(change_column="changes"), "ordem_id")
    answer(found).coalesce(1).write.parquet(str(asked.out))
    spark.stop()


if __name__ == "__main__":
    main()
