"""What an engine gives: a session, and the rows as the server writes them; its owner's hands.

Each engine is a subclass, which declares what it can do. Nothing here needs Polars, so that the functions
which check and change a connection can do without it.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, NamedTuple, Self

from reconciliation.adapters.database.copy import Texts
from reconciliation.adapters.database.limits import Limits
from reconciliation.adapters.database.secret import Secret
from reconciliation.adapters.database.table import Table
from reconciliation.contract import TABLE
from reconciliation.errors import ReconciliationError

APPLICATION = "reconciliation-job"
PaddingProof = Literal["check", "unique_index", "unproved"]
Index = Literal["idx_ordem_id", "idx_data"]
Extension = Literal["there", "missing", "unknown"]
"""Of the one that keeps the slow queries; `unknown` to the server, where nothing is to be made."""


class Slice(NamedTuple):
    """Of the day's rows in a server's named snapshot: those on pages from `first` to before `end`, if any."""

    snapshot: str
    server: str
    first: int
    end: int | None


class Bounds(NamedTuple):
    """`data` from `first` to before `end`: dates, or moments of UTC."""

    first: str
    end: str


class DayBounds(Bounds):
    """Of one day: whatever else an engine may have before `end` (MySQL, 2026-03-00) is not in it."""


class Answer(NamedTuple):
    """What a query answers, each value as the server writes it."""

    columns: list[str]
    rows: Iterator[tuple[str | None, ...]]
    """One at a time: what is not taken is not held."""


class ScanStopped(Exception):
    """The scan for padded keys did not see the whole table; the snapshot goes on."""


class Owner(ABC):
    """A connection of the base's owner, outside of any transaction: sees what there is, makes what is not."""

    @abstractmethod
    def alone(self) -> AbstractContextManager[None]:
        """Nobody else prepares this base meanwhile. Raises RDS_QUERY_TIMEOUT.

        It is given back at the block's end: the server sees a connection's end some time later, and whoever
        calls again at once would be told that somebody still prepares.
        Never by waiting: whoever waits has a snapshot, for whose end an index that is made CONCURRENTLY
        waits in turn (golang-migrate/migrate#960).
        """

    @abstractmethod
    def table(self) -> Table | None:
        """None where none is anywhere. Raises E_BASE_SCHEMA for what is in its place, or elsewhere."""

    def create_table(self) -> None:
        self._run(f"a tabela {TABLE}", "criar_tabela")

    @abstractmethod
    def create_index(self, index: Index, table: Table) -> None:
        """Raises E_BASE_DUP_OR_NULL_KEY for keys that are there twice.

        Whatever keeps it from being made, nothing stays behind, or the error says so.
        """

    @abstractmethod
    def is_unfinished(self, index: Index) -> bool:
        """Whether one of that name was begun and left: nobody reads it, and it may refuse keys."""

    @abstractmethod
    def is_harmless(self, user: str) -> bool | None:
        """Whether all that the user may do, anywhere, is read; None where there is no such user."""

    @abstractmethod
    def without_rights(self, secret: Secret) -> Secret:
        """By which a user enters who may read nothing yet."""

    def create_user(self, user: str, password: str) -> None:
        self._tell_password("criar_usuario", user, password)

    def set_password(self, user: str, password: str) -> None:
        self._tell_password("trocar_senha", user, password)

    def grant_reading(self, user: str) -> None:
        self._run(f"o direito de {user}", "dar_leitura", usuario=self._named(user))

    @abstractmethod
    def extension(self) -> Extension:
        """Raises INVALID_SETTING for one that is there and was not loaded with the server."""

    def create_extension(self) -> None:
        """Where it is `missing`."""
        self._run("a extensão", "criar_extensao")

    def count_rows(self) -> tuple[int, int]:
        """The table's, of which four are counted at most, and those of the smoke test among them."""
        (((some, tests),),) = self._run(f"a contagem de {TABLE}", "contar_linhas")
        return some, tests

    def put_test_rows(self) -> None:
        """Into an empty table; one that has a row stays as it is."""
        self._run("as linhas de teste", "inserir_linhas_de_teste")

    def take_test_rows(self) -> None:
        """Those alone."""
        self._run("as linhas de teste", "remover_linhas_de_teste")

    @abstractmethod
    def _tell_password(self, name: str, user: str, password: str) -> None:
        """By that statement, so that no log of the server's has it."""

    @abstractmethod
    def _named(self, user: str) -> str:
        """As SQL writes it."""

    @abstractmethod
    def _run(self, what: str, name: str, **parts: str) -> list[list[tuple[Any, ...]]]:
        """What each statement of that name answers; `what` it makes, in words, for the error.

        Whatever the driver says may hold a statement: none of it is in the error.
        """


