"""What is usual on a weekday and at a month's turn, and what is only one day's affair."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from reconciliation.causes import causes
from reconciliation.contract import TYPES
from reconciliation.documents.summary import AbsentSuppliers, Cause
from reconciliation.examined import Examined
from reconciliation.habits import Habit, habits, place, usual_size, workdays
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
    return [cause.code for cause in found(today, rate, rates, each)]


def found(today: date, rate: float, rates: dict[date, float], each: int = 10) -> tuple[Cause, ...]:
    none = AbsentSuppliers(suppliers=0, base_rows=0, base_cents=0, largest=())
    nothing = Patterns(
        types={}, supplier=None, fields=None, factor=None, difference=None, lost_cents=None, shift=None,
        respelled=Respelled(pairs=0, cents=0, examples=()),
    )  # fmt: skip
    day = replace(figures(today, rate), types=dict.fromkeys(TYPES, each))
    seen = Examined(
        today=day,
        keys=1000,
        patterns=nothing,
        absent=none,
        refused_of_nobody=0,
        rows_by_supplier={},
        history=before(today, rates),
    )
    return causes(seen)


def of_weekday(today: Figures, history: list[Figures]) -> Habit | None:
    found, _ = habits(today, history)
    return found


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-01-30", "último"),  # a Friday: the month ends on Saturday
        ("2026-01-31", ""),
        ("2026-01-29", "penúltimo"),
        ("2026-01-28", ""),
        ("2026-02-02", "primeiro"),
        ("2026-02-03", "segundo"),
        ("2026-02-04", ""),
        ("2026-04-01", "primeiro"),
        ("2026-05-01", ""),  # a holiday
        ("2026-05-04", "primeiro"),
        ("2026-11-02", ""),
        ("2026-11-03", "primeiro"),
        ("2025-03-05", "primeiro"),  # Ash Wednesday: Carnival's days before it are holidays
        ("2024-03-28", "último"),  # Good Friday follows, then a weekend
        ("2024-03-27", "penúltimo"),
        ("2025-12-31", "último"),
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


def test_a_months_turn_after_a_holiday_is_compared_with_one_after_none() -> None:
    """The first workday of May is the 4th, and of April the 1st."""
    assert named(date(2026, 5, 4), 5.0, {date(2026, 4, 1): 5.0}) == ["VIRADA_DE_MES"]
    assert named(date(2026, 5, 1), 5.0, {date(2026, 4, 1): 5.0}) == []


def test_the_last_two_workdays_are_one_end_where_each_alone_says_too_little() -> None:
    """Where the other days vary, a month's last day of 4.2 % may be chance; three such days are none."""
    today, workdays = date(2026, 1, 30), before(date(2026, 1, 30), {})
    vary = {date.fromisoformat(day.day): (1.0, 1.5, 2.0, 2.5, 3.0)[at % 5] for at, day in enumerate(workdays)}
    last, others = date(2025, 12, 31), (date(2025, 12, 30), date(2026, 1, 29))
    for ends, expected in (((last, *others), ["VIRADA_DE_MES"]), ((last,), []), ((last, others[0]), [])):
        assert named(today, 9.0, vary | dict.fromkeys(ends, 4.2)) == expected
    (cause,) = found(today, 9.0, vary | dict.fromkeys((last, *others), 4.2))
    assert "na virada do mês (penúltimo e último dias úteis)" in cause.sentence


def test_the_workdays_of_an_end_are_those_of_all_its_days() -> None:
    assert workdays(["2026-01-30", "2025-12-31"]) == "último dia útil"
    assert workdays(["2026-01-30", "2026-01-29", "2025-12-31"]) == "penúltimo e último dias úteis"
    assert workdays(["2026-01-30", "2025-12-30"]) == "penúltimo e último dias úteis", "none like today's"
    assert workdays(["2026-05-04", "2026-04-02"]) == "primeiro e segundo dias úteis"


@pytest.mark.parametrize(
    ("turn", "rate", "expected"),
    [
        (5.0, 5.5, ["DIA_DA_SEMANA", "VIRADA_DE_MES"]),  # either is as much
        (8.0, 9.0, ["VIRADA_DE_MES"]),  # far over such weekdays, and as usual at a month's turn
        (4.2, 9.0, ["DIA_DA_SEMANA", "VIRADA_DE_MES"]),  # over both: together they make it
        (4.2, 5.9, ["DIA_DA_SEMANA", "VIRADA_DE_MES"]),
    ],
)
def test_weekday_and_months_turn_compete_for_the_rate(turn: float, rate: float, expected: list[str]) -> None:
    today = date(2025, 12, 1)
    mondays = {today - timedelta(weeks=week): 4.0 for week in range(1, 7)}
    before_turn = before(today, mondays)
    assert place("2025-11-03") == place("2025-12-01") == "primeiro"
    history = [replace(day, rate_percent=turn * 2) if day.day == "2025-11-03" else day for day in before_turn]
    found = habits(figures(today, rate), history)
    codes = ("DIA_DA_SEMANA", "VIRADA_DE_MES")
    assert [code for code, habit in zip(codes, found, strict=True) if habit] == expected


