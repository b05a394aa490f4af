"""What is usual on days like this one: of its weekday, of its place at a month's turn. Source: runbook 2.5.

Holidays are not known here: a month's last workday is its last from Monday to Friday.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import sqrt
from statistics import median
from typing import Final

from reconciliation.rates import Figures

_LEAST_DAYS: Final = 3
_MANY_DAYS: Final = 4
_LEAST_USUAL_PERCENT: Final = 0.01
_NORMAL: Final = 1.4826
"""Times the median distance from the median is the standard deviation, but for what strays."""


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


def weekly(today: Figures, history: Sequence[Figures]) -> Habit | None:
    """What the day has in common with its weekday in the weeks before, of which there are two at least.

    Days at a month's turn say nothing of weekdays.
    """
    alike, others = _parted(_amid(history), lambda before: weekday(before.day) == weekday(today.day))
    return _habit(today, alike, others) if len(alike) > 1 else None


def monthly(today: Figures, history: Sequence[Figures]) -> Habit | None:
    """What the day has in common with the same workday of the last month's turn, against days amid a month.

    Against those of its weekday, where that has a habit of its own: what explains the one is not the other's.
    """
    alike, _ = _parted(history, lambda before: place(before.day) == place(today.day) != "")
    amid = _amid(history)
    if weekly(today, history):
        amid, _ = _parted(amid, lambda before: weekday(before.day) == weekday(today.day))
    return _habit(today, alike, amid)


def _habit(today: Figures, alike: Sequence[Figures], others: Sequence[Figures]) -> Habit | None:
    """A rate over that of the others, by more than these vary; None where there is none.

    What was so on fewer than four days must be plain, twice the others' rate on each. Of more half as much
    again will do, where no more than one in four was as the others are.
    """
    if not alike or len(others) < _LEAST_DAYS:
        return None
    rates, of_others = (sorted(day.rate_percent for day in days) for days in (alike, others))
    usual = max(median(of_others), _LEAST_USUAL_PERCENT)
    deviation = _NORMAL * median(abs(rate - usual) for rate in of_others)
    beyond = usual + 3 * deviation / sqrt(len(rates))
    if len(rates) < _MANY_DAYS:
        least, is_so = 2 * usual, rates[0] > 2 * usual
    else:
        least, is_so = 1.5 * usual, median(rates) > 1.5 * usual and rates[len(rates) // 4] > usual
    if not is_so or median(rates) <= beyond or today.rate_percent <= least:
        return None
    return Habit(median(rates), len(rates), usual)


def _amid(days: Sequence[Figures]) -> list[Figures]:
    return [day for day in days if not place(day.day)]


def _parted(
    days: Sequence[Figures], is_wanted: Callable[[Figures], bool]
) -> tuple[list[Figures], list[Figures]]:
    """Those that are, and those that are not."""
    wanted = [day for day in days if is_wanted(day)]
    return wanted, [day for day in days if not is_wanted(day)]
