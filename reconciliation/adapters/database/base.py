"""The base's rows as frames by the FOUND schema: one snapshot of one table, checked before it is read."""

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import NamedTuple, Self

import polars as pl

from reconciliation.adapters.database import moments, preflight, rows
from reconciliation.adapters.database.connecting import PATIENTLY, engine_of, session, sharing_engine_of
from reconciliation.adapters.database.counted import DayTotals
from reconciliation.adapters.database.limits import Limits
from reconciliation.adapters.database.preflight import Trust
from reconciliation.adapters.database.secret import read_secret
from reconciliation.adapters.database.session import (
    Bounds,
    DayBounds,
    ScanStopped,
    Session,
    SharingSession,
    Slice,
)
from reconciliation.adapters.database.table import Table
from reconciliation.documents.snapshot import BaseFacts
from reconciliation.kernels.money import total

REPLICA_LAG, LAG_UNKNOWN = "BASE_REPLICA_LAG", "BASE_LAG_UNKNOWN"
LAG_WARNED_S = 60


@contextmanager
def open_base(
    secret_id: str,
    limits: Limits,
    database_ca: str = "",
    read_endpoint: str = "",
    window_days: int | None = None,
) -> Iterator["SqlBase"]:
    """One snapshot of the base, checked. Raises the base's codes of the data contract and runbook 2.3.

    `read_endpoint`, `host` or `host:port`, is the replica to read instead of the secret's host.
    `window_days` is of the rule `in_scope` (`Rules.window_days`); for `database_ca` see `session`.
    """
    fetch = partial(read_secret, secret_id, read_endpoint)
    join = partial(open_slice, secret_id, limits, database_ca, read_endpoint)
    secret = fetch()
    with session(engine_of(secret), secret, limits, database_ca, fetch, PATIENTLY) as connected:
        base = SqlBase.begun(connected, window_days, join)
        if read_endpoint:
            base.note_lag()
        yield base


@contextmanager
def open_slice(
    secret_id: str, limits: Limits, database_ca: str, read_endpoint: str, of: Slice
) -> Iterator["SlicedRows"]:
    """A slice, by whatever process, in the snapshot it came from while `open_base` has that open."""
    fetch = partial(read_secret, secret_id, read_endpoint)
    secret = fetch()
    engine = sharing_engine_of(secret)
    with session(engine, secret, limits, database_ca, fetch, PATIENTLY) as connected:
        yield SlicedRows.joined(connected, of)


class Share(NamedTuple):
    """A slice of the day's rows for another process to read: it travels, with no value of the secret."""

    open: Callable[[], AbstractContextManager["SlicedRows"]]


@dataclass(eq=False)
class _Rows:
    """What is read of a table within one session."""

    session: Session
    table: Table

    def rows_of(
        self, keys: list[str], padded: Collection[str] = (), besides: date | None = None
    ) -> Iterator[pl.DataFrame]:
        """The rows, of any date but `besides`, that have one of the keys, byte for byte, each row once.

        `padded` are keys as they are stored, for those whose blanks are known. Raises E_BASE_SCHEMA.
        """
        day = self._day(besides) if besides else None
        for batch, texts in self.session.texts_of(self.table, [*keys, *padded], day):
            yield rows.looked_up(texts, self.table.has_moments, batch, padded)

    def _day_frames(self, day: date) -> Iterator[pl.DataFrame]:
        for texts in self.session.day_texts(self.table, self._day(day)):
            yield rows.of_day(texts, self.table.has_moments, day)

    def _day(self, day: date) -> DayBounds:
        """As the column's type has it."""
        return DayBounds(*self._days(day, 1))

    def _days(self, first: date, days: int) -> Bounds:
        """So many from that one on, as the column's type has them."""
        return Bounds(self._start_of(first), self._start_of(first + timedelta(days=days)))

    def _start_of(self, day: date) -> str:
        return moments.start_of(day) if self.table.has_moments else str(day)


class SlicedRows(_Rows):
    """A slice of the day's rows, and rows by their keys, in the snapshot of the base that shared it."""

    @classmethod
    def joined(cls, session: SharingSession, of: Slice) -> Self:
        """Raises what `SqlBase.begun` does."""
        session.join(of)
        table = session.table()
        preflight.check(session.engine, table, None)
        return cls(session, table)

    def day_rows(self, day: date) -> Iterator[pl.DataFrame]:
        """The slice's rows. They are not counted here: together with the others' they are `day_totals`.

        Raises E_BASE_DUP_OR_NULL_KEY, E_BASE_SCHEMA.
        """
        return self._day_frames(day)


