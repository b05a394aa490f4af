"""Which days bring a supplier's file, and by when: weekdays with their hours, holidays, own dates.

A day is the date of its folder. A day without work is one of which no file is wanted; one that comes all the
same is processed as any other. Hours are São Paulo's.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, NamedTuple, Self

from reconciliation.bank_holidays import holidays_of
from reconciliation.bounded_json import MESSAGE_BYTES, JsonRefused, parse_object
from reconciliation.errors import error
from reconciliation.wording import SAO_PAULO

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOLIDAYS: Final = ("banks", "b3", "none")
SETTINGS: Final = ("expected_by", "checked_at", "holidays", "days_off", "days_on")
"""A calendar's parts, as deployments name them."""
_HOUR: Final = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_DAYS_AND_HOUR: Final = re.compile(rf"(?:([a-z]{{3}})(?:-([a-z]{{3}}))?\s+)?({_HOUR.pattern})", re.ASCII)
_USUAL: Final = WEEKDAYS[:5]
"""The days of an hour that stands alone."""
_MOST_DATES: Final = 50
"""Of one's own: with all else they must fit into a function's environment (Lambda: 4 KB)."""
_LOOK_BACK_DAYS: Final = 366
_STILL_NEWS: Final = timedelta(days=1)
"""What nobody told within a day (the watchdog's silence has rung by then) is not told later."""


class ImpossibleCalendar(ValueError):
    """Its text is one sentence for the person who wrote the setting."""


class Owed(NamedTuple):
    """A working day whose file must have come, and since when."""

    day: str
    since: datetime


@dataclass(frozen=True)
class Calendar:
    """`hours` by weekday: one that is not among them brings no file. Without any nobody expects one."""

    hours: Mapping[str, time]
    checked_at: time
    holidays: str
    days_off: Collection[date]
    days_on: Collection[date]

    @classmethod
    def of(
        cls,
        *,
        expected_by: Sequence[str] = (),
        checked_at: str = "08:00",
        holidays: str = "banks",
        days_off: Sequence[str] = (),
        days_on: Sequence[str] = (),
    ) -> Self:
        """From the texts of a deployment's settings. Raises ImpossibleCalendar."""
        _require(holidays in HOLIDAYS, f"holidays {holidays!r}: write one of {', '.join(HOLIDAYS)}.")
        _require(bool(_HOUR.fullmatch(checked_at)), f"checked_at {checked_at!r}: write HH:MM, e.g. 08:00.")
        hours, off, on = _hours(expected_by), _dates("days_off", days_off), _dates("days_on", days_on)
        for day in sorted(on):
            weekday = WEEKDAYS[day.weekday()]
            _require(day not in off, f"days_on {day}: it is in days_off too.")
            _require(weekday in hours, f"days_on {day} is a {weekday}, for which expected_by has no hour.")
        return cls(hours, time.fromisoformat(checked_at), holidays, off, on)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """From an object of those settings. Raises INVALID_SETTING."""
        try:
            return cls.of(**parse_object(text or "{}", MESSAGE_BYTES))
        except (JsonRefused, ImpossibleCalendar, TypeError, AttributeError) as exc:
            raise error("INVALID_SETTING", f"CALENDAR: {exc}") from exc

    def expected_at(self, day: date) -> datetime | None:
        """By when the day's file must have come; None of a day without work."""
        hour = self.hours.get(WEEKDAYS[day.weekday()])
        is_holiday = day not in self.days_on and day in holidays_of(self.holidays, day.year)
        if hour is None or is_holiday or day in self.days_off:
            return None
        return datetime.combine(day, hour, SAO_PAULO)

    def owed(self, now: datetime) -> Owed | None:
        """The newest day whose file must have come by now, whether it did or not."""
        for day, moment in self._working_days(now):
            if moment <= now:
                return Owed(day.isoformat(), moment)
        return None

    def missed(self, now: datetime) -> Owed | None:
        """The same, while it is news where its file did not come."""
        owed = self.owed(now)
        return owed if owed and now - owed.since < _STILL_NEWS else None

    def to_check(self, now: datetime) -> str | None:
        """The last working day before the one whose hour to check has come, while that is news."""
        days = (day for day, _ in self._working_days(now))
        for day in days:
            waited = now - datetime.combine(day, self.checked_at, SAO_PAULO)
            if waited >= timedelta():
                before = next(days, None)
                return before.isoformat() if before and waited < _STILL_NEWS else None
        return None

    def _working_days(self, now: datetime) -> Iterator[tuple[date, datetime]]:
        """From today on back, for a year: each day with its hour's moment."""
        today = now.astimezone(SAO_PAULO).date()
        for back in range(_LOOK_BACK_DAYS):
            day = today - timedelta(days=back)
            if moment := self.expected_at(day):
                yield day, moment


def _hours(expected_by: Sequence[str]) -> dict[str, time]:
    """Each weekday's, of texts such as `08:00` (Monday to Friday), `sat 10:00` and `mon-thu 08:00`."""
    hours: dict[str, time] = {}
    for text in expected_by:
        parts = _DAYS_AND_HOUR.fullmatch(text.strip())
        days = _between(parts[1], parts[2] or parts[1]) if parts and parts[1] else _USUAL
        _require(
            parts is not None and bool(days),
            f"expected_by {text!r}: write HH:MM, or days and HH:MM as in mon-thu 08:00; the days are"
            f" {', '.join(WEEKDAYS)}.",
        )
        assert parts
        for day in days:
            _require(day not in hours, f"expected_by {text!r}: {day} has another hour already.")
            hours[day] = time.fromisoformat(parts[3])
    return hours


def _between(first: str, last: str) -> Sequence[str]:
    """The weekdays from one to the other; none where there is no such day, or the last comes first."""
    if {first, last} <= set(WEEKDAYS):
        return WEEKDAYS[WEEKDAYS.index(first) : WEEKDAYS.index(last) + 1]
    return ()


def _dates(name: str, texts: Sequence[str]) -> frozenset[date]:
    _require(len(texts) <= _MOST_DATES, f"{name}: write at most {_MOST_DATES} dates.")
    dates = set()
    for text in texts:
        try:
            dates.add(date.fromisoformat(text.strip()))
        except ValueError as exc:
            raise ImpossibleCalendar(f"{name} {text!r} is not a date such as 2026-12-24.") from exc
    return frozenset(dates)


def _require(holds: bool, sentence: str) -> None:
    if not holds:
        raise ImpossibleCalendar(sentence)
