"""What is usual on days like this one: of its weekday, of its place at a month's turn. Source: runbook 2.5.

A month's workdays are the banks': a turn is counted around holidays.
"""

from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import count, islice
from math import hypot, pi, sqrt
from statistics import median
from typing import Final

from reconciliation.bank_holidays import holidays_of
from reconciliation.rates import Figures

_LEAST_DAYS: Final = 3
_MANY_DAYS: Final = 4
_MORE: Final = 1.5
_PLAIN: Final = 2.0
_LEAST_USUAL_PERCENT: Final = 0.01
_ENDS: Final = ({"penúltimo", "último"}, {"primeiro", "segundo"})
_NORMAL: Final = 1.4826
"""Times the median distance from the median is the standard deviation, but for what strays."""


@dataclass(frozen=True)
class Habit:
    """The rate in percent on such days before, which ones, and the rate on the others."""

    rate_percent: float
    """Of a month's turn, without what weekdays add."""
    days: Sequence[str]
    usual_percent: float

    @property
    def least(self) -> float:
        """So many times a rate is over it. What was so on fewer than four days must be plain."""
        return _MORE if len(self.days) >= _MANY_DAYS else _PLAIN

    def is_of(self, rate_percent: float) -> bool:
        """Whether a day of that rate is like those days, and not like the others."""
        return rate_percent > self.least * self.usual_percent


def weekday(day: str) -> int:
    """0 is Monday."""
    return date.fromisoformat(day).weekday()


def place(day: str) -> str:
    """Which of its month's last two or first two workdays it is, in words; "" of any other day."""
    that = date.fromisoformat(day)
    if not _is_workday(that):
        return ""
    for step, nearest, second in ((1, "último", "penúltimo"), (-1, "primeiro", "segundo")):
        is_same_month = [other.month == that.month for other in islice(_workdays_from(that, step), 2)]
        if not all(is_same_month):
            return second if is_same_month[0] else nearest
    return ""


def workdays(days: Sequence[str]) -> str:
    """Which workdays of their months they are, all of one end, in words."""
    places = sorted({place(day) for day in days})
    return f"{' e '.join(places)} {'dia útil' if len(places) == 1 else 'dias úteis'}"


def usual_size(day: str, history: Sequence[Figures], size: Callable[[Figures], int]) -> float:
    """Of the days of its weekday, where there are two; else of all. `history` is not empty."""
    alike = [size(before) for before in history if weekday(before.day) == weekday(day)]
    return median(alike if len(alike) > 1 else map(size, history))


def habits(today: Figures, history: Sequence[Figures]) -> tuple[Habit | None, Habit | None]:
    """What the day has in common with its weekday, and with the same workday of the last month's turn.

    Days at a month's turn say nothing of weekdays, of which it takes two; what its weekday adds to a day, by
    a habit, says nothing of a month's turn.
    """
    if len(history) <= _LEAST_DAYS or today.rate_percent <= _MORE * min(_rates(history)):
        return None, None  # by any habit; most days end here, and need no holidays
    week = _of_weekday(weekday(today.day), history)
    turn = _of_turn(place(today.day), _without_weekdays(history))
    return _explaining(today.rate_percent, week, turn)


def _explaining(rate: float, week: Habit | None, turn: Habit | None) -> tuple[Habit | None, Habit | None]:
    """Those that explain the rate. Where both would, it is held against what is usual of each.

    Where it is about the one's, and half as much again as the other's, the first explains it and stands
    alone. Else both are said: either explains it, or only both together do.
    """
    week, turn = (habit if habit and habit.is_of(rate) else None for habit in (week, turn))
    if week and turn:
        leaves_week, leaves_turn = (rate > _MORE * habit.rate_percent for habit in (week, turn))
        if leaves_week != leaves_turn:
            return (None, turn) if leaves_week else (week, None)
    return week, turn


def _of_weekday(which: int, history: Sequence[Figures]) -> Habit | None:
    alike, others = _parted(_placed({""}, history), lambda before: weekday(before.day) == which)
    return _habit(alike, others) if len(alike) > 1 else None


def _of_turn(where: str, history: Sequence[Figures]) -> Habit | None:
    """Of such a workday, else of its end of the month: against days amid one."""
    ends = [{where}, *(end for end in _ENDS if where in end)] if where else []
    found = (_habit(_placed(end, history), _placed({""}, history)) for end in ends)
    return next(filter(None, found), None)


def _without_weekdays(history: Sequence[Figures]) -> list[Figures]:
    """The days as they would be without what a habit of their weekday adds to them."""
    found = {which: _of_weekday(which, history) for which in range(7)}
    times = {which: habit.rate_percent / habit.usual_percent for which, habit in found.items() if habit}
    return [replace(day, rate_percent=day.rate_percent / times.get(weekday(day.day), 1)) for day in history]


def _habit(alike: Sequence[Figures], others: Sequence[Figures]) -> Habit | None:
    """A rate over that of the others, by more than these vary; None where there is none.

    What was so on few days was so on each. Of many, no more than one in four was as the others are.
    """
    if not alike or len(others) < _LEAST_DAYS:
        return None
    rates, of_others = _rates(alike), _rates(others)
    usual = max(median(of_others), _LEAST_USUAL_PERCENT)
    deviation = _NORMAL * median(abs(rate - usual) for rate in of_others)
    beyond = usual + 3 * deviation * hypot(_straying(len(rates)), _straying(len(of_others)))
    found = Habit(median(rates), [day.day for day in alike], usual)
    if len(rates) < _MANY_DAYS:
        is_so = found.is_of(min(rates))
    else:
        is_so = found.is_of(found.rate_percent) and sorted(rates)[len(rates) // 4] > usual
    return found if is_so and found.rate_percent > beyond else None


def _straying(days: int) -> float:
    """Of the median of so many rates, in their own standard deviations.

    A median needs π/2 times as many as a mean to be as sure; the one of one or two is their mean.
    """
    return sqrt((pi / 2 if days > 2 else 1) / days)


def _rates(days: Sequence[Figures]) -> list[float]:
    return [day.rate_percent for day in days]


def _placed(places: Set[str], days: Sequence[Figures]) -> list[Figures]:
    return [day for day in days if place(day.day) in places]


def _parted(
    days: Sequence[Figures], is_wanted: Callable[[Figures], bool]
) -> tuple[list[Figures], list[Figures]]:
    """Those that are, and those that are not."""
    wanted = [day for day in days if is_wanted(day)]
    return wanted, [day for day in days if not is_wanted(day)]


def _workdays_from(day: date, step: int) -> Iterator[date]:
    """Those after it (step 1) or before it (-1), the nearest first."""
    return filter(_is_workday, (day + timedelta(days=step * days) for days in count(1)))


def _is_workday(day: date) -> bool:
    return day.weekday() < 5 and day not in holidays_of("banks", day.year)
