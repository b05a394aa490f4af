"""What a query answers, as PostgreSQL writes it."""

from collections.abc import Iterator, Sequence
from typing import Any

from psycopg2.extensions import new_type, register_type, string_types

from reconciliation.adapters.database.session import Answer

_AS_WRITTEN = new_type(tuple(string_types), "AS_WRITTEN", lambda text, _: text)
"""Of every type that the driver would read otherwise: a date before Christ is none in Python."""
_NEXT = "FETCH FORWARD 1 FROM answer"


def answer(connection: Any, statement: str, values: Sequence[str]) -> Answer:
    """A cursor is declared of what only reads: of nothing else PostgreSQL makes one (its manual, DECLARE)."""
    cursor = connection.cursor()
    register_type(_AS_WRITTEN, cursor)
    cursor.execute(f"DECLARE answer NO SCROLL CURSOR FOR {statement}", values or None)
    cursor.execute(_NEXT)
    return Answer([column.name for column in cursor.description], _rows(cursor))


def _rows(cursor: Any) -> Iterator[tuple[str | None, ...]]:
    while row := cursor.fetchone():
        yield row
        cursor.execute(_NEXT)