@dataclass(eq=False)
class SqlBase(_Rows):
    """The base in its database: what a summary tells of it is in `facts`, by code in `warnings`."""

    _trust: Trust
    _join: Callable[[Slice], AbstractContextManager[SlicedRows]]

    def __post_init__(self) -> None:
        self.warnings = dict.fromkeys(self._trust.warnings, 1)
        self.facts: BaseFacts = {"engine": self.session.engine, "unique_proof": self._trust.unique_proof}

    @classmethod
    def begun(
        cls,
        session: Session,
        window_days: int | None,
        join: Callable[[Slice], AbstractContextManager[SlicedRows]],
    ) -> Self:
        """In the session's snapshot, which starts here; `join` opens what `share` gives.

        Raises E_BASE_SESSION, E_BASE_SCHEMA, E_BASE_NO_UNIQUE_INDEX.
        """
        session.begin()
        table = session.table()
        base = cls(session, table, preflight.check(session.engine, table, window_days), join)
        base._note_newest_date()
        return base

    @property
    def by_key(self) -> Self | None:
        """Itself where an index finds keys and proves them unique, else None."""
        return self if self._trust.unique_proof == "index" else None

    def share(self, readers: int) -> list[Share]:
        """Disjoint slices that hold the day's rows, readable while this snapshot is open; or none."""
        return [Share(partial(self._join, of)) for of in self.session.share(readers)]

    def day_totals(self, day: date) -> DayTotals:
        """As this snapshot has it, of all slices."""
        return self._totals(self._day(day))

    def day_rows(self, day: date) -> Iterator[pl.DataFrame]:
        """The rows of that date.

        Raises E_BASE_DUP_OR_NULL_KEY, E_BASE_SCHEMA; UNBALANCED_TOTALS where the database counts others.
        """
        counted = self.day_totals(day)
        height, cents = 0, 0
        for frame in self._day_frames(day):
            height, cents = height + frame.height, cents + total(frame["valor_cents"])
            yield frame
        counted.require(height, cents)

    def rows_in_scope(self, of_file: pl.DataFrame, of_day: pl.DataFrame, day: date) -> Iterator[pl.DataFrame]:
        """The rows of the `window_days` before and after the day whose key, blanks apart, is one of these.

        One pass over those dates; a row without a date is in none of them. Raises E_BASE_SCHEMA;
        UNBALANCED_TOTALS where the database counts other rows than it gave.
        """
        keys = pl.concat([of_file, of_day]).unique()
        days = self._trust.window_days
        around = timedelta(days=days)
        self.facts["window"] = {"first": str(day - around), "last": str(day + around)}
        self.facts["padded_keys"] = "in_scope"
        for first in (day - around, day + timedelta(days=1)):
            bounds = self._days(first, days)
            counted, texts = self._totals(bounds), self.session.day_texts(self.table, bounds)
            yield from rows.in_scope(texts, self.table.has_moments, keys, counted)

    def padded_keys(self, limit_s: int) -> Iterator[pl.DataFrame]:
        """By the PADDED schema, the keys that no look-up could find, of any date.

        Raises ScanStopped where the table proves nothing and was not seen whole within the limit; 0: no scan.
        """
        self.facts["padded_keys"] = proof = self.session.padding_proof()
        if proof == "unproved":
            if not limit_s:
                raise ScanStopped
            limit_s = min(limit_s, self.session.limits.query_timeout_s)
            yield from map(rows.padded, self.session.padded_texts(limit_s))
            self.facts["padded_keys"] = "scan"

    def note_lag(self) -> None:
        """Into `facts`, and into `warnings` where it could explain a divergence."""
        lag_s = self.facts["replica_lag_s"] = self.session.lag_s()
        if lag_s is None:
            self.warnings[LAG_UNKNOWN] = 1
        elif lag_s > LAG_WARNED_S:
            self.warnings[REPLICA_LAG] = 1

    def _note_newest_date(self) -> None:
        """Into `facts`, where an index has it: `YYYY-MM-DD` of the newest row with a day, or None."""
        newest = self.session.newest_text(self.table) if self.table.has_date_index else None
        if newest and self.table.has_moments:
            newest = moments.text_day_of(newest)
        self.facts["newest_date"] = newest and newest[:10]

    def _totals(self, bounds: Bounds) -> DayTotals:
        return DayTotals.of(self.session.counted_day(bounds))