def test_a_weekday_much_worse_than_a_months_turn_explains_its_rate_alone() -> None:
    today = date(2026, 10, 30)
    fridays = {today - timedelta(weeks=week): 9.0 for week in range(1, 7)}
    found = habits(figures(today, 9.0), before(today, fridays | {date(2026, 9, 30): 4.2}))
    assert [bool(habit) for habit in found] == [True, False]


def test_the_median_of_five_days_strays_more_than_their_mean() -> None:
    """A month's end on a Friday: those before it are high by chance, as far as their number can tell.

    One last workday before is not plain enough; the last two of each month together are."""
    newest_first = (
        3.78, 0.52, 1.69, 1.21, 2.31, 1.14, 1.17, 1.76, 0.55, 2.08, 0.9, 0.6, 1.62, 1.46, 1.5, 1.21,
        0.83, 1.46, 1.9, 0.66, 1.47, 3.09, 3.67, 1.27, 0.5, 0.44, 1.38, 0.74, 1.38, 2.38,
    )  # fmt: skip
    today = date(2026, 10, 30)
    history = [
        replace(day, rate_percent=rate) for day, rate in zip(before(today, {}), newest_first, strict=True)
    ]
    week, turn = habits(figures(today, 4.76), history)
    assert (week, turn and turn.rate_percent) == (None, 3.67)


def test_three_weeks_must_each_have_been_so() -> None:
    today = date(2026, 2, 25)
    for first, expected in ((5.0, True), (2.1, False)):
        rates = {today - timedelta(weeks=1): first} | {today - timedelta(weeks=week): 5.0 for week in (2, 3)}
        assert bool(of_weekday(figures(today, 5.0), before(today, rates)[:18])) is expected


def test_a_months_turn_says_nothing_of_its_weekday() -> None:
    today, turn = date(2025, 2, 27), date(2025, 1, 30)
    lifted = {today - timedelta(weeks=week): 3.2 if week in (3, 6) else 2.9 for week in range(1, 7)}
    assert named(today, 5.5, lifted | {turn: 9.0}) == ["VIRADA_DE_MES"]


def test_where_days_vary_two_weeks_say_less_than_six() -> None:
    today = date(2026, 2, 25)
    days = [
        replace(
            day, rate_percent=3.8 if date.fromisoformat(day.day).weekday() == 2 else (1, 5, 2, 0.4)[at % 4]
        )
        for at, day in enumerate(before(today, {}))
    ]
    assert of_weekday(figures(today, 4.0), days)
    assert not of_weekday(figures(today, 4.0), days[:12])


def test_a_few_divergences_are_no_pattern() -> None:
    today = date(2026, 2, 25)
    lifted = {today - timedelta(weeks=week): 4.0 for week in range(1, 7)}
    assert named(today, 4.0, lifted) == ["DIA_DA_SEMANA"]
    assert named(today, 4.0, lifted, each=6) == []


def test_one_week_is_no_habit() -> None:
    today = date(2026, 2, 25)
    days = [figures(today - timedelta(days=back), 9.0 if back == 7 else 2.0) for back in range(1, 8)]
    assert not of_weekday(figures(today, 9.0), days)
    assert named(today, 9.0, {today - timedelta(weeks=1): 9.0}) == []


def test_a_size_is_of_the_same_weekday_once_there_are_two() -> None:
    today = date(2026, 2, 23)
    days = [replace(day, lines=1700) if "-02-16" in day.day else day for day in before(today, {})]
    assert usual_size(today.isoformat(), days[:9], lambda day: day.lines) == 1000
    assert usual_size(today.isoformat(), days[:10], lambda day: day.lines) == 1350


@pytest.mark.parametrize(("rate", "is_all"), [(5.5, True), (30.0, False)])
def test_a_habit_explains_no_more_than_it_does(rate: float, is_all: bool) -> None:
    """Mondays have 5 %, the others 2 %; a Monday of 30 % is no pattern."""
    monday = date(2026, 2, 23)
    mondays = {monday - timedelta(weeks=back): 5.0 for back in range(1, 7)}
    (cause,) = found(monday, rate, mondays)
    assert cause.code == "DIA_DA_SEMANA"
    assert ("não um problema só de hoje" in cause.sentence) is is_all
    assert cause.action.startswith("Procurar o que é só de hoje") is not is_all
