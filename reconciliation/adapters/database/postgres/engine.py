"""PostgreSQL as an engine: its session, whose snapshot others can join."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import psycopg2
import psycopg2.errors

from reconciliation.adapters.database.copy import Copy, Texts
from reconciliation.adapters.database.limits import Limits
from reconciliation.adapters.database.postgres import (
    answering,
    catalog,
    encoding,
    meaning,
    padding,
    reading,
    session,
)
from reconciliation.adapters.database.postgres.owner import PostgresOwner
from reconciliation.adapters.database.postgres.statements import execute
from reconciliation.adapters.database.secret import Secret
from reconciliation.adapters.database.session import Answer, Bounds, PaddingProof, SharingSession, Slice
from reconciliation.adapters.database.table import Table
from reconciliation.errors import ReconciliationError

_NOT_LOCKED = (
    psycopg2.errors.UndefinedTable,
    psycopg2.errors.WrongObjectType,
    psycopg2.errors.InsufficientPrivilege,
)


@dataclass(eq=False)
class PostgresSession(SharingSession):
    """See SharingSession."""

    engine = "postgres"
    errors = psycopg2.Error

    _copies: list[Copy] = field(default_factory=list)
    _of: Slice | None = None
    _lacking: dict[str, bool] = field(default_factory=dict)

    @classmethod
    def connect(cls, secret: Secret, limits: Limits, ca: str) -> Self:
        return cls(session.connect(secret, limits, ca), limits)

    @staticmethod
    def failure(exc: Exception) -> ReconciliationError:
        return meaning.failure(exc)

    def begin(self) -> None:
        try:
            session.begin(self._connection, self.limits, self._of)
        except _NOT_LOCKED as exc:
            raise catalog.cause(self._connection) or self.failure(exc) from exc

    def look(self) -> None:
        session.look(self._connection, self.limits)

    def answer(self, statement: str, values: Sequence[str]) -> Answer:
        return answering.answer(self._connection, statement, values)

    def join(self, of: Slice) -> None:
        self._of = of
        self.begin()

    def close(self) -> None:
        for copy in self._copies:
            copy.leave()
        self._connection.close()

    def table(self) -> Table:
        return catalog.table(self._connection)

    def owner(self) -> PostgresOwner:
        return PostgresOwner(self._connection, self.limits)

    def newest_text(self, _table: Table) -> str | None:
        return catalog.newest_text(self._connection)

    def lag_s(self) -> float | None:
        return reading.lag_s(self._connection)

    def share(self, readers: int) -> list[Slice]:
        return reading.share(self._connection, readers)

    def change_password(self, username: str, password: str) -> None:
        session.change_password(self._connection, self.limits, username, password)

    def day_texts(self, table: Table, bounds: Bounds) -> Iterator[Texts]:
        """In chunks of about 8 MB."""
        statement = reading.copy_of_day(reading.select(table.has_moments), bounds, self._of)
        copy = self._copy(statement)
        try:
            yield from copy.chunks()
        except meaning.UNREADABLE as exc:
            copy.leave()
            self._begin_again()
            raise reading.unreadable(self._connection, statement, self.limits.copied_bytes) from exc

    def _copy(self, statement: str) -> Copy:
        """Which `close` ends, where nobody has."""
        self._copies.append(Copy(self._connection, statement, self.limits.copied_bytes))
        return self._copies[-1]

    def _begin_again(self) -> None:
        """With the same settings, for a failure's cause alone; a slice joins its snapshot again.

        No savepoint could keep the snapshot: within one, a replica that cancels the copy ends the connection.
        """
        execute(self._connection, "ROLLBACK")
        session.begin(self._connection, self.limits, self._of)

    def counted_day(self, bounds: Bounds) -> Sequence[Any] | None:
        return reading.counted_day(self._connection, bounds)

    def texts_of(
        self, table: Table, keys: list[str], besides: Bounds | None
    ) -> Iterator[tuple[list[str], Texts]]:
        storable = encoding.storable(self._connection, keys, self._lacking)
        sought = reading.is_one_of(table.columns["ordem_id"], self._padding.trimmed_key)
        select = reading.select(table.has_moments)
        return reading.texts_of(self._connection, select, sought, storable, besides)

    @cached_property
    def _padding(self) -> padding.Proof:
        return padding.proof(self._connection)

    def padding_proof(self) -> PaddingProof:
        return self._padding.by

    def padded_texts(self, limit_s: int) -> Iterator[Texts]:
        return padding.scan(self._connection, self._copy, limit_s)
