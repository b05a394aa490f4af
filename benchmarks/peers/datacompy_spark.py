"""datacompy's Spark comparison of the two sides, the date as a text: its largest difference takes no DATE."""

from __future__ import annotations

from functools import reduce
from operator import and_
from typing import Any

from datacompy import SparkSQLCompare
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812 - as everybody calls it

from benchmarks.peers.base import COMPARED, task
from benchmarks.peers.spark_sides import sides

_NAMES = ("tipo_divergencia", "ordem_id", "campos_divergentes", "diferenca_valor")


def answer(found: Any) -> Any:
    """The divergences, of the three DataFrames that datacompy leaves."""
    zero, no_fields = F.lit(0).cast("decimal(18,2)"), F.lit(None).cast("string")
    flags = {name: F.col(f"{name}_match") for name in COMPARED}
    changed = found.intersect_rows.where(~reduce(and_, flags.values()))
    fields = F.concat_ws(",", *(F.when(~is_equal, name) for name, is_equal in flags.items()))
    difference = F.coalesce("valor_csv", zero) - F.coalesce("valor_base", zero)
    key, value = F.col("ordem_id"), F.col("valor")
    return (
        found.df1_unq_rows.select(F.lit("TIPO_1"), key, no_fields, value)
        .union(found.df2_unq_rows.select(F.lit("TIPO_2"), key, no_fields, zero - value))
        .union(changed.select(F.lit("TIPO_3"), F.col("ordem_id_csv"), fields, difference))
        .toDF(*_NAMES)
    )


def main() -> None:
    asked = task()
    spark = SparkSession.builder.getOrCreate()
    file, base = (side.withColumn("data", F.col("data").cast("string")) for side in sides(spark, asked))
    found = SparkSQLCompare(spark, file, base, "ordem_id", df1_name="csv", df2_name="base")
    answer(found).coalesce(1).write.parquet(str(asked.out))
    spark.stop()


if __name__ == "__main__":
    main()
