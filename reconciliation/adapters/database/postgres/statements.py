"""How every part of this engine says something to its server."""

from typing import Any


def execute(connection: Any, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """The answer's rows; none of a statement that answers nothing."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return list(cursor.fetchall()) if cursor.description else []
