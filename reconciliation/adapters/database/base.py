"""What both engines share: the table as the contract wants it, and rows by the BASE schema."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

from reconciliation.adapters.database.copy import Texts
from reconciliation.adapters.database.counted import DayTotals
from reconciliation.adapters.database.secret import Secret
from reconciliation.documents.snapshot import BaseFacts
from reconciliation.errors import ReconciliationError

if TYPE_CHECKING:
    import polars as pl

APPLICATION = "reconciliation-job"
CONNECT_TIMEOUT_S = 10
LOCK_TIMEOUT_S = 30
REPLICA_LAG, LAG_UNKNOWN = "BASE_REPLICA_LAG", "BASE_LAG_UNKNOWN"
LAG_WARNED_S = 60


class Column(NamedTuple):
    """A column's type: as people read it, what it is at bottom (`enum`, a domain's base), as a cast."""

    kind: str
    base: str
    castable: str
    fits: bool
    """Whether its values can hold the contract's."""


@dataclass(frozen=True)
class Table:
    """The base's table as it is."""

    name: str
    """As a statement writes it: with its schema where that is needed."""
    columns: Mapping[str, Column]
    indexes: frozenset[str]
    """Names that a new index cannot have."""
    has_unique_key: bool
    has_date_index: bool
    parts: str = ""
    """What no unique index spans, in words: partitions, tables that inherit; "" for one whole table."""
    is_inherited: bool = False
    has_date_parts: bool = False
    """Whether other dates' partitions are left out where `data` is between two dates."""


class Slice(NamedTuple):
    """A part of the day's rows as a named snapshot has them: pages from `first` to before `end`, if any."""

    snapshot: str
    first: int
    end: int | None


class Bounds(NamedTuple):
    """`data` from `first` to before `end`: dates, or moments of UTC."""

    first: str
    end: str


class ScanStopped(Exception):
    """The scan for padded keys did not see the whole table; the snapshot goes on."""


