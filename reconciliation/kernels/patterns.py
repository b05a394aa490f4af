"""What a day's divergences have in common, counted over the published columns.

Source: runbook 2.5, step 2 (investigate the cause). `causes.py` decides which of it means something.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Final

import polars as pl

from reconciliation.contract import TIPO_1, TIPO_2, TIPO_3, TYPES
from reconciliation.kernels.money import cents_of, total
from reconciliation.patterns import Patterns, Respelled, Share

_EXAMPLES: Final = 3
_SIGNS: Final = r"[^\p{L}\p{N}]+"
"""What is neither a letter nor a digit."""
_ONE_CENT: Final = 1
_ONE_REAL: Final = 100
_GROSS: Final = cents_of("diferenca_valor").abs().alias("gross")
_ROUNDED_DIGITS: Final = 4
"""A multiplied amount is rounded to cents, so its ratio is the factor's in its first digits only."""
_TIMES_A_CENT: Final = 10
_TELLING_PART: Final = 1_000
"""Of an amount, what a factor changes at least: of less, the four digits that are shown of it say 1."""


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
        fields=_commonest(of_fields.select(value="campos_divergentes")),
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


def _factor(amounts: pl.DataFrame) -> Share | None:
    """The factor that explains the most amounts to the cent, of those nearest to the commonest ratio."""
    file, base = pl.col("file"), pl.col("base")
    telling = amounts.filter(_tells_a_factor(file, base))
    if telling.is_empty():
        return None
    rounded = telling.with_columns((file / base).round_sig_figs(_ROUNDED_DIGITS).alias("ratio"))
    commonest = _commonest(rounded.select(value="ratio"))
    assert commonest
    alike = rounded.filter(pl.col("ratio") == float(commonest.value))
    # the largest amount's ratio is the sharpest
    largest = alike.sort(base.abs(), "base", "file", descending=True).row(0, named=True)
    factor = _simple(largest["file"], largest["base"])
    exact = telling.filter(is_times(file, base, factor))
    return Share(value=str(factor), count=exact.height, of=amounts.height, cents=total(exact["gross"]))


def is_times(file: pl.Expr, base: pl.Expr, factor: Fraction) -> pl.Expr:
    """Whether the file's amount is the base's times the factor, both in cents, and says so of no other one.

    The day's report and a supplier's message both take it from here.
    """
    rest = (_wide(file) * factor.denominator - _wide(base) * factor.numerator).abs()
    # a cent of the file weighs as much as the denominator, one of the base as much as the numerator
    is_exact = rest <= _ONE_CENT * max(factor.denominator, abs(factor.numerator))
    return _tells_a_factor(file, base) & is_exact


def _tells_a_factor(file: pl.Expr, base: pl.Expr) -> pl.Expr:
    """Whether a cent, to which either is rounded, is little beside the smaller one and what they differ by.

    Below R$ 1,00 it is over 1 % of an amount: of a cent itself nearly any other amount is a multiple.
    """
    file, base = _wide(file), _wide(base)
    smaller, larger = pl.min_horizontal(file.abs(), base.abs()), pl.max_horizontal(file.abs(), base.abs())
    off = (file - base).abs()
    # a cent of the smaller one is as many of the larger as that is times the smaller
    is_beyond_rounding = off * smaller >= _TIMES_A_CENT * larger
    return (smaller >= _ONE_REAL) & is_beyond_rounding & (off * _TELLING_PART >= larger)


def _wide(cents: pl.Expr) -> pl.Expr:
    """A product of two amounts is beyond Int64."""
    return cents.cast(pl.Int128)


def _lost_cents(amounts: pl.DataFrame) -> Share | None:
    """The side that more often has whole reais, cut off or rounded, where the other one has cents.

    None where the other one nearly as often has whole reais in its turn: then neither loses them.
    """
    if amounts.is_empty():
        return None
    near = amounts.filter(pl.col("gross") < _ONE_REAL)
    lost = {side: near.filter(pl.col(side) % _ONE_REAL == 0) for side in ("file", "base")}
    (side, rows), (_, others) = sorted(lost.items(), key=lambda of_side: -of_side[1].height)
    if 2 * others.height > rows.height:
        return None
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
        cents=2 * total(pairs["valor"].abs()),
        examples=tuple(pairs.select("file", "base").head(_EXAMPLES).iter_rows()),
    )


