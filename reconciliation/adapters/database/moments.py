"""A moment is a date in America/Sao_Paulo, with the offset that held then: computed here, never by a server.

Servers need not know zones by name, and those that do may know them as they were years ago.
"""

from datetime import date, datetime, time, timedelta

import polars as pl

from reconciliation.contract import TIME_ZONE

_SECONDS = "%Y-%m-%d %H:%M:%S"
_SECONDS_LENGTH = 19


def day_of(text: pl.Expr) -> pl.Expr:
    """The date of a moment of UTC as servers write it, `YYYY-MM-DD HH:MM:SS` and more; else null."""
    seconds = pl.when(~text.str.ends_with("BC")).then(text.str.slice(0, _SECONDS_LENGTH))
    moment = seconds.str.to_datetime(_SECONDS, time_unit="us", time_zone="UTC", strict=False)
    return _local(moment)


def text_day_of(text: str) -> str | None:
    """As `day_of`, `YYYY-MM-DD`."""
    day = pl.select(day_of(pl.lit(text))).item()
    return None if day is None else str(day)


def start_of(day: date) -> str:
    """The day's first moment, in UTC; a day of summer time's beginning has no midnight."""
    utc = datetime.combine(day, time())
    around = pl.datetime_range(utc, utc + timedelta(hours=6), "1s", time_zone="UTC", eager=True)
    first = around.to_frame("moment").filter(_local(pl.col("moment")) == day)["moment"][0]
    return f"{first:{_SECONDS}}"


def _local(moment: pl.Expr) -> pl.Expr:
    return moment.dt.convert_time_zone(TIME_ZONE).dt.date()
