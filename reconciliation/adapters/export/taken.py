"""Whether an export may lack rows of the reference date: by its moment, and by what RDS says of its table."""

from datetime import UTC, date, datetime

import polars as pl

from reconciliation.contract import TIME_ZONE

EARLY, TIME_UNKNOWN, WARNED = "BASE_EXPORT_EARLY", "BASE_EXPORT_TIME_UNKNOWN", "BASE_EXPORT_WARNED"


def moment_of(told: object) -> datetime | None:
    """A time as RDS's documents write it, in UTC where they name no zone; None for any other value."""
    try:
        moment = datetime.fromisoformat(str(told))
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def warnings(reference: date, until: datetime | None, *, is_warned: bool) -> dict[str, int]:
    """By code. `until` is the moment after which nothing is in the export, with its zone, if it is known."""
    found = {WARNED: 1} if is_warned else {}
    if until is None:
        return {**found, TIME_UNKNOWN: 1}
    return {**found, EARLY: 1} if _day_of(until) <= reference else found


def _day_of(moment: datetime) -> date:
    """In São Paulo, by Polars's zones, as the rows' days."""
    day: date = (
        pl.Series([moment], dtype=pl.Datetime("us", "UTC")).dt.convert_time_zone(TIME_ZONE).dt.date()[0]
    )
    return day
