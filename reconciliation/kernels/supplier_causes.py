"""Why one supplier's lines are probably wrong: its amounts, dates or keys are off in the same way.

Each supplier's are counted at once: the rules of a day (`causes.py`) over each of a thousand would take
seconds. What is compared is that supplier's on both sides, so nothing of another's is seen.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final, NamedTuple

import polars as pl

from reconciliation.contract import TIPO_1, TIPO_2, TIPO_3
from reconciliation.kernels.money import cents_of
from reconciliation.kernels.patterns import is_times, respelled_pairs
from reconciliation.patterns import are_respelled
from reconciliation.supplier_message import (
    AlikeLines,
    amounts_off,
    amounts_times,
    cents_lost,
    dates_off,
    keys_respelled,
)

_ID: Final = "fornecedor_id"
_LEAST: Final = 5
"""Fewer lines are no pattern."""
_ONE_REAL: Final = 100
_FACTORS: Final = tuple(Fraction(n) for n in (100, 1000, 10, -1)) + tuple(
    Fraction(1, n) for n in (100, 1000, 10)
)
"""What a wrong unit or sign makes of an amount."""


def supplier_causes(divergences: pl.DataFrame) -> Mapping[str, Sequence[str]]:
    """By supplier in sentences, each with an example of its own; `divergences` by schema DIVERGENCES."""
    found: dict[str, list[str]] = defaultdict(list)
    for supplier, sentence in (*_of_keys(divergences), *_of_amounts(divergences), *_of_dates(divergences)):
        found[supplier].append(sentence)
    return found


def _of_keys(divergences: pl.DataFrame) -> Iterator[tuple[str, str]]:
    pairs = respelled_pairs(divergences).filter(pl.col(_ID) == pl.col(f"{_ID}_right"))
    first = pairs.sort("linha").group_by(_ID).agg(pl.len(), pl.col("linha", "file", "base").first())
    absent = divergences.group_by(_ID).agg(
        pl.col("tipo_divergencia").eq(kind).sum().alias(kind) for kind in (TIPO_1, TIPO_2)
    )
    for supplier, count, line, mine, theirs, tipo_1, tipo_2 in first.join(absent, on=_ID).iter_rows():
        if are_respelled(count, tipo_1, tipo_2):
            yield supplier, keys_respelled(count, tipo_1, line, mine, theirs)


def _of_amounts(divergences: pl.DataFrame) -> Iterator[tuple[str, str]]:
    """One of a supplier: a factor says more than a sum, and this more than that the cents are lost."""
    rest = _both_sides(divergences, *(cents_of(name).cast(pl.Int128) for name in ("valor_csv", "valor_base")))
    mine, theirs = pl.col("mine"), pl.col("theirs")
    for factor in _FACTORS:
        found = _most(rest, pl.when(is_times(mine, theirs, factor)).then(1))
        for one in found:
            yield one.supplier, amounts_times(factor, one.lines)
        rest = _without(rest, found)
    found = _most(rest, mine - theirs)
    for one in found:
        yield one.supplier, amounts_off(one.lines)
    is_lost = (mine % _ONE_REAL == 0) & ((mine - theirs).abs() < _ONE_REAL)
    for one in _most(_without(rest, found), pl.when(is_lost).then(1)):
        yield one.supplier, cents_lost(one.lines)


def _of_dates(divergences: pl.DataFrame) -> Iterator[tuple[str, str]]:
    dates = _both_sides(divergences, pl.col("data_csv"), pl.col("data_base"))
    for one in _most(dates, pl.col("mine") - pl.col("theirs")):
        yield one.supplier, dates_off(one.lines)


def _both_sides(divergences: pl.DataFrame, mine: pl.Expr, theirs: pl.Expr) -> pl.DataFrame:
    """Where these differ, of the orders that the base has under the same supplier, in line order."""
    is_own = (pl.col("tipo_divergencia") == TIPO_3) & (pl.col(f"{_ID}_base") == pl.col(_ID))
    sides = divergences.filter(is_own).select(
        _ID, "linha", "ordem_id", mine.alias("mine"), theirs.alias("theirs")
    )
    return sides.filter(pl.col("mine") != pl.col("theirs")).sort("linha")


class _Found(NamedTuple):
    supplier: str
    lines: AlikeLines[Any]


def _most(rows: pl.DataFrame, value: pl.Expr) -> Sequence[_Found]:
    """The suppliers of which more than half of these rows have one `value`, with the first such row."""
    alike = rows.with_columns(value.alias("value")).drop_nulls("value").group_by(_ID, "value")
    counted = alike.agg(pl.len().alias("count"), pl.all().first())
    found = counted.join(rows.group_by(_ID).agg(pl.len().alias("of")), on=_ID).filter(
        pl.col("count") >= _LEAST, 2 * pl.col("count") > pl.col("of")
    )
    told = found.select("count", "of", "linha", "ordem_id", "mine", "theirs").iter_rows()
    return [_Found(supplier, AlikeLines(*row)) for supplier, row in zip(found[_ID], told, strict=True)]


def _without(rows: pl.DataFrame, found: Iterable[_Found]) -> pl.DataFrame:
    return rows.filter(~pl.col(_ID).is_in([one.supplier for one in found]))
