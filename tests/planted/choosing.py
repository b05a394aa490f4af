"""Which of a day's orders a cause changes, and what it changes of them."""

from __future__ import annotations

from collections import Counter
from random import Random

from tests.planted.world import Day, Order, Pair


class UnfitError(Exception):
    """The day that was drawn has no room for the cause; another one is."""


def chosen(rng: Random, day: Day, least: float, most: float = 1.0) -> list[Pair]:
    """The equal pairs that the cause changes: all, a supplier's, or some; enough to be most of their kind."""
    equal = [pair for pair in day.pairs if pair.is_equal]
    fewest = round(max(20, 0.04 * len(day.pairs), least))
    how = rng.choice(("all", "supplier", "some", "some"))
    if how == "supplier":
        _, equal = a_suppliers_pairs(rng, day, 0.05, 1.0)
    if fewest > len(equal) * most:
        raise UnfitError
    top = int(len(equal) * most)
    count = rng.randint(fewest, max(fewest, top // 2)) if how == "some" else top
    return rng.sample(equal, count)


def a_suppliers_pairs(rng: Random, day: Day, least: float, most: float) -> tuple[str, list[Pair]]:
    """A supplier with such a share of the rows, and its equal pairs."""
    rows = Counter(pair.base.fornecedor_id for pair in day.pairs if pair.base)
    of_size = sorted(name for name, count in rows.items() if least <= count / len(day.pairs) <= most)
    if not of_size:
        raise UnfitError
    supplier = rng.choice(of_size)
    is_its = [
        pair for pair in day.pairs if pair.is_equal and pair.base and pair.base.fornecedor_id == supplier
    ]
    return supplier, is_its


def divergent(day: Day) -> int:
    return sum(not pair.is_equal for pair in day.pairs)


def is_tipo_3(pair: Pair) -> bool:
    return bool(pair.file and pair.base and pair.fault in ("", "repeated") and not pair.is_equal)


def differs(pair: Pair, name: str) -> bool:
    return bool(getattr(pair.file, name) != getattr(pair.base, name))


def differing(day: Day, name: str) -> int:
    return sum(is_tipo_3(pair) and differs(pair, name) for pair in day.pairs)


def put(pair: Pair, side: str, name: str, value: object) -> None:
    order: Order = getattr(pair, side)
    setattr(pair, side, order._replace(**{name: value}))
