"""One session of MySQL or MariaDB as the contract wants it, and what its errors mean."""

from contextlib import suppress
from typing import Any

import pymysql
from pymysql.constants import ER
from pymysql.cursors import SSCursor

from reconciliation.adapters.database import base, failures
from reconciliation.adapters.database.mysql import tls
from reconciliation.adapters.database.secret import Secret
from reconciliation.contract import TABLE
from reconciliation.errors import ReconciliationError

_TIME_ZONE = "-03:00"  # a TIMESTAMP is a date in America/Sao_Paulo; servers need not know zones by name
_ANSWER_S = 30
"""How long after its own limit a server may stay silent."""
_TIMED_OUT = {ER.LOCK_WAIT_TIMEOUT, 1969, 3024}  # max_statement_time, max_execution_time
_REFUSED = {ER.ACCESS_DENIED_ERROR, 1698, 1862, 3118}  # no password, an expired one, a locked account
_NOT_GRANTED = {ER.DBACCESS_DENIED_ERROR, ER.TABLEACCESS_DENIED_ERROR, ER.COLUMNACCESS_DENIED_ERROR}
_BUSY = {ER.CON_COUNT_ERROR, ER.SERVER_SHUTDOWN, 1927}  # connections exhausted, or killed


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
        program_name=base.APPLICATION,
        connect_timeout=base.CONNECT_TIMEOUT_S,
        read_timeout=base.CONNECT_TIMEOUT_S,
        **tls.arguments(ca),
    )
    tls.confirm(connection)
    limit = (
        f"max_statement_time = {query_timeout_s}"
        if is_mariadb(connection)
        else f"max_execution_time = {query_timeout_s}000"
    )
    execute(connection, "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    execute(
        connection,
        f"SET SESSION {limit}, lock_wait_timeout = {base.LOCK_TIMEOUT_S}, time_zone = '{_TIME_ZONE}',"
        f" net_write_timeout = {query_timeout_s + _ANSWER_S}",
    )
    connection._read_timeout = query_timeout_s + _ANSWER_S  # only now: the greeting waits less
    return connection


def begin(connection: Any) -> None:
    execute(connection, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
    execute(connection, f"SELECT 1 FROM {TABLE} LIMIT 0")  # noqa: S608 - its definition stays


def close(connection: Any) -> None:
    """Without reading what is left of a stream."""
    result, connection._result = connection._result, None
    if result is not None:
        result.unbuffered_active = False
    with suppress(pymysql.MySQLError):
        connection._force_close()


def change_password(connection: Any, password: str) -> None:
    """MariaDB keeps ALTER USER to those who may create users."""
    change = "SET PASSWORD = PASSWORD(%s)" if is_mariadb(connection) else "ALTER USER USER() IDENTIFIED BY %s"
    execute(connection, change, password)


def is_mariadb(connection: Any) -> bool:
    return "MariaDB" in connection.get_server_info()


def execute(connection: Any, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return list(cursor.fetchall())


def failure(exc: Exception) -> ReconciliationError:
    """What the driver's error means."""
    if (insecure := tls.failure(exc)) is not None:
        return insecure
    number = exc.args[0] if exc.args else None
    if number in _TIMED_OUT:
        return failures.timeout()
    if number in _REFUSED:
        return failures.refused()
    if number in _NOT_GRANTED:
        return failures.not_granted()
    if number == ER.BAD_DB_ERROR:
        return failures.no_such_database()
    if number == ER.NO_SUCH_TABLE:
        return failures.no_table()
    if number in _BUSY or (isinstance(number, int) and 2000 <= number < 3000) or number == 0:
        return failures.unreachable()
    return failures.other(number)