def respelled_pairs(divergences: pl.DataFrame) -> pl.DataFrame:
    """Keys of `file` and of `base` that are one but for how they are written, with their `valor` in cents.

    The amount is the same on both sides: of a day's many keys some are alike by chance, and nearly all have
    the day's date. Only where one order of each side has that form and amount: with more, nobody knows which
    is which. What else is of the base's row is named `_right`.
    """
    file, base = (
        divergences.filter(pl.col("tipo_divergencia") == kind).select(
            pl.col("ordem_id").alias(name), cents_of(valor).alias("valor"), "fornecedor_id", "linha"
        )
        for kind, name, valor in ((TIPO_1, "file", "valor_csv"), (TIPO_2, "base", "valor_base"))
    )
    found = []
    for form in (letters_and_digits, without_zeros):
        alike = _formed(file, form).join(_formed(base, form), on=["form", "valor"]).drop("form")
        pairs = _parted_alike(alike, form)
        found.append(pairs)
        file, base = file.join(pairs, on="file", how="anti"), base.join(pairs, on="base", how="anti")
    return pl.concat(found)


def _formed(keys: pl.DataFrame, form: Callable[[pl.Expr], pl.Expr]) -> pl.DataFrame:
    """The keys (the first column) that alone of their side have their `form` and `valor`."""
    formed = keys.with_columns(form(pl.col(keys.columns[0])).alias("form"))
    return formed.filter(pl.struct("form", "valor").is_unique() & (pl.col("form") != ""))


def letters_and_digits(key: pl.Expr) -> pl.Expr:
    """Without case, punctuation and blanks; zeros stay, as `A/07` may stand as `A07`."""
    return key.str.to_uppercase().str.replace_all(_SIGNS, "")


def without_zeros(key: pl.Expr) -> pl.Expr:
    """Without the zeros before any number in it, either: those of `A-007`, and of `00 07` both."""
    return _unpadded(letters_and_digits(_unpadded(key)))


def _parted_alike(pairs: pl.DataFrame, form: Callable[[pl.Expr], pl.Expr]) -> pl.DataFrame:
    """Those of which either key only lacks some of the signs that stand between digits of the other.

    `12-1149` may stand as `121149`; that `121-149` does, too, makes it no other writing of `12-1149`.
    """
    keys = {"mine": pl.col("file"), "theirs": pl.col("base")}
    if form is without_zeros:
        keys = {name: _unpadded(key) for name, key in keys.items()}
    numbers = pairs.with_columns(**{name: _numbers(key) for name, key in keys.items()})
    others = numbers.filter(pl.col("mine") != pl.col("theirs")).with_columns(_parts("mine"), _parts("theirs"))
    more = [pl.col(one).list.set_difference(other) for one, other in (("mine", "theirs"), ("theirs", "mine"))]
    alike = others.filter(pl.any_horizontal(beyond.list.len() == 0 for beyond in more))
    return pl.concat(
        found.select(pairs.columns) for found in (numbers.filter(pl.col("mine") == pl.col("theirs")), alike)
    )


def _numbers(key: pl.Expr) -> pl.Expr:
    """Its letters and digits, with one blank for the signs between two digits."""
    apart = key.str.to_uppercase().str.replace_all(_SIGNS, " ").str.strip_chars(" ")
    return apart.str.replace_all(r"(\p{L}) ", "${1}").str.replace_all(r" (\p{L})", "${1}")


def _parts(name: str) -> pl.Expr:
    """Of `_numbers`, how many letters and digits stand behind each blank, as a list.

    Counted from the end, so that zeros which are left out in front move nothing.
    """
    lengths = pl.col(name).str.split(" ").list.reverse().list.eval(pl.element().str.len_chars().cum_sum())
    return lengths.list.head(lengths.list.len() - 1)


def _unpadded(key: pl.Expr) -> pl.Expr:
    return key.str.replace_all(r"(^|[^\p{N}])0+(\p{N})", "${1}${2}")
