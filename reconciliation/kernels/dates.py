"""Dates that a base can hold and no file can."""

from datetime import date

import polars as pl


def sane(data: pl.Expr) -> pl.Expr:
    """The date, or null outside the years 1 to 9999: Python and most readers of Parquet know no others."""
    return pl.when(data.is_between(date.min, date.max)).then(data)
