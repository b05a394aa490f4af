"""A deployment's habits, and the days that they make: sizes, seasons, suppliers, ordinary divergences.

Nothing here is a cause. A day is drawn as pairs, one an order, of which either side may be missing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import NamedTuple

from reconciliation.rates import Figures

FIELDS = ("fornecedor_id", "nome", "ativo_id", "data", "cents")
FAULTS = ("valor", "data", "columns", "conflict")
"""What makes a line a refused one; `repeated` is a line that stands twice, and is good."""
_NAMES = ("Ana Souza", "José da Conceição", "Corretora Boa Vista", "Müller & Søn", "Norte Investimentos", "")
_ASSETS = ("PETR4", "VALE3", "ITUB4", "BBDC4", "WEGE3", "TESOURO IPCA+ 2035")
_EASTER = (date(2024, 3, 31), date(2025, 4, 20), date(2026, 4, 5), date(2027, 3, 28))
_HOLIDAYS = {easter + timedelta(days=after) for easter in _EASTER for after in (-48, -47, -2, 60)} | {
    date(year, *day)
    for year in range(2024, 2028)
    for day in ((1, 1), (4, 21), (5, 1), (9, 7), (10, 12), (11, 2), (11, 15), (11, 20), (12, 25))
}
"""On which no bank works: Carnival's two days, Good Friday, Corpus Christi, and those of a fixed date."""
_KEY_FORMS: tuple[Callable[[int], str], ...] = (
    lambda number: f"ORD-{number:08d}",
    lambda number: f"{number:010d}",
    lambda number: f"Op{number}",
    lambda number: f"ORD/2026/{number:07d}",
    lambda number: f"BR {number:09d}",
    lambda number: f"tx.{number:07d}.A",
    lambda number: f"{number * 2654435761 % 2**40:x}f",
)


class Order(NamedTuple):
    """An order as one side has it; the amount in cents."""

    fornecedor_id: str
    ordem_id: str
    nome: str
    ativo_id: str
    data: date
    cents: int


@dataclass
class Pair:
    """An order on both sides; None where a side lacks it. `fault` is of its line in the file, "" for none."""

    file: Order | None
    base: Order | None
    fault: str = ""

    @property
    def is_equal(self) -> bool:
        return self.file == self.base and self.fault in ("", "repeated")


@dataclass
class Day:
    """`pairs` in the file's order; `history` as published, the newest day first."""

    reference: date
    pairs: list[Pair]
    history: list[Figures]
    name: str = ""
    planted: tuple[str, ...] = ()
    age: int = 1
    """Since how many published days running the planted causes have been so, this one included."""


@dataclass(frozen=True, kw_only=True)
class World:
    """What is usual at one deployment."""

    suppliers: dict[str, float]
    """Each one's weight among the rows."""
    keys: int
    """Orders of an average day."""
    season: tuple[float, ...]
    """From Monday to Sunday, times the average."""
    spread: float
    """Standard deviation of a day's size, as a share of it."""
    growth: float
    """Share by which each day is larger than the one before."""
    rate: float
    """Ordinary divergences, as a share of the keys."""
    kinds: dict[str, float]
    """Weights of `absent_base`, `absent_file`, `fields` and `refused` among these."""
    fields: dict[str, float]
    """Weights of the fields that differ."""
    key_form: Callable[[int], str]
    sorted_by_supplier: bool


@dataclass(frozen=True, kw_only=True)
class Today:
    """How the day differs from an average one, and who says which days have more divergences."""

    size: float = 1.0
    rate: float = 1.0
    boost: Callable[[date], float] = lambda _: 1.0
    """Times the usual rate, by the date: of the days before as of the day itself."""
    history_days: int = 30


def draw_world(rng: Random, **fixed: object) -> World:
    """Any deployment of 600 to 2,000 keys a day with 1 to 10 % of divergences, but for what is given."""
    count = rng.choice((3, 5, 8, 12, 25, 40))
    drawn: dict[str, object] = {
        "suppliers": {str(12_345 + 7 * at): rng.uniform(0.5, 1.5) for at in range(count)},
        "keys": rng.randint(600, 2000),
        "season": _season(rng),
        "spread": rng.uniform(0.02, 0.06),
        "growth": 0.0,
        "rate": math.exp(rng.uniform(math.log(0.01), math.log(0.10))),
        "kinds": {
            "absent_base": rng.uniform(0.15, 0.4),
            "absent_file": rng.uniform(0.15, 0.4),
            "fields": rng.uniform(0.2, 0.5),
            "refused": rng.uniform(0, 0.15),
        },
        "fields": {name: rng.uniform(0.3, 1.0) for name in FIELDS},
        "key_form": rng.choice(_KEY_FORMS),
        "sorted_by_supplier": rng.random() < 0.3,
    }
    return World(**{**drawn, **fixed})  # type: ignore[arg-type]


def _season(rng: Random) -> tuple[float, ...]:
    if rng.random() < 0.7:
        return (1.0,) * 7
    return (rng.uniform(1.3, 1.8), *(rng.uniform(0.85, 1.1) for _ in range(4)), 0.5, 0.5)


