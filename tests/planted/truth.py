"""What is true of a day, in plain Python, by what is promised of the probable causes.

The base is behind where it has fewer rows than usual and TIPO_1 is up; the file incomplete where it has fewer
lines and TIPO_2 is up. One supplier makes over half of the divergences, or nothing of it came; one field
differs in over four fifths of TIPO_3; amounts are off by a constant factor or difference, dates by constant
days; absent keys match but for zeros in front, case, punctuation and blanks; such a weekday, or a month's
end, is so.

Where that leaves a size open: fewer is by 5 %, up is half as much again; what is constant is so of more than
half of the amounts or dates that differ; a supplier has over half beyond its part of the day's rows (one that
always is the largest is no cause); and fewer than ten of anything are nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import cached_property, partial
from itertools import groupby
from statistics import fmean

from tests.planted.world import Day, Order, workdays_from

_LEAST, _SOME = 10, 60
TURNS = ((1, 0), (2, 0), (1, 1), (2, 2))
"""How many last and first workdays of a month can be its end."""
_UNDER, _UP, _SEASON = 0.95, 1.5, 1.5
_FACTORS = [Fraction(number) for number in (-1, 10, 100, 1000)] + [
    Fraction(percent, 100) for percent in range(1, 301) if percent != 100
]


@dataclass(frozen=True)
class Compared:
    """The day's orders, compared once more without the project's help."""

    day: Day

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


def true_of(day: Day) -> set[str]:
    """The codes of all that is true of the day."""
    seen = Compared(day)
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
    return _lacks(seen.day, len(seen.base), rows, len(seen.tipo_1), before)


def _is_file_incomplete(seen: Compared) -> bool:
    lines = [figures.lines for figures in seen.day.history]
    before = [figures.types["TIPO_2"] for figures in seen.day.history]
    return _lacks(seen.day, seen.lines, lines, len(seen.tipo_2), before)


def _lacks(day: Day, size: int, sizes: Sequence[int], count: int, counts: Sequence[int]) -> bool:
    """Under the usual of all days or of its own weekday's, with more divergences of that type than usual."""
    if not sizes:
        return False
    weekday = day.reference.weekday()
    alike = [was for was, figures in zip(sizes, day.history, strict=True) if _weekday(figures.day) == weekday]
    usual = max(fmean(sizes), fmean(alike or sizes))
    return size < _UNDER * usual and count >= _LEAST and count > _UP * fmean(counts)


def _is_supplier_absent(seen: Compared) -> bool:
    """Of the base's rows, without one line, not even a refused one."""
    present = {pair.file.fornecedor_id for pair in seen.day.pairs if pair.file}
    rows = Counter(row.fornecedor_id for row in seen.base.values())
    return any(count >= _LEAST for supplier, count in rows.items() if supplier not in present)


def _is_one_supplier(seen: Compared) -> bool:
    if not seen.suppliers:
        return False
    supplier, count = Counter(seen.suppliers).most_common(1)[0]
    everybody = [order.fornecedor_id for order in (*seen.file.values(), *seen.base.values())]
    part = everybody.count(supplier) / len(everybody)
    share = count / len(seen.suppliers)
    return count >= _LEAST and share > 1 / 2 and share > 1.25 * part


def _is_one_field(seen: Compared) -> bool:
    fields = Counter(name for pair in seen.tipo_3 for name in Order._fields if _differ(*pair, name))
    count = max(fields.values(), default=0)
    return count >= _LEAST and count > len(seen.tipo_3) * 4 / 5


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
    return abs(one * factor.denominator - other * factor.numerator) * 2 <= factor.denominator


def _is_a_difference(seen: Compared) -> bool:
    return _is_constant([one - other for one, other in _amounts(seen)])


def _are_dates_shifted(seen: Compared) -> bool:
    days = [(one.data - other.data).days for one, other in seen.tipo_3]
    return _is_constant([count for count in days if count])


def _is_constant(values: Sequence[int]) -> bool:
    commonest = Counter(values).most_common(1)
    return bool(commonest) and _is_most([value == commonest[0][0] for value in values])


def _is_most(holds: Sequence[bool]) -> bool:
    return sum(holds) >= _LEAST and sum(holds) > len(holds) / 2


def _are_keys_respelled(seen: Compared) -> bool:
    """Ten of the absent orders are one each, once case, punctuation, blanks and zeros are left out."""
    forms = Counter(_plain(order.ordem_id) for order in seen.tipo_1)
    pairs = sum((forms & Counter(_plain(order.ordem_id) for order in seen.tipo_2)).values())
    return pairs >= _LEAST


def _plain(key: str) -> str:
    """Letters and digits in small letters, each number without the zeros before it."""
    runs = ("".join(run) for _, run in groupby(key.casefold(), _kind))
    return "".join(run.lstrip("0") if run.isdigit() else run for run in runs if run.isalnum())


def _kind(character: str) -> int:
    return 2 if character.isdigit() else int(character.isalpha())


def _is_weekday_pattern(seen: Compared) -> bool:
    weekday = seen.day.reference.weekday()
    return _is_season(seen, lambda day: day.weekday() == weekday)


def _is_month_end_pattern(seen: Compared) -> bool:
    """Whichever of a month's last and first workdays are meant."""
    turns = (partial(is_months_turn, last=last, first=first) for last, first in TURNS)
    return any(is_turn(seen.day.reference) and _is_season(seen, is_turn) for is_turn in turns)


def is_months_turn(day: date, last: int = 2, first: int = 2) -> bool:
    """One of a month's so many last workdays, or of its first."""
    return _leaves_month(day, 1, last) or _leaves_month(day, -1, first)


def _leaves_month(day: date, step: int, count: int) -> bool:
    """Whether so many workdays on it is another month."""
    return count > 0 and workdays_from(day, step)[count - 1].month != day.month


def _is_season(seen: Compared, is_alike: Callable[[date], bool]) -> bool:
    """Such days before, and the day itself, had half as many again as the others."""
    rates: dict[bool, list[float]] = {True: [], False: []}
    for figures in seen.day.history:
        rates[is_alike(date.fromisoformat(figures.day))].append(figures.rate_percent)
    if not rates[True] or not rates[False] or len(seen.suppliers) < _LEAST:
        return False
    others = fmean(rates[False])
    return fmean(rates[True]) > _SEASON * others and seen.rate_percent > _SEASON * others


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
    "DATA_DESLOCADA": _are_dates_shifted,
    "ORDEM_ESCRITA_DIFERENTE": _are_keys_respelled,
    "DIA_DA_SEMANA": _is_weekday_pattern,
    "VIRADA_DE_MES": _is_month_end_pattern,
}
