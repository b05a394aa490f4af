"""What is true of a day, in plain Python, by what is promised of the probable causes.

The base is behind where it has fewer rows than usual and TIPO_1 is up; the file incomplete where it has
fewer lines and TIPO_2 is up. One supplier makes over half of the divergences, or nothing of it came; one
field, or the same few, is all that differs in over four fifths of TIPO_3; amounts are off by a constant
factor or difference, or lost their cents, dates are off by constant days; absent keys of one amount match
but for zeros in front, case, punctuation and blanks, over a fifth of what a side lacks; such a weekday, or
a month's end, is so.

Where that leaves a size open: up is half as much again; what is constant is so of more than half of the
amounts or dates that differ; one supplier who always has most of the rows is no cause; what was so on fewer
than four days before is a pattern from twice the others' rate on, what was so more often from half as much
again; and fewer than ten of anything are nothing. How much fewer is fewer, and the margin where something is
compared with what varies, is the `Grade`: what is planted is plain (and twenty rows at least, as a plant
changes), what is ordinary is not even nearly so, and what else is named is true.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property
from statistics import fmean, median
from typing import NamedTuple

from tests.planted.keys import are_numbers_alike, letters_and_digits, without_zeros
from tests.planted.world import Day, Order, workdays_from

_LEAST, _SOME = 10, 60
_UP = 1.5
_FACTORS = [Fraction(number) for number in (-1, 10, 100, 1000)] + [
    Fraction(percent, 100) for percent in range(1, 301) if percent != 100
]


class Grade(NamedTuple):
    """`under`: which share of the usual is fewer; `season`, `part`: times the least lift; `least`: rows;
    `respelled`: which share of what a side lacks is written otherwise.
    """

    under: float
    season: float
    part: float
    least: int
    respelled: float


PLAIN, NEARLY = Grade(0.90, 1.2, 1.4, 20, 0.4), Grade(0.95, 0.9, 1.25, 10, 0.2)
TRUE = Grade(1.0, 0.85, 1.25, 10, 0.2)


@dataclass(frozen=True)
class Compared:
    """The day's orders, compared once more without the project's help."""

    day: Day
    grade: Grade = TRUE

    @cached_property
    def file(self) -> dict[str, Order]:
        """The good lines' orders."""
        good = (pair.file for pair in self.day.pairs if pair.file and pair.fault in ("", "repeated"))
        return {order.ordem_id: order for order in good}

    @cached_property
    def base(self) -> dict[str, Order]:
        """The rows in scope."""
        rows = [pair.base for pair in self.day.pairs if pair.base]
        return {
            row.ordem_id: row for row in rows if row.data == self.day.reference or row.ordem_id in self.file
        }

    @property
    def lines(self) -> int:
        """The file's data lines."""
        extra = sum(pair.fault in ("conflict", "repeated") for pair in self.day.pairs if pair.file)
        return sum(pair.file is not None for pair in self.day.pairs) + extra

    @property
    def refused_lines(self) -> int:
        faults = Counter(pair.fault for pair in self.day.pairs if pair.file)
        return faults.total() - faults[""] - faults["repeated"] + faults["conflict"]

    @cached_property
    def tipo_1(self) -> list[Order]:
        return [order for key, order in self.file.items() if key not in self.base]

    @cached_property
    def tipo_2(self) -> list[Order]:
        return [order for key, order in self.base.items() if key not in self.file]

    @cached_property
    def tipo_3(self) -> list[tuple[Order, Order]]:
        """The file's order and the base's."""
        both = [(order, self.base[key]) for key, order in self.file.items() if key in self.base]
        return [(one, other) for one, other in both if one != other]

    @property
    def rate_percent(self) -> float:
        return 100 * len(self.suppliers) / max(1, len(self.file.keys() | self.base.keys()))

    @cached_property
    def suppliers(self) -> list[str]:
        """Of each divergence; the file's, where it has the order."""
        orders = self.tipo_1 + self.tipo_2 + [one for one, _ in self.tipo_3]
        return [order.fornecedor_id for order in orders]


def true_of(day: Day, grade: Grade) -> set[str]:
    """The codes of all that is true of the day in that grade."""
    seen = Compared(day, grade)
    return {code for code, holds in _CONDITIONS.items() if holds(seen)}


