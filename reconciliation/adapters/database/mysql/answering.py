"""What a query answers, as MySQL writes it."""

from collections.abc import Iterator, Sequence
from typing import Any

from reconciliation.adapters.database.mysql import settings
from reconciliation.adapters.database.mysql.statements import execute, is_mariadb
from reconciliation.adapters.database.session import Answer


def answer(connection: Any, statement: str, values: Sequence[str]) -> Answer:
    """Unbuffered, by the connection's own cursor; the server's texts are left as they are.

    MariaDB ends the transaction that only reads before a statement on a definition, and runs that after it:
    so the session's next one only reads, too. Raises E_BASE_SESSION where it would not.
    """
    execute(connection, "SET SESSION TRANSACTION READ ONLY")
    settings.require(connection, {"tx_read_only" if is_mariadb(connection) else "transaction_read_only": 1})
    connection.decoders = {}  # the driver's, which a cursor asks for each column
    cursor = connection.cursor()
    cursor.execute(statement, tuple(values) or None)
    return Answer([column[0] for column in cursor.description], _rows(cursor))


def _rows(cursor: Any) -> Iterator[tuple[str | None, ...]]:
    while row := cursor.fetchone():
        yield tuple(_text(value) for value in row)


def _text(value: str | bytes | None) -> str | None:
    """A binary column's bytes that are no text are shown by their numbers."""
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else value
