"""What a day's divergences have in common, counted over the published columns.

Source: runbook 2.5, step 2 (investigate the cause). `causes.py` decides which of it means something.
"""

from fractions import Fraction
from typing import Final

import polars as pl

from reconciliation.contract import COMPARED, TIPO_1, TIPO_2, TIPO_3, TYPES
from reconciliation.kernels.money import cents_of
from reconciliation.patterns import Patterns, Respelled, Share

_EXAMPLES: Final = 3
_ONE_CENT: Final = 1
_ROUNDED_DIGITS: Final = 4
"""A multiplied amount is rounded to cents, so its ratio is the factor's in its first digits only."""


def patterns(divergences: pl.DataFrame) -> Patterns:
    """Of a frame by schema DIVERGENCES."""
    counted = dict(divergences.group_by("tipo_divergencia").len().iter_rows())
    of_fields = divergences.filter(pl.col("tipo_divergencia") == TIPO_3)
    amounts = of_fields.select(
        cents_of("valor_csv").alias("file"), cents_of("valor_base").alias("base")
    ).filter(pl.col("file") != pl.col("base"))  # fmt: skip
    shifts = (of_fields["data_csv"] - of_fields["data_base"]).dt.total_days().rename("shift")
    return Patterns(
        types={kind: counted.get(kind, 0) for kind in TYPES},
        supplier=_commonest(divergences["fornecedor_id"]),
        field=_field(of_fields["campos_divergentes"]),
        factor=_factor(amounts.filter((pl.col("file") != 0) & (pl.col("base") != 0))),
        difference=_commonest((amounts["file"] - amounts["base"]).rename("difference")),
        shift=_commonest(shifts.filter(shifts != 0)),
        respelled=_respelled(divergences),
    )


def _commonest(values: pl.Series) -> Share | None:
    """Of as many the least."""
    if values.is_empty():
        return None
    counted = values.value_counts(name="rows").sort(["rows", values.name], descending=[True, False])
    value, count = counted.row(0)
    return Share(value=str(value), count=count, of=values.len())


def _field(lists: pl.Series) -> Share | None:
    named = lists.str.split(",")
    shares = [
        Share(value=name, count=int(named.list.contains(name).sum()), of=lists.len()) for name in COMPARED
    ]
    return max(shares, key=lambda share: share.count) if lists.len() else None


def _factor(amounts: pl.DataFrame) -> Share | None:
    """The factor that explains the most amounts to the cent, of those nearest to the commonest ratio."""
    if amounts.is_empty():
        return None
    rounded = amounts.with_columns(
        (pl.col("file") / pl.col("base")).round_sig_figs(_ROUNDED_DIGITS).alias("ratio")
    )
    commonest = _commonest(rounded["ratio"])
    assert commonest
    alike = rounded.filter(pl.col("ratio") == float(commonest.value))
    # the largest amount's ratio is the sharpest
    largest = alike.sort(pl.col("base").abs(), "base", "file", descending=True).row(0, named=True)
    factor = _simple(Fraction(largest["file"], largest["base"]), largest["base"])
    scaled = pl.col("base") * factor.numerator / factor.denominator
    count = amounts.filter((pl.col("file") - scaled).abs() <= _ONE_CENT).height
    return Share(value=str(factor), count=count, of=amounts.height)


def _simple(ratio: Fraction, base: int) -> Fraction:
    """The simplest factor that gives the same cents: 1.05 is seen as 21/20, not as 106383/101317."""
    for most in (1, 10, 100, 1000, 10_000):
        near = ratio.limit_denominator(most)
        if abs(near * base - ratio * base) <= Fraction(1, 2):
            return near
    return ratio


def _respelled(divergences: pl.DataFrame) -> Respelled:
    """Only where one key of each side has that form: with more, nobody knows which is which."""
    sides = []
    for kind, name in ((TIPO_1, "file"), (TIPO_2, "base")):
        keys = divergences.filter(pl.col("tipo_divergencia") == kind).select(pl.col("ordem_id").alias(name))
        formed = keys.with_columns(_form(pl.col(name)).alias("form"))
        sides.append(formed.filter(pl.col("form").is_unique() & (pl.col("form") != "")))
    pairs = sides[0].join(sides[1], on="form").sort("file")
    examples = tuple((row["file"], row["base"]) for row in pairs.head(_EXAMPLES).iter_rows(named=True))
    return Respelled(pairs=pairs.height, examples=examples)


def _form(key: pl.Expr) -> pl.Expr:
    """Without case, leading zeros of any number in it, punctuation and blanks."""
    numbers = key.str.to_uppercase().str.replace_all(r"(^|[^\p{N}])0+(\p{N})", "${1}${2}")
    return numbers.str.replace_all(r"[^\p{L}\p{N}]", "")