def is_accepted(day: Day) -> bool:
    """Whether the file is compared at all: the contract refuses one with more than 5 % of refused lines."""
    seen = Compared(day)
    is_of_the_day = any(order.data == day.reference for order in seen.file.values())
    has_rows = any(order.data == day.reference for order in seen.base.values())
    return is_of_the_day and has_rows and seen.refused_lines <= 0.05 * seen.lines


def _is_base_behind(seen: Compared) -> bool:
    rows = [figures.base_rows for figures in seen.day.history]
    before = [figures.types["TIPO_1"] for figures in seen.day.history]
    return _lacks(seen, len(seen.base), rows, len(seen.tipo_1), before)


def _is_file_incomplete(seen: Compared) -> bool:
    lines = [figures.lines for figures in seen.day.history]
    before = [figures.types["TIPO_2"] for figures in seen.day.history]
    return _lacks(seen, seen.lines, lines, len(seen.tipo_2), before)


def _lacks(seen: Compared, size: int, sizes: Sequence[int], count: int, counts: Sequence[int]) -> bool:
    """Under the usual of all days or of its own weekday's, with more divergences of that type than usual."""
    if not sizes:
        return False
    weekday, day = seen.day.reference.weekday(), seen.day
    alike = [was for was, figures in zip(sizes, day.history, strict=True) if _weekday(figures.day) == weekday]
    usual = max(fmean(sizes), median(sizes), fmean(alike or sizes))
    return size < seen.grade.under * usual and count >= seen.grade.least and count > _UP * fmean(counts)


def _is_supplier_absent(seen: Compared) -> bool:
    """Most of its base rows are absent, and it has no line, not even a refused one that shows whose it is."""
    present = {pair.file.fornecedor_id for pair in seen.day.pairs if pair.file and pair.fault != "columns"}
    rows = Counter(row.fornecedor_id for row in seen.base.values())
    absent = Counter(row.fornecedor_id for row in seen.tipo_2)
    return any(
        count >= _LEAST and 2 * absent[supplier] > count
        for supplier, count in rows.items()
        if supplier not in present
    )


def _is_one_supplier(seen: Compared) -> bool:
    if not seen.suppliers:
        return False
    supplier, count = Counter(seen.suppliers).most_common(1)[0]
    everybody = [order.fornecedor_id for order in (*seen.file.values(), *seen.base.values())]
    part = everybody.count(supplier) / len(everybody)
    share = count / len(seen.suppliers)
    return count >= seen.grade.least and share > 1 / 2 and share > seen.grade.part * part


def _is_one_field(seen: Compared) -> bool:
    fields = Counter(tuple(name for name in Order._fields if _differ(*pair, name)) for pair in seen.tipo_3)
    count = max(fields.values(), default=0)
    return count >= seen.grade.least and count > len(seen.tipo_3) * 4 / 5


def _differ(one: Order, other: Order, name: str) -> bool:
    return bool(getattr(one, name) != getattr(other, name))


def _amounts(seen: Compared) -> list[tuple[int, int]]:
    return [(one.cents, other.cents) for one, other in seen.tipo_3 if one.cents != other.cents]


def _is_a_factor(seen: Compared) -> bool:
    """Either amount is the other one's multiple, to the cent that it was rounded to."""
    amounts = _amounts(seen)
    return any(
        _is_most([_is_times(one, other, factor) for one, other in pairs])
        for pairs in (amounts, [(other, one) for one, other in amounts])
        for factor in _FACTORS
        if sum(_is_times(one, other, factor) for one, other in pairs[:_SOME]) > len(pairs[:_SOME]) / 4
    )


def _is_times(one: int, other: int, factor: Fraction) -> bool:
    """Of amounts of R$ 1 and more: a cent's multiples are all amounts."""
    is_exact = abs(one * factor.denominator - other * factor.numerator) * 2 <= factor.denominator
    return is_exact and min(abs(one), abs(other)) >= 100


def _is_a_difference(seen: Compared) -> bool:
    return _is_constant([one - other for one, other in _amounts(seen)])


def _are_cents_lost(seen: Compared) -> bool:
    """Most of one side's amounts are whole reais, cut off or rounded, where the other side has cents."""
    amounts = _amounts(seen)
    return any(
        _is_most([one % 100 == 0 and abs(one - other) < 100 for one, other in pairs])
        for pairs in (amounts, [(other, one) for one, other in amounts])
    )


