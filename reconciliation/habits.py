"""What is usual on days like this one: of its weekday, of its place at a month's turn. Source: runbook 2.5.

Holidays are not known here: a month's last workday is its last from Monday to Friday.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Final

from reconciliation.rates import Figures

_LEAST_DAYS: Final = 3
_LEAST_USUAL_PERCENT: Final = 0.01


@dataclass(frozen=True)
class Habit:
    """The rate in percent on such days before, their number, and the rate on the others."""

    rate_percent: float
    days: int
    usual_percent: float


def weekday(day: str) -> int:
    """0 is Monday."""
    return date.fromisoformat(day).weekday()


def place(day: str) -> str:
    """Which of its month's last two or first two workdays it is, in words; "" of one amid the month."""
    that = date.fromisoformat(day)
    for step, nearest, second in ((1, "último", "penúltimo"), (-1, "primeiro", "segundo")):
        others = (that + timedelta(days=step * days) for days in range(1, 7))
        is_same_month = [other.month == that.month for other in others if other.weekday() < 5]
        if not all(is_same_month[:2]):
            return second if is_same_month[0] else nearest
    return ""


def usual_size(day: str, history: Sequence[Figures], size: Callable[[Figures], int]) -> float:
    """Of the days of its weekday, where there are two; else of all. `history` is not empty."""
    alike = [size(before) for before in history if weekday(before.day) == weekday(day)]
    return median(alike if len(alike) > 1 else map(size, history))


def habit(today: Figures, alike: Sequence[Figures], others: Sequence[Figures]) -> Habit | None:
    """What the day has in common with those `alike`: a rate over that of the others; None where it has not.

    What was so once before must be plain, twice the others' rate. Of more days half as much again will do,
    where no more than one in four was as the others are.
    """
    if not alike or len(others) < _LEAST_DAYS:
        return None
    rates = sorted(before.rate_percent for before in alike)
    usual = max(median(before.rate_percent for before in others), _LEAST_USUAL_PERCENT)
    least = usual * (2 if len(rates) == 1 else 1.5)
    if min(today.rate_percent, median(rates)) <= least or rates[len(rates) // 4] <= usual:
        return None
    return Habit(median(rates), len(rates), usual)
