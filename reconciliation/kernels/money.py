"""Money between text, whole cents (Int64) and decimals: never a float."""

from decimal import Decimal

import polars as pl

from reconciliation.contract import VALOR_SCALE


def cents(valor: pl.Expr) -> pl.Expr:
    """Int64, of a text of at most 16 integer digits and 2 decimals; null where it is no such number."""
    return valor.cast(pl.Decimal(18, VALOR_SCALE), strict=False).to_physical().cast(pl.Int64)


def cents_of(name: str) -> pl.Expr:
    """Int64, of a column of amounts with two decimals, whose name it keeps."""
    return pl.col(name).to_physical().cast(pl.Int64)


def decimal(cents: pl.Expr, precision: int) -> pl.Expr:
    """Decimal(precision, 2) of whole cents."""
    return (cents.cast(pl.Decimal(38, VALOR_SCALE)) * pl.lit(Decimal("0.01"))).cast(
        pl.Decimal(precision, VALOR_SCALE)
    )


def total(cents: pl.Series) -> int:
    """The exact sum, also where it is beyond Int64; a null counts 0."""
    return int(cents.cast(pl.Int128).sum())
