"""One session of MySQL or MariaDB as the contract wants it."""

from contextlib import suppress
from typing import Any

import pymysql
from pymysql.cursors import SSCursor

from reconciliation.adapters.database import limits
from reconciliation.adapters.database.mysql import settings, tls
from reconciliation.adapters.database.mysql.statements import execute, is_mariadb
from reconciliation.adapters.database.secret import Secret
from reconciliation.adapters.database.session import APPLICATION
from reconciliation.contract import TABLE


def connect(secret: Secret, query_timeout_s: int, ca: str) -> Any:
    """One try. TLS where the server offers it; with a CA bundle, it must prove its name."""
    connection = pymysql.connect(
        host=secret["host"],
        port=int(secret["port"]),
        database=secret["dbname"],
        user=secret["username"],
        password=secret["password"],
        charset="utf8mb4",
        cursorclass=SSCursor,
        program_name=APPLICATION,
        connect_timeout=limits.CONNECT_TIMEOUT_S,
        read_timeout=limits.CONNECT_TIMEOUT_S,
        **tls.arguments(ca),
    )
    tls.confirm(connection)
    connection._read_timeout = query_timeout_s + settings.ANSWER_S  # only now: the greeting waits less
    return connection


def begin(connection: Any, query_timeout_s: int) -> None:
    """Raises E_BASE_SESSION."""
    look(connection, query_timeout_s)
    execute(connection, f"SELECT 1 FROM {TABLE} LIMIT 0")  # noqa: S608 - its definition stays


def look(connection: Any, query_timeout_s: int) -> None:
    """As `begin`, without the table. Raises E_BASE_SESSION."""
    wanted = settings.asked(connection, query_timeout_s)
    settings.set_session(connection, wanted)
    execute(connection, "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    execute(connection, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
    settings.require_snapshot(connection, wanted)


def close(connection: Any) -> None:
    """Without reading what is left of a stream."""
    result, connection._result = connection._result, None
    if result is not None:
        result.unbuffered_active = False
    with suppress(pymysql.MySQLError):
        connection._force_close()


def change_password(connection: Any, query_timeout_s: int, password: str) -> None:
    """MariaDB keeps ALTER USER to those who may create users. Raises E_BASE_SESSION."""
    tls.require(connection)
    wanted = settings.asked(connection, query_timeout_s)
    settings.set_session(connection, wanted)
    execute(connection, "SET SESSION TRANSACTION READ WRITE")
    settings.require(connection, wanted)
    change = "SET PASSWORD = PASSWORD(%s)" if is_mariadb(connection) else "ALTER USER USER() IDENTIFIED BY %s"
    execute(connection, change, password)
