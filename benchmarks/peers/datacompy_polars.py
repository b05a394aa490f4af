"""datacompy over the frames of the bare Polars script: it joins and compares."""

from __future__ import annotations

from io import BytesIO

import polars as pl
from datacompy import PolarsCompare

from benchmarks.peers.base import COMPARED, snapshot, task
from benchmarks.peers.polars_script import base_rows, typed

_FLAGS = {name: pl.col(f"{name}_match") for name in COMPARED}


def answer(found: PolarsCompare) -> pl.DataFrame:
    """The divergences, of the three frames that datacompy leaves."""
    fields = [pl.when(~is_equal).then(pl.lit(name)) for name, is_equal in _FLAGS.items()]
    changed: pl.DataFrame = found.intersect_rows.filter(~pl.all_horizontal(_FLAGS.values()))
    zero = pl.lit(0, pl.Decimal(18, 2))
    difference = pl.col("valor_csv").fill_null(zero) - pl.col("valor_base").fill_null(zero)
    key, named = pl.col("ordem_id"), "diferenca_valor"
    divergences: pl.DataFrame = pl.concat(
        [
            found.df1_unq_rows.select(
                key, pl.lit("TIPO_1").alias("tipo_divergencia"), pl.col("valor").alias(named)
            ),
            found.df2_unq_rows.select(
                key, pl.lit("TIPO_2").alias("tipo_divergencia"), (zero - pl.col("valor")).alias(named)
            ),
            changed.select(
                key,
                pl.lit("TIPO_3").alias("tipo_divergencia"),
                difference.alias(named),
                pl.concat_str(fields, separator=",", ignore_nulls=True).alias("campos_divergentes"),
            ),
        ],
        how="diagonal_relaxed",
    )
    return divergences


def main() -> None:
    asked = task()
    file = typed(pl.read_csv(asked.file, separator=";", infer_schema=False))
    with snapshot(asked.url) as base:
        copied, moved = BytesIO(), BytesIO()
        base.copy_day(asked.day, copied)
        of_day = base_rows(copied)
        absent = file.join(of_day, on="ordem_id", how="anti")["ordem_id"]
        base.copy_keys(absent.to_list(), moved)
    rows = pl.concat([of_day, base_rows(moved)])
    found = PolarsCompare(file, rows, join_columns="ordem_id", df1_name="csv", df2_name="base")
    answer(found).write_parquet(asked.out)


if __name__ == "__main__":
    main()
