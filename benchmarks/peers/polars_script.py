"""A bare Polars script."""

from __future__ import annotations

from io import BytesIO

import polars as pl

from benchmarks.peers.base import COLUMNS, COMPARED, snapshot, task

_TEXTS = dict.fromkeys(COLUMNS, pl.String)


def typed(rows: pl.DataFrame) -> pl.DataFrame:
    """Blanks around a text do not count, and a NULL is an empty text."""
    return rows.select(
        pl.col(COLUMNS[:4]).fill_null("").str.strip_chars(" \t"),
        pl.col("data").str.strip_chars(" \t").str.to_date("%Y-%m-%d"),
        pl.col("valor").str.strip_chars(" \t").cast(pl.Decimal(18, 2)),
    )


def base_rows(copied: BytesIO) -> pl.DataFrame:
    if not copied.tell():
        return typed(pl.DataFrame(schema=_TEXTS))
    copied.seek(0)
    return typed(pl.read_csv(copied, has_header=False, schema=_TEXTS))


def compared(file: pl.DataFrame, base: pl.DataFrame) -> pl.DataFrame:
    """The divergences."""
    joined = file.with_columns(in_file=pl.lit(value=True)).join(
        base.with_columns(in_base=pl.lit(value=True)),
        on="ordem_id", how="full", coalesce=True, suffix="_base",
    )  # fmt: skip
    differs = {name: (pl.col(name) != pl.col(f"{name}_base")).fill_null(value=True) for name in COMPARED}
    fields = pl.concat_str(
        [pl.when(expr).then(pl.lit(name)) for name, expr in differs.items()],
        separator=",",
        ignore_nulls=True,
    )
    tipo = (
        pl.when(pl.col("in_base").is_null()).then(pl.lit("TIPO_1"))
        .when(pl.col("in_file").is_null()).then(pl.lit("TIPO_2"))
        .when(pl.any_horizontal(*differs.values())).then(pl.lit("TIPO_3"))
    )  # fmt: skip
    divergent = joined.with_columns(tipo_divergencia=tipo).drop_nulls("tipo_divergencia")
    difference = pl.col("valor").fill_null(0) - pl.col("valor_base").fill_null(0)
    return divergent.with_columns(
        campos_divergentes=pl.when(pl.col("tipo_divergencia") == "TIPO_3").then(fields),
        diferenca_valor=difference,
    ).drop("in_file", "in_base")


def main() -> None:
    asked = task()
    file = typed(pl.read_csv(asked.file, separator=";", schema=_TEXTS))
    with snapshot(asked.url) as base:
        copied, moved = BytesIO(), BytesIO()
        base.copy_day(asked.day, copied)
        of_day = base_rows(copied)
        absent = file.join(of_day, on="ordem_id", how="anti")["ordem_id"]
        base.copy_keys(absent.to_list(), moved)
    compared(file, pl.concat([of_day, base_rows(moved)])).write_parquet(asked.out)


if __name__ == "__main__":
    main()
