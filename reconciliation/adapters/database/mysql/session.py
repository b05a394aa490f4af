"""One session of MySQL or MariaDB as the contract wants it."""

from contextlib import suppress
from typing import Any

import pymysql
from pymysql.cursors import SSCursor

from reconciliation.adapters.database.limits import Limits
from reconciliation.adapters.database.mysql import settings, tls
from reconciliation.adapters.database.mysql.statements import execute, is_mariadb
from reconciliation.adapters.database.secret import Secret
from reconciliation.adapters.database.session import APPLICATION
from reconciliation.contract import TABLE


def connect(secret: Secret, limits: Limits, ca: str) -> Any:
    """One try. TLS where the server offers it; with a CA bundle, it must prove its name."""
    connection = pymysql.connect(
        host=str(secret["host"]),
        port=int(secret["port"]),
        database=secret["dbname"] and str(secret["dbname"]),
        user=str(secret["username"]),
        password=str(secret["password"]).encode(),  # a text the driver would send as Latin-1, or not at all
        charset="utf8mb4",
        cursorclass=SSCursor,
        program_name=APPLICATION,
        connect_timeout=limits.connect_timeout_s,
        read_timeout=limits.connect_timeout_s,
        **tls.arguments(ca),
    )
    tls.confirm(connection)
    connection._read_timeout = limits.query_timeout_s + settings.ANSWER_S  # only now: the greeting waits less
    return connection


def begin(connection: Any, limits: Limits) -> None:
    """Raises E_BASE_SESSION."""
    look(connection, limits)
    execute(connection, f"SELECT 1 FROM {TABLE} LIMIT 0")  # noqa: S608 - its definition stays


def look(connection: Any, limits: Limits) -> None:
    """As `begin`, without the table. Raises E_BASE_SESSION."""
    wanted = settings.asked(connection, limits)
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


def change_password(connection: Any, limits: Limits, password: str) -> None:
    """MariaDB keeps ALTER USER to those who may create users. Raises E_BASE_SESSION."""
    tls.require(connection)
    wanted = settings.asked(connection, limits)
    settings.set_session(connection, wanted)
    execute(connection, "SET SESSION TRANSACTION READ WRITE")
    settings.require(connection, wanted)
    change = "SET PASSWORD = PASSWORD(%s)" if is_mariadb(connection) else "ALTER USER USER() IDENTIFIED BY %s"
    execute(connection, change, password)
