"""What the reconciliation asks of a base, whoever holds it: the company's database, or an export of it."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date
from typing import Protocol

import polars as pl

from reconciliation.adapters.database.counted import DayTotals
from reconciliation.documents.snapshot import BaseFacts


class Base(Protocol):
    """One snapshot of `transacoes`; rows by the FOUND schema, each row once.

    `warnings` counts by code; `facts` is what the summary tells of where the rows came from.
    """

    warnings: dict[str, int]
    facts: BaseFacts

    @property
    def by_key(self) -> "ByKey | None":
        """None where nothing proves that a key is there once: then `rows_in_scope` tells."""

    def day_rows(self, day: date) -> Iterator[pl.DataFrame]: ...

    def rows_in_scope(self, of_file: pl.DataFrame, of_day: pl.DataFrame, day: date) -> Iterator[pl.DataFrame]:
        """In one pass, the rows of other dates that have one of the file's keys, blanks apart.

        Where no two rows should have one of the day's keys, those that have one, too: so it is seen.
        """


class Lookup(Protocol):
    """The rows of other dates, by an index that lets no two rows have a key stored alike."""

    def rows_of(
        self, keys: list[str], padded: Collection[str] = (), besides: date | None = None
    ) -> Iterator[pl.DataFrame]:
        """Of any date but `besides`; `padded` are keys as they are stored."""


class SlicedRows(Lookup, Protocol):
    """What is read in a snapshot that another connection holds."""

    def day_rows(self, day: date) -> Iterator[pl.DataFrame]:
        """The slice's; all slices together are `ByKey.day_totals`."""


class Share(Protocol):
    """A slice of the day's rows for another process to read, in the snapshot of the base that gave it."""

    @property
    def open(self) -> Callable[[], AbstractContextManager[SlicedRows]]:
        """While the base that gave it is open."""


class ByKey(Lookup, Protocol):
    """Such a base may have several readers; an export's files, or a window passed over, have one."""

    def share(self, readers: int) -> Sequence[Share]:
        """Disjoint slices of the day, for others to read in this snapshot while it is open; or none."""

    def day_totals(self, day: date) -> DayTotals:
        """As the database counts them in this snapshot."""

    def padded_keys(self, limit_s: int) -> Iterator[pl.DataFrame]:
        """By the PADDED schema, of any date, those that `rows_of` could not find. Raises ScanStopped."""


OpenBase = Callable[[], AbstractContextManager[Base]]
