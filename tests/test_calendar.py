"""Which days bring a file: a table of known days, and what holds of any calendar at any moment."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation import layout
from reconciliation.adapters.days import Days
from reconciliation.adapters.store import Store
from reconciliation.bank_holidays import holidays_of
from reconciliation.calendar import HOLIDAYS, WEEKDAYS, Calendar, ImpossibleCalendar
from reconciliation.errors import ReconciliationError
from reconciliation.event import Event
from reconciliation.lifecycle.judging import Judging
from reconciliation.lifecycle.once import Once
from reconciliation.lifecycle.refreshing import Refreshing
from reconciliation.wording import SAO_PAULO
from tests import events
from tests.memory_s3 import MemoryS3

USUAL = Calendar.of(expected_by=["08:00"])


def dates(text: str) -> set[date]:
    return {date.fromisoformat(day) for day in text.split()}


def test_the_banks_holidays_are_the_laws() -> None:
    """Lei 662/1949, 6.802/1980, 9.093/1995 and 14.759/2023; for banks Carnival and Corpus Christi, too."""
    assert holidays_of("banks", 2026) == dates(
        "2026-01-01 2026-02-16 2026-02-17 2026-04-03 2026-04-21 2026-05-01 2026-06-04 2026-09-07"
        " 2026-10-12 2026-11-02 2026-11-15 2026-11-20 2026-12-25"
    )
    assert dates("2027-02-08 2027-02-09 2027-03-26 2027-05-27") <= holidays_of("banks", 2027)
    assert date(2023, 11, 20) not in holidays_of("banks", 2023)


def test_the_exchange_rests_two_days_more() -> None:
    for year, besides in ((2026, "2026-12-24 2026-12-31"), (2027, "2027-12-24 2027-12-31")):
        assert holidays_of("b3", year) - holidays_of("banks", year) == dates(besides)
        assert holidays_of("banks", year) < holidays_of("b3", year)


def test_no_year_needs_a_deployment() -> None:
    assert {len(holidays_of("banks", year)) for year in range(2024, 2060)} == {13}
    assert holidays_of("none", 2026) == frozenset()


@pytest.mark.parametrize(
    ("day", "hour"),
    [
        ("2026-11-16", "08:00"),  # a Monday
        ("2026-11-19", "08:00"),
        ("2026-11-20", None),  # a holiday, on a Friday
        ("2026-11-21", "10:30"),
        ("2026-11-22", None),  # a Sunday
        ("2026-02-16", None),  # Carnival
        ("2026-02-18", "08:00"),
        ("2026-12-24", None),  # their own
        ("2026-12-25", "09:00"),  # a holiday that they work on
    ],
)
def test_each_day_has_its_hour_or_none(day: str, hour: str | None) -> None:
    calendar = Calendar.of(
        expected_by=["mon-thu 08:00", " fri 09:00", "sat 10:30"],
        days_off=["2026-12-24"],
        days_on=["2026-12-25"],
    )
    at = calendar.expected_at(date.fromisoformat(day))
    assert (at and f"{at:%H:%M}") == hour
    assert at is None or (at.date().isoformat(), at.tzinfo) == (day, SAO_PAULO)


def test_a_friday_is_owed_until_the_next_working_days_hour() -> None:
    friday = datetime(2026, 2, 13, 11, tzinfo=UTC)  # before Carnival
    for hours in (0, 30, 5 * 24 - 1):
        owed = USUAL.owed(friday + timedelta(hours=hours))
        assert owed == ("2026-02-13", friday)
    assert USUAL.owed(friday + timedelta(days=5)) == ("2026-02-18", friday + timedelta(days=5))


def test_where_nobody_expects_a_file_nothing_is_owed_nor_checked() -> None:
    now = datetime(2026, 11, 16, 23, tzinfo=UTC)
    assert (Calendar.of().owed(now), Calendar.of().to_check(now)) == (None, None)


@pytest.mark.parametrize("text", ["[]", "{", '{"expected_by": 8}', '{"hour": "08:00"}', '{"holidays": "x"}'])
def test_a_calendar_that_is_none_is_an_invalid_setting(text: str) -> None:
    with pytest.raises(ReconciliationError, match="CALENDAR: ") as refused:
        Calendar.from_json(text)
    assert refused.value.code == "INVALID_SETTING"


# --- of any calendar

FIRST = datetime(2026, 1, 25, tzinfo=UTC)
HOURS = st.times().map(lambda at: f"{at:%H:%M}")
MOMENTS = st.integers(0, 40 * 24 * 60).map(lambda late: FIRST + timedelta(minutes=late))
DATES = st.dates(date(2026, 1, 25), date(2026, 3, 5)).map(date.isoformat)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    hours = draw(st.dictionaries(st.sampled_from(WEEKDAYS), HOURS))
    return Calendar.of(
        expected_by=[f"{weekday} {hour}" for weekday, hour in hours.items()],
        checked_at=draw(HOURS),
        holidays=draw(st.sampled_from(HOLIDAYS)),
        days_off=draw(st.lists(DATES, max_size=5)),
    )


class Told:
    """A teller that keeps what it is given; no incident is open."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def event(self, code: str, message: str, now: datetime, **facts: Any) -> Event:
        return events.event(code, message=message, timestamp=now, job_id=None, **facts)

    def try_to_tell(self, told: Event) -> bool:
        self.events.append(told)
        return True

    def still_open(self, _: datetime, in_order: str | None) -> list[Any]:
        return []

    def ended_since(self, _: datetime) -> list[Any]:
        return []

    def missing(self) -> list[str]:
        return []


