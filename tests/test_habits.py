"""What is usual on a weekday and at a month's turn, and what is only one day's affair."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from reconciliation.causes import Examined, causes
from reconciliation.contract import TYPES
from reconciliation.documents.summary import AbsentSuppliers
from reconciliation.habits import place, usual_size, weekly
from reconciliation.patterns import Patterns, Respelled
from reconciliation.rates import Figures


def figures(day: date, rate: float, rows: int = 1000) -> Figures:
    return Figures(
        day=day.isoformat(), rate_percent=rate, types=dict.fromkeys(TYPES, 10),
        lines=rows, base_rows=rows, rules_sha256="r",
    )  # fmt: skip


def before(today: date, rates: dict[date, float]) -> list[Figures]:
    """Thirty workdays, of 2 % but for those given."""
    days = [day for day in (today - timedelta(days=back) for back in range(1, 43)) if day.weekday() < 5]
    return [figures(day, rates.get(day, 2.0)) for day in days]


def named(today: date, rate: float, rates: dict[date, float], each: int = 10) -> list[str]:
    none = AbsentSuppliers(suppliers=0, base_rows=0, base_cents=0, largest=())
    nothing = Patterns(
        types={}, supplier=None, field=None, factor=None, difference=None, lost_cents=None, shift=None,
        respelled=Respelled(pairs=0, cents=0, examples=()),
    )  # fmt: skip
    day = replace(figures(today, rate), types=dict.fromkeys(TYPES, each))
    seen = Examined(
        today=day, keys=1000, patterns=nothing, absent=none, rows_by_supplier={}, history=before(today, rates)
    )
    return [cause.code for cause in causes(seen)]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-01-30", "último"),  # a Friday: the month ends on Saturday
        ("2026-01-31", "último"),
        ("2026-01-29", "penúltimo"),
        ("2026-01-28", ""),
        ("2026-02-02", "primeiro"),
        ("2026-02-03", "segundo"),
        ("2026-02-04", ""),
        ("2026-04-01", "primeiro"),
    ],
)
def test_the_place_at_a_months_turn(day: str, expected: str) -> None:
    assert place(day) == expected


def test_a_month_that_ends_on_a_weekend_has_its_end() -> None:
    today, last = date(2026, 1, 30), date(2025, 12, 31)
    assert named(today, 5.0, {last: 5.0}) == ["VIRADA_DE_MES"]
    assert named(today, 5.0, {}) == named(today, 5.0, {last - timedelta(days=9): 5.0}) == []
    assert named(today, 3.5, {last: 5.0}) == named(today, 5.0, {last: 3.5}) == []


def test_a_weekday_of_six_weeks_may_have_been_like_the_others_once() -> None:
    today = date(2026, 2, 25)
    lifted = {today - timedelta(weeks=week): 3.5 for week in range(1, 7)}
    assert named(today, 3.5, lifted) == ["DIA_DA_SEMANA"]
    assert named(today, 3.5, lifted | {today - timedelta(weeks=2): 1.5}) == ["DIA_DA_SEMANA"]
    assert named(today, 3.5, lifted | {today - timedelta(weeks=week): 1.5 for week in (2, 4)}) == []
    assert named(today, 2.5, lifted) == []


def test_a_months_turn_on_such_a_weekday_is_the_weekdays() -> None:
    today = date(2025, 12, 1)
    lifted = {today - timedelta(weeks=week): 8.0 for week in range(1, 7)}
    assert place("2025-11-03") == place("2025-12-01")
    assert named(today, 8.0, lifted) == ["DIA_DA_SEMANA"]


def test_a_months_turn_stands_out_of_such_a_weekday() -> None:
    today = date(2025, 12, 1)
    lifted = {today - timedelta(weeks=week): 4.0 for week in range(1, 7)} | {date(2025, 11, 3): 12.0}
    assert named(today, 12.0, lifted) == ["DIA_DA_SEMANA", "VIRADA_DE_MES"]


def test_three_weeks_must_each_have_been_so() -> None:
    today = date(2026, 2, 25)
    for first, expected in ((5.0, True), (2.1, False)):
        rates = {today - timedelta(weeks=1): first} | {today - timedelta(weeks=week): 5.0 for week in (2, 3)}
        assert bool(weekly(figures(today, 5.0), before(today, rates)[:18])) is expected


def test_a_months_turn_says_nothing_of_its_weekday() -> None:
    today, turn = date(2025, 2, 27), date(2025, 1, 30)
    lifted = {today - timedelta(weeks=week): 3.2 if week in (3, 6) else 2.9 for week in range(1, 7)}
    assert named(today, 5.5, lifted | {turn: 9.0}) == ["VIRADA_DE_MES"]


def test_where_days_vary_two_weeks_say_less_than_six() -> None:
    today = date(2026, 2, 25)
    days = [
        replace(
            day, rate_percent=3.5 if date.fromisoformat(day.day).weekday() == 2 else (1, 5, 2, 0.4)[at % 4]
        )
        for at, day in enumerate(before(today, {}))
    ]
    assert weekly(figures(today, 4.0), days)
    assert not weekly(figures(today, 4.0), days[:12])


def test_a_few_divergences_are_no_pattern() -> None:
    today = date(2026, 2, 25)
    lifted = {today - timedelta(weeks=week): 4.0 for week in range(1, 7)}
    assert named(today, 4.0, lifted) == ["DIA_DA_SEMANA"]
    assert named(today, 4.0, lifted, each=6) == []


def test_one_week_is_no_habit() -> None:
    today = date(2026, 2, 25)
    days = [figures(today - timedelta(days=back), 9.0 if back == 7 else 2.0) for back in range(1, 8)]
    assert not weekly(figures(today, 9.0), days)
    assert named(today, 9.0, {today - timedelta(weeks=1): 9.0}) == []


def test_a_size_is_of_the_same_weekday_once_there_are_two() -> None:
    today = date(2026, 2, 23)
    days = [replace(day, lines=1700) if "-02-16" in day.day else day for day in before(today, {})]
    assert usual_size(today.isoformat(), days[:9], lambda day: day.lines) == 1000
    assert usual_size(today.isoformat(), days[:10], lambda day: day.lines) == 1350