def _are_dates_shifted(seen: Compared) -> bool:
    days = [(one.data - other.data).days for one, other in seen.tipo_3]
    return _is_constant([count for count in days if count])


def _is_constant(values: Sequence[int]) -> bool:
    commonest = Counter(values).most_common(1)
    return bool(commonest) and _is_most([value == commonest[0][0] for value in values])


def _is_most(holds: Sequence[bool]) -> bool:
    return sum(holds) >= _LEAST and sum(holds) > len(holds) / 2


def _are_keys_respelled(seen: Compared) -> bool:
    """Ten of the absent orders are one each, once case, punctuation and blanks are left out, or zeros too."""
    count = max(_alike(seen, form) for form in (letters_and_digits, without_zeros))
    smaller = min(len(seen.tipo_1), len(seen.tipo_2))
    return count >= seen.grade.least and count > seen.grade.respelled * smaller


def _alike(seen: Compared, form: Callable[[str], str]) -> int:
    """How many of the file's are, with one of the base that has its amount, and its numbers."""
    of_base = defaultdict(list)
    for order in seen.tipo_2:
        of_base[form(order.ordem_id), order.cents].append(order.ordem_id)
    return sum(
        any(are_numbers_alike(order.ordem_id, key) for key in of_base[form(order.ordem_id), order.cents])
        for order in seen.tipo_1
    )


def _is_weekday_pattern(seen: Compared) -> bool:
    weekday = seen.day.reference.weekday()
    return _is_season(seen, lambda day: day.weekday() == weekday, lambda day: day.weekday() != weekday)


def _is_month_end_pattern(seen: Compared) -> bool:
    """Of that workday at a month's turn, against those amid the month."""
    place = _place(seen.day.reference)
    return place != 0 and _is_season(seen, lambda day: _place(day) == place, lambda day: _place(day) == 0)


def _place(day: date) -> int:
    """-1 of a month's last workday, -2 of the one before, 1 and 2 of its first ones, 0 of the others."""
    at = {step * count: _leaves_month(day, -step, count) for count in (2, 1) for step in (1, -1)}
    return next((place for place in (-1, 1, -2, 2) if at[place]), 0)


def is_months_turn(day: date, last: int = 2, first: int = 2) -> bool:
    """One of a month's so many last workdays, or of its first."""
    return _leaves_month(day, 1, last) or _leaves_month(day, -1, first)


def _leaves_month(day: date, step: int, count: int) -> bool:
    """Whether so many workdays on it is another month."""
    return count > 0 and workdays_from(day, step)[count - 1].month != day.month


def _is_season(seen: Compared, is_alike: Callable[[date], bool], is_other: Callable[[date], bool]) -> bool:
    """Such days before, and the day itself, had so many times the others' rate."""
    days = [(date.fromisoformat(figures.day), figures.rate_percent) for figures in seen.day.history]
    alike, others = ([rate for day, rate in days if is_one(day)] for is_one in (is_alike, is_other))
    if not alike or not others or len(seen.suppliers) < seen.grade.least:
        return False
    least = seen.grade.season * (2 if len(alike) < 4 else 1.5) * fmean(others)
    return fmean(alike) > least and seen.rate_percent > least


def _weekday(day: str) -> int:
    return date.fromisoformat(day).weekday()


_CONDITIONS: dict[str, Callable[[Compared], bool]] = {
    "BASE_ATRASADA": _is_base_behind,
    "ARQUIVO_INCOMPLETO": _is_file_incomplete,
    "FORNECEDOR_AUSENTE": _is_supplier_absent,
    "UM_FORNECEDOR": _is_one_supplier,
    "UM_CAMPO": _is_one_field,
    "VALOR_MULTIPLICADO": _is_a_factor,
    "VALOR_DESLOCADO": _is_a_difference,
    "VALOR_SEM_CENTAVOS": _are_cents_lost,
    "DATA_DESLOCADA": _are_dates_shifted,
    "ORDEM_ESCRITA_DIFERENTE": _are_keys_respelled,
    "DIA_DA_SEMANA": _is_weekday_pattern,
    "VIRADA_DE_MES": _is_month_end_pattern,
}