class SqlBase(ABC):
    """Reads within one transaction of one connection."""

    engine: ClassVar[str]
    errors: ClassVar[type[Exception]]
    """What the driver raises."""

    def __init__(self, connection: Any, query_timeout_s: int) -> None:
        self._connection = connection
        self._query_timeout_s = query_timeout_s
        self.has_moments = False
        self.has_date_index = False
        self.is_slice = False
        self.has_unique_key = True
        self.window_days = 0
        """Days around the day in which rows are sought, where no index proves the keys unique."""
        self.warnings: dict[str, int] = {}
        self.facts: BaseFacts = {"engine": self.engine}

    @classmethod
    def opened(cls, secret: Secret, query_timeout_s: int, ca: str) -> Self:
        """One try. With a CA bundle, the server must prove its name."""
        return cls(cls.connect(secret, query_timeout_s, ca), query_timeout_s)

    @staticmethod
    @abstractmethod
    def connect(secret: Secret, query_timeout_s: int, ca: str) -> Any:
        """As `opened`, the driver's own connection."""

    @staticmethod
    @abstractmethod
    def failure(exc: Exception) -> ReconciliationError:
        """What the driver's error means."""

    @abstractmethod
    def begin(self, of: Slice | None = None) -> None:
        """Starts the snapshot, or joins a slice's; the table keeps its definition until the end.

        Raises E_BASE_SESSION where the session is not as it was asked for.
        """

    @abstractmethod
    def close(self) -> None:
        """Ends what still runs, too."""

    @abstractmethod
    def table(self) -> Table:
        """Raises E_BASE_SCHEMA for what is no table, or one that no snapshot holds.

        From now on it is known whether `data` has moments, `has_moments`.
        """

    @abstractmethod
    def change_password(self, username: str, password: str) -> None:
        """Of the connection's own user; instead of `begin`. Raises E_BASE_SESSION as it does."""

    @abstractmethod
    def newest_text(self) -> str | None:
        """The greatest `data`, a moment as it is in UTC; None for an empty table."""

    @abstractmethod
    def lag_s(self) -> float | None:
        """Seconds by which this server is behind the one that is written to; None where it won't tell."""

    def share(self, readers: int) -> list[Slice]:
        """Disjoint slices that hold all rows, readable in this snapshot while it is open; or none."""
        return []

    @abstractmethod
    def day_texts(self, bounds: Bounds) -> Iterator[Texts]:
        """The rows of those dates; moments (`has_moments`) as they are in UTC."""

    @abstractmethod
    def counted_day(self, bounds: Bounds) -> Sequence[Any] | None:
        """`count(*), sum(valor)` of those dates, the sum a text or NULL."""

    @abstractmethod
    def texts_of(self, keys: list[str], besides: Bounds | None) -> Iterator[tuple[list[str], Texts]]:
        """By batch of keys, the rows with one of them, or one that the collation calls equal.

        Of any date, `besides` excepted. A key that the base's character set lacks is not in it.
        """

    @abstractmethod
    def padding_proof(self) -> str | None:
        """What of the table says that look-ups miss no padded key: `check`, `unique_index`, or nothing."""

    @abstractmethod
    def padded_texts(self, limit_s: int) -> Iterator[Texts]:
        """The keys, alone, that blanks surround: one scan of the table. Raises ScanStopped."""

    def day_totals(self, day: date) -> DayTotals:
        """As this snapshot has it, of all slices."""
        return DayTotals.of(self.counted_day(self.bounds(day)))

    def day_rows(self, day: date) -> Iterator["pl.DataFrame"]:
        """The rows of that date, or a slice's.

        Raises E_BASE_DUP_OR_NULL_KEY, E_BASE_SCHEMA; UNBALANCED_TOTALS where the database counts others. A
        slice's are not counted here: together with the others' they are `day_totals`.
        """
        # not above: `test-rds-connection` checks a base where there is no Polars
        from reconciliation.adapters.database import rows  # noqa: PLC0415
        from reconciliation.kernels.money import total  # noqa: PLC0415

        said = None if self.is_slice else self.day_totals(day)
        read, cents = 0, 0
        for texts in self.day_texts(self.bounds(day)):
            frame = rows.of_day(texts, self.has_moments)
            read, cents = read + frame.height, cents + total(frame["valor_cents"])
            yield frame
        if said:
            said.require(read, cents)

    def rows_of(
        self, keys: list[str], padded: Collection[str] = (), besides: date | None = None
    ) -> Iterator["pl.DataFrame"]:
        """The rows, of any date but `besides`, that have one of the keys, byte for byte, each row once.

        `padded` are keys as they are stored, for those whose blanks are known. Raises E_BASE_SCHEMA.
        """
        from reconciliation.adapters.database import rows  # noqa: PLC0415 - as above

        days = self.bounds(besides) if besides else None
        for batch, texts in self.texts_of([*keys, *padded], days):
            yield rows.looked_up(texts, self.has_moments, batch, padded)

    @property
    def by_key(self) -> Self | None:
        """Itself where an index finds keys and proves them unique, else None."""
        return self if self.has_unique_key else None

    def rows_in_scope(
        self, of_file: "pl.DataFrame", of_day: "pl.DataFrame", day: date
    ) -> Iterator["pl.DataFrame"]:
        """The rows of the `window_days` before and after the day whose key, blanks apart, is one of these.

        One pass over those dates; a row without a date is in none of them. Raises E_BASE_SCHEMA;
        UNBALANCED_TOTALS where the database counts other rows than it gave.
        """
        import polars as pl  # noqa: PLC0415 - as above

        from reconciliation.adapters.database import rows  # noqa: PLC0415

        keys = pl.concat([of_file, of_day]).unique()
        around, next_day = timedelta(days=self.window_days), day + timedelta(days=1)
        self.facts["window"] = {"first": str(day - around), "last": str(day + around)}
        self.facts["padded_keys"] = "in_scope"
        for first, end in ((day - around, day), (next_day, next_day + around)):
            bounds = Bounds(self._start_of(first), self._start_of(end))
            said = DayTotals.of(self.counted_day(bounds))
            yield from rows.in_scope(self.day_texts(bounds), self.has_moments, keys, said)

    def padded_keys(self, limit_s: int) -> Iterator["pl.DataFrame"]:
        """By the PADDED schema, the keys that no look-up could find, of any date.

        Raises ScanStopped where the table proves nothing and was not seen whole within the limit; 0: no scan.
        """
        from reconciliation.adapters.database import rows  # noqa: PLC0415 - as above

        self.facts["padded_keys"] = self.padding_proof() or "unproved"
        if self.facts["padded_keys"] == "unproved":
            if not limit_s:
                raise ScanStopped
            yield from map(rows.padded, self.padded_texts(min(limit_s, self._query_timeout_s)))
            self.facts["padded_keys"] = "scan"

    def bounds(self, day: date) -> Bounds:
        """Of that date's rows, as the column's type has them."""
        return Bounds(self._start_of(day), self._start_of(day + timedelta(days=1)))

    def _start_of(self, day: date) -> str:
        if not self.has_moments:
            return str(day)
        from reconciliation.adapters.database import moments  # noqa: PLC0415 - as above

        return moments.start_of(day)

    def note_newest_date(self) -> None:
        """Into `facts`, where an index has it: `YYYY-MM-DD` of the newest row, None for an empty table."""
        newest = self.newest_text() if self.has_date_index else None
        if newest and self.has_moments:
            from reconciliation.adapters.database import moments  # noqa: PLC0415 - as above

            newest = moments.text_day_of(newest)
        self.facts["newest_date"] = newest and newest[:10]

    def note_lag(self) -> None:
        """Into `facts`, and into `warnings` where it could explain a divergence."""
        lag_s = self.facts["replica_lag_s"] = self.lag_s()
        if lag_s is None:
            self.warnings[LAG_UNKNOWN] = 1
        elif lag_s > LAG_WARNED_S:
            self.warnings[REPLICA_LAG] = 1
