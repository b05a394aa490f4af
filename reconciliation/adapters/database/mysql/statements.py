"""Small things that every part of this engine says to its server."""

from typing import Any

MAX_STATEMENT_TIME, MAX_EXECUTION_TIME = 1969, 3024
"""Errors of a statement that its limit ended, MariaDB's and MySQL's; the driver has no names for them."""


def is_mariadb(connection: Any) -> bool:
    return "MariaDB" in connection.get_server_info()


def execute(connection: Any, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return list(cursor.fetchall())