@dataclass(eq=False)
class Session(ABC):
    """One connection, and the one transaction within it whose snapshot all is read from.

    Whatever reads the table's rows is given the Table, which `table` found in that snapshot.
    """

    engine: ClassVar[str]
    """By which the secret selects it."""
    errors: ClassVar[type[Exception]]
    """What the driver raises."""

    _connection: Any
    limits: Limits

    @classmethod
    @abstractmethod
    def connect(cls, secret: Secret, limits: Limits, ca: str) -> Self:
        """One try. With a CA bundle, the server must prove its name. Raises the driver's `errors`."""

    @staticmethod
    @abstractmethod
    def failure(exc: Exception) -> ReconciliationError:
        """What the driver's error means."""

    def told(self, exc: Exception) -> ReconciliationError:
        """As `failure`, with what is known of the table."""
        return self.failure(exc)

    @abstractmethod
    def begin(self) -> None:
        """Starts the snapshot; the table keeps its definition until the end.

        Raises E_BASE_SESSION where the session is not as it was asked for.
        """

    @abstractmethod
    def look(self) -> None:
        """Instead of `begin`, for who asks the catalogue alone: it waits for nobody who locks the table."""

    @abstractmethod
    def answer(self, statement: str, values: Sequence[str]) -> Answer:
        """Of a statement that only reads, the last of this session; `%s` in it are the values, if any."""

    @abstractmethod
    def close(self) -> None:
        """Ends what still runs, too."""

    @abstractmethod
    def table(self) -> Table:
        """Raises E_BASE_SCHEMA for what is no table, or one that no snapshot holds."""

    @abstractmethod
    def change_password(self, username: str, password: str) -> None:
        """Of the connection's own user; instead of `begin`. Raises E_BASE_SESSION as it does."""

    @abstractmethod
    def owner(self) -> Owner:
        """What its user can do as the base's owner; instead of `begin`."""

    @abstractmethod
    def newest_text(self, table: Table) -> str | None:
        """The greatest `data` of the years 1 to 9999, a moment as it is in UTC; None where there is none."""

    @abstractmethod
    def lag_s(self) -> float | None:
        """Seconds by which this server is behind the one that is written to; None where it won't tell."""

    @abstractmethod
    def day_texts(self, table: Table, bounds: Bounds) -> Iterator[Texts]:
        """The rows of those dates, or those of the slice that was joined; moments as they are in UTC."""

    @abstractmethod
    def counted_day(self, bounds: Bounds) -> Sequence[Any] | None:
        """`count(*), sum(valor)` of those dates, the sum a text or NULL; of all slices."""

    @abstractmethod
    def texts_of(
        self, table: Table, keys: list[str], besides: Bounds | None
    ) -> Iterator[tuple[list[str], Texts]]:
        """By batch of keys, the rows with one of them, or one that the collation calls equal.

        Of any date, `besides` excepted. A key that the base's character set lacks is not in it.
        """

    @abstractmethod
    def padding_proof(self) -> PaddingProof:
        """What of the table says that look-ups miss no padded key."""

    @abstractmethod
    def padded_texts(self, limit_s: int) -> Iterator[Texts]:
        """The keys, alone, that blanks surround: one scan of the table. Raises ScanStopped."""

    def share(self, readers: int) -> list[Slice]:
        """Disjoint slices that hold all rows, readable in this snapshot while it is open; or none."""
        return []


class SharingSession(Session):
    """A session whose snapshot others of its engine can join, each to read a slice of the day's rows."""

    @abstractmethod
    def share(self, readers: int) -> list[Slice]:
        """As many as readers."""

    @abstractmethod
    def join(self, of: Slice) -> None:
        """As `begin`, in the slice's snapshot; from then on its rows alone are the day's."""