def draw_day(rng: Random, world: World, reference: date, today: Today) -> Day:
    """A day of ordinary divergences, and the published days before it."""
    size = today.size * _size(rng, world, reference, 0)
    pairs = _pairs(rng, world, reference, max(1, round(size)))
    disturb(rng, world, pairs, min(0.4, world.rate * today.rate * today.boost(reference)))
    return Day(reference, pairs, _history(rng, world, reference, today))


def any_workday(rng: Random, is_wanted: Callable[[date], bool] = lambda _: True) -> date:
    """A workday of 2025 or 2026."""
    while True:
        day = date(2025, 1, 6) + timedelta(days=rng.randrange(700))
        if is_workday(day) and is_wanted(day):
            return day


def is_workday(day: date) -> bool:
    return day.weekday() < 5 and day not in _HOLIDAYS


def workdays_from(day: date, step: int) -> list[date]:
    """The workdays of the ten weeks after (step 1) or before (-1), the nearest first."""
    others = (day + timedelta(days=step * days) for days in range(1, 71))
    return [other for other in others if is_workday(other)]


def disturb(rng: Random, world: World, pairs: list[Pair], rate: float) -> None:
    """Ordinary divergences in about such a share of the equal pairs."""
    kinds, weights = list(world.kinds), list(world.kinds.values())
    for pair in pairs:
        if pair.is_equal and rng.random() < rate:
            spoil(rng, world, pair, rng.choices(kinds, weights)[0])
        elif rng.random() < 0.002:
            pair.fault = "repeated" if pair.is_equal else pair.fault


def spoil(rng: Random, world: World, pair: Pair, kind: str) -> None:
    """One ordinary divergence of that kind."""
    if kind == "absent_base":
        pair.base = None
    elif kind == "absent_file":
        pair.file = None
    elif kind == "refused":
        pair.fault = rng.choice(FAULTS)
    else:
        names = rng.choices(list(world.fields), list(world.fields.values()), k=1 + (rng.random() < 0.15))
        for name in names:
            differ(rng, world, pair, name)


def differ(rng: Random, world: World, pair: Pair, name: str) -> None:
    """The field gets another value on one side, a random one; the other side stays."""
    assert pair.file
    assert pair.base
    was = pair.base
    value = getattr(was, name)
    while value == getattr(was, name):
        value = _another(rng, world, was)[name]
    if rng.random() < 0.7:
        pair.base = pair.base._replace(**{name: value})
    else:
        pair.file = pair.file._replace(**{name: value})


def _another(rng: Random, world: World, order: Order) -> dict[str, object]:
    """A random value of each field; it may be the same."""
    return {
        "fornecedor_id": rng.choice([*world.suppliers, "99001", "99002"]),
        "nome": f"{rng.choice(_NAMES)} {rng.randint(2, 999)}".strip(),
        "ativo_id": rng.choice((*_ASSETS, "MGLU3", "B3SA3")),
        "data": order.data + timedelta(days=rng.randint(-15, 15)),
        "cents": max(1, order.cents + rng.choice((-1, 1)) * rng.randint(2, 90_000)),
    }


def _size(rng: Random, world: World, day: date, back: int) -> float:
    """How many orders that day has, so many workdays ago."""
    usual = world.keys * world.season[day.weekday()] / (1 + world.growth) ** back
    return usual * math.exp(rng.gauss(0, world.spread))


def _pairs(rng: Random, world: World, reference: date, count: int) -> list[Pair]:
    number, pairs = rng.randint(10_000, 900_000), []
    for supplier in rng.choices(list(world.suppliers), list(world.suppliers.values()), k=count):
        number += rng.randint(1, 3)
        order = Order(
            fornecedor_id=supplier,
            ordem_id=world.key_form(number),
            nome=rng.choice(_NAMES),
            ativo_id=rng.choice(_ASSETS),
            data=reference,
            cents=round(math.exp(rng.uniform(math.log(1_000), math.log(10**7)))),
        )
        pairs.append(Pair(order, order))
    if world.sorted_by_supplier:
        pairs.sort(key=lambda pair: pair.file.fornecedor_id if pair.file else "")
    return pairs


def _history(rng: Random, world: World, reference: date, today: Today) -> list[Figures]:
    """Published days, the newest first: all the workdays but a few."""
    days = [day for day in workdays_from(reference, -1) if rng.random() > 0.02][: today.history_days]
    return [
        _figures(rng, world, day, _size(rng, world, day, back), today.boost(day))
        for back, day in enumerate(days, start=1)
    ]


def _figures(rng: Random, world: World, day: date, size: float, boost: float) -> Figures:
    rate = world.rate * boost * math.exp(rng.gauss(0, 0.2))
    total = sum(world.kinds.values())
    counts = {kind: _about(rng, size * rate * weight / total) for kind, weight in world.kinds.items()}
    types = {
        "TIPO_1": counts["absent_base"],
        "TIPO_2": counts["absent_file"] + counts["refused"],
        "TIPO_3": counts["fields"],
    }
    return Figures(
        day=day.isoformat(),
        rate_percent=round(100 * sum(types.values()) / size, 4),
        types=types,
        lines=round(size) - counts["absent_file"],
        base_rows=round(size) - counts["absent_base"],
        rules_sha256="the same",
    )


def _about(rng: Random, mean: float) -> int:
    return max(0, round(rng.gauss(mean, math.sqrt(mean))))