def watchdog(calendar: Calendar) -> tuple[Judging, Told]:
    """Over objects in memory: files came for long, and none of these days."""
    s3, told = MemoryS3(), Told()
    store = Store(s3)
    store.put(layout.upload("ingress", "2026-01-02", "input.csv"), b"x")
    for stored in s3.objects.values():
        stored["LastModified"] = datetime(2026, 1, 2, tzinfo=UTC)
    days = Days(store, "checkpoints")
    once = Once(store, told, "checkpoints")
    judging = Judging(
        store=store, days=days, metrics=None, teller=told, reminding=told, once=once, calendar=calendar,
        subscriptions=told,
        refreshing=Refreshing(store, days, None, told, once, "checkpoints", "output"),
        ingress_bucket="ingress",
        checkpoints_bucket="checkpoints", output_bucket="output", abnormal_rate_percent=10, deadline_s=1200,
    )  # fmt: skip
    return judging, told


@given(calendars(), st.lists(MOMENTS, max_size=30))
def test_a_day_is_missed_at_most_once_and_a_day_without_work_never(
    calendar: Calendar, rounds: list[datetime]
) -> None:
    """However seldom the watchdog is called; and within a day of its hour whichever round comes tells it."""
    judging, told = watchdog(calendar)
    for now in sorted(rounds):
        judging.miss(now)
    missed = {str(event.day): event for event in told.events}
    assert len(missed) == len(told.events)
    for day, event in missed.items():
        expected = calendar.expected_at(date.fromisoformat(day))
        assert expected
        assert timedelta() <= event.timestamp - expected < timedelta(days=1)
    for now in rounds:
        owed = calendar.owed(now)
        assert owed is None or now - owed.since >= timedelta(days=1) or owed.day in missed


@given(calendars(), st.lists(MOMENTS, max_size=30))
def test_a_day_is_checked_at_most_once_and_always_with_its_six_points(
    calendar: Calendar, rounds: list[datetime]
) -> None:
    judging, told = watchdog(calendar)
    for now in sorted(rounds):
        judging.check(now)
    checked = {str(event.day): event for event in told.events}
    assert len(checked) == len(told.events)
    for day, event in checked.items():
        assert calendar.expected_at(date.fromisoformat(day))
        assert sum(line.startswith(("✓", "✗")) for line in event.report.split("\n")) == 6
        assert event.timestamp.astimezone(SAO_PAULO).date().isoformat() > day


@given(calendars(), MOMENTS)
def test_what_is_owed_is_the_newest_working_day(calendar: Calendar, now: datetime) -> None:
    owed = calendar.owed(now)
    if owed is None:
        return
    assert owed.since == calendar.expected_at(date.fromisoformat(owed.day)) <= now
    later = date.fromisoformat(owed.day) + timedelta(days=1)
    while later <= now.astimezone(SAO_PAULO).date():
        at = calendar.expected_at(later)
        assert at is None or at > now
        later += timedelta(days=1)


def test_an_hour_is_a_time_of_the_day() -> None:
    assert Calendar.of(expected_by=["00:00"]).hours == dict.fromkeys(WEEKDAYS[:5], time())
    with pytest.raises(ImpossibleCalendar):
        Calendar.of(expected_by=["8:00"])
