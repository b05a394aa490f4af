"""The base on PostgreSQL: `session` (how we connect), `catalog` (what the table is), `reading` (its rows)."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import psycopg2

from reconciliation.adapters.database.base import Slice, SqlBase, Table, Texts
from reconciliation.adapters.database.copy import Copy
from reconciliation.adapters.database.postgres import catalog, reading, session
from reconciliation.adapters.database.secret import Secret
from reconciliation.contract import KEY_INDEX
from reconciliation.errors import ReconciliationError


class PostgresBase(SqlBase):
    """See SqlBase."""

    engine = "postgres"
    errors = psycopg2.Error
    allowed = catalog.ALLOWED
    alter = "ALTER TABLE {table} ALTER COLUMN {column} TYPE {type} USING {column}::{type};"
    drop_index = f"DROP INDEX {KEY_INDEX};"

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        self._copies: list[Copy] = []
        self._key_type = "text"
        self._of: Slice | None = None

    @staticmethod
    def connect(secret: Secret, query_timeout_s: int, ca: str) -> Any:
        return session.connect(secret, query_timeout_s, ca)

    @staticmethod
    def failure(exc: Exception) -> ReconciliationError:
        return session.failure(exc)

    def begin(self, of: Slice | None = None) -> None:
        session.begin(self._connection, of)
        self._of = of

    def close(self) -> None:
        for copy in self._copies:
            copy.leave()
        self._connection.close()

    def table(self) -> Table:
        table = catalog.table(self._connection)
        if table.types.get("ordem_id", "").startswith(("character(", "bpchar")):
            self._key_type = "bpchar"  # else its index is not used
        return table

    def newest_date(self) -> str | None:
        return catalog.newest_date(self._connection)

    def lag_s(self) -> float | None:
        return reading.lag_s(self._connection)

    def share(self, readers: int) -> list[Slice]:
        return reading.share(self._connection, readers)

    def change_password(self, username: str, password: str) -> None:
        session.change_password(self._connection, username, password)

    def day_texts(self, day: date) -> Iterator[Texts]:
        """In chunks of about 8 MB."""
        copy = Copy(self._connection, reading.copy_of_day(day, self._of))
        self._copies.append(copy)
        yield from copy.chunks()

    def texts_of(self, keys: list[str]) -> Iterator[tuple[list[str], Texts]]:
        return reading.texts_of(self._connection, keys, self._key_type)
