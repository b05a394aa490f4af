"""Ordinary days of all sorts: none of them has a cause, however it looks at a glance."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from random import Random

from tests.planted.truth import NEARLY, is_accepted, is_months_turn, true_of
from tests.planted.world import Day, Today, World, any_workday, draw_day, draw_world

_KINDS = {"absent_base": 0.35, "absent_file": 0.3, "fields": 0.3, "refused": 0.05}
_MONDAYS = (1.7, 1.0, 0.95, 0.9, 1.0, 0.5, 0.5)


def _suppliers(count: int, first_weight: float) -> dict[str, float]:
    """`first_weight` is the first one's, the others have 1 each."""
    return {str(20_000 + at): first_weight if at == 0 else 1.0 for at in range(count)}


def _drawn(rng: Random, today: Today, day: date | None = None, **fixed: object) -> Day:
    return draw_day(rng, draw_world(rng, **fixed), day or any_workday(rng), today)


def _on_a(rng: Random, *weekdays: int) -> date:
    return any_workday(rng, lambda day: day.weekday() in weekdays)


SORTS: dict[str, Callable[[Random], Day]] = {
    "plain": lambda rng: _drawn(rng, Today()),
    "quiet": lambda rng: _drawn(rng, Today(size=rng.uniform(0.4, 0.75))),
    "busy": lambda rng: _drawn(rng, Today(size=rng.uniform(1.3, 1.9))),
    "small": lambda rng: _drawn(rng, Today(), keys=rng.randint(10, 150)),
    "dominant supplier": lambda rng: _drawn(
        rng, Today(), suppliers=_suppliers(5, rng.choice((6.0, 12.0, 36.0)))
    ),
    "a supplier an order": lambda rng: _drawn(rng, Today(), suppliers=_suppliers(20_000, 1.0)),
    "only one supplier": lambda rng: _drawn(rng, Today(), suppliers=_suppliers(1, 1.0)),
    "many small suppliers": lambda rng: _drawn(
        rng, Today(), suppliers=_suppliers(rng.choice((80, 250)), 100.0)
    ),
    "Monday": lambda rng: _drawn(rng, Today(), _on_a(rng, 0), season=_MONDAYS),
    "after a Monday": lambda rng: _drawn(rng, Today(), _on_a(rng, 1, 3), season=_MONDAYS),
    "new deployment": lambda rng: _drawn(rng, Today(history_days=rng.choice((0, 0, 1, 2, 4)))),
    "bad all over": lambda rng: _drawn(
        rng, Today(rate=rng.uniform(2.5, 5)), rate=rng.uniform(0.02, 0.05), kinds=_KINDS
    ),
    "clean": lambda rng: _drawn(rng, Today(), rate=rng.choice((0.0, 0.0005, 0.002))),
    "growing": lambda rng: _drawn(rng, Today(), growth=0.015),
    "month's turn": lambda rng: _drawn(rng, Today(), any_workday(rng, is_months_turn)),
}


def ordinary_day(rng: Random, name: str) -> Day:
    """A day of that sort; one of which by chance something is true is drawn again."""
    while True:
        day = SORTS[name](rng)
        if is_accepted(day) and not true_of(day, NEARLY):
            day.name = name
            return day


def usual_world(rng: Random) -> World:
    """What planted days are drawn from: any deployment, now and then one with a large supplier."""
    if rng.random() < 0.15:
        return draw_world(rng, suppliers=_suppliers(6, rng.choice((6.0, 12.0))))
    return draw_world(rng)
