"""Days as the calendar judges them, with a moved clock."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciliation.alert_texts import text_of
from reconciliation.calendar import Calendar
from reconciliation.lifecycle.judging import Judging
from tests.functions.world import World

BEFORE, AFTER = datetime(2026, 2, 17, 10, 59, tzinfo=UTC), datetime(2026, 2, 17, 11, 0, tzinfo=UTC)
"""08:00 in São Paulo is 11:00 UTC, of the day after DAY."""
ON_THE_DAY = AFTER - timedelta(days=1)
EVERY_DAY = Calendar.of(expected_by=["mon-sun 08:00"], holidays="none")


def judging(world: World, calendar: Calendar = EVERY_DAY) -> Judging:
    return replace(world.judging, calendar=calendar)


def check(world: World, now: datetime) -> str | None:
    return judging(world).check(now)


def miss(world: World, now: datetime) -> str | None:
    return judging(world).miss(now)


def lines(alert: dict[str, Any]) -> list[str]:
    """The six points of the message."""
    return [line for line in text_of(alert).split("\n") if line.startswith(("✓", "✗"))]
