"""What a day's divergences have in common, counted over the published columns.

Source: runbook 2.5, step 2 (investigate the cause). `causes.py` decides which of it means something.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Final

import polars as pl

from reconciliation.contract import COMPARED, TIPO_1, TIPO_2, TIPO_3, TYPES
from reconciliation.kernels.money import cents_of, total
from reconciliation.patterns import Patterns, Respelled, Share

_EXAMPLES: Final = 3
_ONE_CENT: Final = 1
_ONE_REAL: Final = 100
_GROSS: Final = cents_of("diferenca_valor").abs().alias("gross")
_ROUNDED_DIGITS: Final = 4
"""A multiplied amount is rounded to cents, so its ratio is the factor's in its first digits only."""


def patterns(divergences: pl.DataFrame) -> Patterns:
    """Of a frame by schema DIVERGENCES."""
    counted = dict(divergences.group_by("tipo_divergencia").len().iter_rows())
    of_fields = divergences.filter(pl.col("tipo_divergencia") == TIPO_3)
    amounts = of_fields.select(
        cents_of("valor_csv").alias("file"), cents_of("valor_base").alias("base"), _GROSS
    ).filter(pl.col("file") != pl.col("base"))  # fmt: skip
    shifts = (of_fields["data_csv"] - of_fields["data_base"]).dt.total_days()
    return Patterns(
        types={kind: counted.get(kind, 0) for kind in TYPES},
        supplier=_commonest(divergences.select(_GROSS, value="fornecedor_id")),
        field=_field(of_fields["campos_divergentes"]),
        factor=_factor(amounts.filter((pl.col("file") != 0) & (pl.col("base") != 0))),
        difference=_commonest(amounts.select("gross", value=pl.col("file") - pl.col("base"))),
        lost_cents=_lost_cents(amounts),
        shift=_commonest(shifts.filter(shifts != 0).to_frame("value")),
        respelled=_respelled(divergences),
    )


def _commonest(rows: pl.DataFrame) -> Share | None:
    """The commonest `value`, of as many the least, with its rows' R$ where there is `gross`."""
    if rows.is_empty():
        return None
    sums = [pl.col(name).cast(pl.Int128).sum() for name in rows.columns if name != "value"]
    counted = rows.group_by("value").agg(pl.len(), *sums).sort("len", "value", descending=[True, False])
    value, count, *cents = counted.row(0)
    return Share(value=str(value), count=count, of=rows.height, cents=cents[0] if cents else None)


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
    commonest = _commonest(rounded.select(value="ratio"))
    assert commonest
    alike = rounded.filter(pl.col("ratio") == float(commonest.value))
    # the largest amount's ratio is the sharpest
    largest = alike.sort(pl.col("base").abs(), "base", "file", descending=True).row(0, named=True)
    if abs(largest["file"] - largest["base"]) <= _ONE_CENT:  # a cent more is no factor of one
        return None
    factor = _simple(largest["file"], largest["base"])
    file, base = (pl.col(name).cast(pl.Int128) for name in ("file", "base"))
    rest = (file * factor.denominator - base * factor.numerator).abs()
    # a cent of the file weighs as much as the denominator, one of the base as much as the numerator
    exact = amounts.filter(rest <= _ONE_CENT * max(factor.denominator, abs(factor.numerator)))
    return Share(value=str(factor), count=exact.height, of=amounts.height, cents=total(exact["gross"]))


def _lost_cents(amounts: pl.DataFrame) -> Share | None:
    """The side that more often has whole reais, cut off or rounded, where the other one has cents."""
    if amounts.is_empty():
        return None
    near = amounts.filter(pl.col("gross") < _ONE_REAL)
    lost = {side: near.filter(pl.col(side) % _ONE_REAL == 0) for side in ("file", "base")}
    side, rows = max(lost.items(), key=lambda of_side: of_side[1].height)
    return Share(value=side, count=rows.height, of=amounts.height, cents=total(rows["gross"]))


def _simple(file: int, base: int) -> Fraction:
    """The simplest factor that gives the same cents on the side that is rounded, whichever that is.

    1.05 is seen as 21/20, not as 106383/101317; 1,234.56 against 12.35 as 100, not as 123456/1235.
    """
    ratio = Fraction(file, base)
    for most in (1, 10, 100, 1000, 10_000):
        near = ratio.limit_denominator(most)
        if abs(near * base - file) <= max(Fraction(1), abs(near)) / 2:
            return near
    return ratio


def _respelled(divergences: pl.DataFrame) -> Respelled:
    pairs = respelled_pairs(divergences).sort("file")
    return Respelled(
        pairs=pairs.height,
        cents=total(pairs["gross"]) + total(pairs["gross_right"]),
        examples=tuple(pairs.select("file", "base").head(_EXAMPLES).iter_rows()),
    )


def respelled_pairs(divergences: pl.DataFrame) -> pl.DataFrame:
    """Keys of `file` and of `base` that are one but for how they are written, each with its row's values.

    Only where one key of each side has that form: with more, nobody knows which is which. What is of the
    base's row is named `_right`.
    """
    file, base = (
        divergences.filter(pl.col("tipo_divergencia") == kind).select(
            pl.col("ordem_id").alias(name), _GROSS, "fornecedor_id", "linha"
        )
        for kind, name in ((TIPO_1, "file"), (TIPO_2, "base"))
    )
    found = []
    for form in (letters_and_digits, without_zeros):
        pairs = _formed(file, form).join(_formed(base, form), on="form").drop("form")
        found.append(pairs)
        file, base = file.join(pairs, on="file", how="anti"), base.join(pairs, on="base", how="anti")
    return pl.concat(found)


def _formed(keys: pl.DataFrame, form: Callable[[pl.Expr], pl.Expr]) -> pl.DataFrame:
    """The keys (the first column) that alone of their side have their `form`."""
    formed = keys.with_columns(form(pl.col(keys.columns[0])).alias("form"))
    return formed.filter(pl.col("form").is_unique() & (pl.col("form") != ""))


def letters_and_digits(key: pl.Expr) -> pl.Expr:
    """Without case, punctuation and blanks; zeros stay, as `A/07` may stand as `A07`."""
    return key.str.to_uppercase().str.replace_all(r"[^\p{L}\p{N}]", "")


def without_zeros(key: pl.Expr) -> pl.Expr:
    """Without the zeros before any number in it, either: those of `A-007`, and of `00 07` both."""
    return _unpadded(letters_and_digits(_unpadded(key)))


def _unpadded(key: pl.Expr) -> pl.Expr:
    return key.str.replace_all(r"(^|[^\p{N}])0+(\p{N})", "${1}${2}")
