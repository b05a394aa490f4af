"""MySQL and MariaDB as an engine: a session whose snapshot is its connection's own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import pymysql

from reconciliation.adapters.database import failures
from reconciliation.adapters.database.copy import Texts
from reconciliation.adapters.database.limits import Limits
from reconciliation.adapters.database.mysql import (
    answering,
    catalog,
    charset,
    meaning,
    padding,
    reading,
    session,
)
from reconciliation.adapters.database.mysql.owner import MySqlOwner
from reconciliation.adapters.database.secret import Secret
from reconciliation.adapters.database.session import Answer, Bounds, PaddingProof, Session
from reconciliation.adapters.database.table import Table
from reconciliation.errors import ReconciliationError


@dataclass(eq=False)
class MySqlSession(Session):
    """See Session."""

    engine = "mysql"
    errors = pymysql.MySQLError

    _lacking: dict[str, bool] = field(default_factory=dict)
    _unhide: str = ""

    @classmethod
    def connect(cls, secret: Secret, limits: Limits, ca: str) -> Self:
        return cls(session.connect(secret, limits, ca), limits)

    @staticmethod
    def failure(exc: Exception) -> ReconciliationError:
        return meaning.failure(exc)

    def begin(self) -> None:
        try:
            session.begin(self._connection, self.limits)
        except self.errors as exc:
            raise catalog.cause(self._connection, exc) or self.failure(exc) from exc

    def look(self) -> None:
        session.look(self._connection, self.limits)

    def answer(self, statement: str, values: Sequence[str]) -> Answer:
        return answering.answer(self._connection, statement, values)

    def close(self) -> None:
        session.close(self._connection)

    def table(self) -> Table:
        table = catalog.table(self._connection)
        self._unhide = " ".join(table.unhide.values())
        return table

    def told(self, exc: Exception) -> ReconciliationError:
        return failures.timeout(self._unhide) if meaning.is_slow(exc) else self.failure(exc)

    def owner(self) -> MySqlOwner:
        return MySqlOwner(self._connection, self.limits)

    def newest_text(self, table: Table) -> str | None:
        return catalog.newest_text(self._connection, table)

    def lag_s(self) -> float | None:
        return reading.lag_s(self._connection)

    def change_password(self, username: str, password: str) -> None:
        session.change_password(self._connection, self.limits, password)

    def day_texts(self, table: Table, bounds: Bounds) -> Iterator[Texts]:
        return reading.day_texts(
            self._connection, reading.select(table.has_moments), bounds, self.limits.fetched_rows
        )

    def counted_day(self, bounds: Bounds) -> Sequence[Any] | None:
        return reading.counted_day(self._connection, bounds)

    def texts_of(
        self, table: Table, keys: list[str], besides: Bounds | None
    ) -> Iterator[tuple[list[str], Texts]]:
        storable = charset.storable(self._connection, keys, self._charset, self._lacking)
        return reading.texts_of(self._connection, reading.select(table.has_moments), storable, besides)

    @cached_property
    def _charset(self) -> str:
        return charset.of_key(self._connection)

    def padding_proof(self) -> PaddingProof:
        return "unproved"

    def padded_texts(self, limit_s: int) -> Iterator[Texts]:
        return padding.scan(self._connection, self._charset, limit_s, self.limits.fetched_rows)
