"""The base on MySQL and MariaDB: the day's rows unbuffered, the keys as bound lists."""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

import pymysql
from pymysql.constants import CR, ER
from pymysql.cursors import SSCursor

from reconciliation.adapters.database import base, failures
from reconciliation.adapters.database.base import Slice, SqlBase, Table, Texts
from reconciliation.adapters.database.secret import Secret
from reconciliation.contract import COLUMNS, KEY_INDEX, TABLE
from reconciliation.errors import ReconciliationError, error

_TIME_ZONE = "-03:00"  # a TIMESTAMP is a date in America/Sao_Paulo; servers need not know zones by name
_ROWS_PER_FRAME = 20_000
_KEYS_PER_LOOKUP = 2_000  # more would pass range_optimizer_max_mem_size, and scan the table
_ANSWER_S = 30
"""How long after its own limit a server may stay silent."""
_TEXTS = ", ".join(f"CAST({name} AS CHAR)" for name in COLUMNS[:4])
_SELECT = f"SELECT {_TEXTS}, CAST(CAST(data AS DATE) AS CHAR), CAST(valor AS CHAR) FROM {TABLE}"  # noqa: S608
_COLUMN_TYPES = """
    SELECT LOWER(column_name), LOWER(column_type) FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = %s
"""
_INDEXES = """
    SELECT index_name, LOWER(MAX(CASE WHEN seq_in_index = 1 THEN column_name END)),
           MAX(non_unique) = 0 AND COUNT(*) = 1 AND COUNT(sub_part) = 0
    FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = %s GROUP BY index_name
"""
_STORED_BY = (
    "SELECT engine FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = %s"
)
_LAG = ("Seconds_Behind_Source", "Seconds_Behind_Master")
_CHARACTERS = r"(var)?char\(\d+\)|(tiny|medium|long)?text"
_INTEGERS = r"(tiny|small|medium)?int(\(\d+\))?( unsigned)?( zerofill)?"
_NAMES = re.compile(rf"{_CHARACTERS}|{_INTEGERS}|bigint(\(\d+\))?( unsigned)?|uuid")

_TIMED_OUT = {ER.LOCK_WAIT_TIMEOUT, 1969, 3024}  # max_statement_time, max_execution_time
_REFUSED = {ER.ACCESS_DENIED_ERROR, 1698, 1862, 3118}  # no password, an expired one, a locked account
_NOT_GRANTED = {ER.DBACCESS_DENIED_ERROR, ER.TABLEACCESS_DENIED_ERROR, ER.COLUMNACCESS_DENIED_ERROR}
_MIXED_COLLATIONS = {ER.CANT_AGGREGATE_2COLLATIONS, ER.CANT_AGGREGATE_NCOLLATIONS}
_BUSY = {ER.CON_COUNT_ERROR, ER.SERVER_SHUTDOWN, 1927}  # connections exhausted, or killed


class MySqlBase(SqlBase):
    """See SqlBase."""

    engine = "mysql"
    errors = pymysql.MySQLError
    allowed = {  # noqa: RUF012 - a constant
        **dict.fromkeys(COLUMNS[:4], _NAMES),
        "ordem_id": re.compile(_CHARACTERS),
        "data": re.compile(r"date|(datetime|timestamp)(\([0-6]\))?"),
        "valor": re.compile(rf"decimal\(([1-9]|1[0-8]),[0-2]\)( unsigned)?( zerofill)?|{_INTEGERS}"),
    }
    alter = "ALTER TABLE {table} MODIFY {column} {type};"
    drop_index = f"DROP INDEX {KEY_INDEX} ON {TABLE};"

    @staticmethod
    def connect(secret: Secret, query_timeout_s: int, ca: str) -> Any:
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
            **({"ssl_ca": ca, "ssl_verify_cert": True, "ssl_verify_identity": True} if ca else {}),
        )
        limit = (
            f"max_statement_time = {query_timeout_s}"
            if _is_mariadb(connection)
            else f"max_execution_time = {query_timeout_s}000"
        )
        _execute(connection, "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        _execute(
            connection,
            f"SET SESSION {limit}, lock_wait_timeout = {base.LOCK_TIMEOUT_S}, time_zone = '{_TIME_ZONE}',"
            f" net_write_timeout = {query_timeout_s + _ANSWER_S}",
        )
        connection._read_timeout = query_timeout_s + _ANSWER_S  # only now: the greeting waits less
        return connection

    @staticmethod
    def failure(exc: Exception) -> ReconciliationError:
        return _failure(exc)

    def begin(self, of: Slice | None = None) -> None:
        """No slice: a snapshot is its connection's own."""
        assert of is None
        _execute(self._connection, "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
        _execute(self._connection, f"SELECT 1 FROM {TABLE} LIMIT 0")  # noqa: S608 - its definition stays

    def close(self) -> None:
        """Without reading what is left of a stream."""
        result, self._connection._result = self._connection._result, None
        if result is not None:
            result.unbuffered_active = False
        with suppress(pymysql.MySQLError):
            self._connection._force_close()

    def table(self) -> Table:
        (stored_by,) = _execute(self._connection, _STORED_BY, TABLE)[0]
        if stored_by != "InnoDB":
            raise error(
                "E_BASE_SCHEMA",
                f"{TABLE} é {stored_by or 'uma view'}, sem snapshot: ALTER TABLE {TABLE} ENGINE=InnoDB;",
            )
        types = dict(_execute(self._connection, _COLUMN_TYPES, TABLE))
        indexes = _execute(self._connection, _INDEXES, TABLE)
        return Table(
            types,
            frozenset(name for name, *_ in indexes),
            has_unique_key=("ordem_id", 1) in {(first, unique) for _, first, unique in indexes},
            has_date_index="data" in {first for _, first, _ in indexes},
        )

    def newest_date(self) -> str | None:
        statement = f"SELECT CAST(CAST(MAX(data) AS DATE) AS CHAR) FROM {TABLE}"  # noqa: S608
        ((newest,),) = _execute(self._connection, statement)
        return newest or None

    def lag_s(self) -> float | None:
        """Needs the privilege REPLICATION CLIENT (MariaDB: REPLICA MONITOR)."""
        with self._connection.cursor() as cursor:
            try:
                cursor.execute("SHOW REPLICA STATUS")
            except pymysql.MySQLError as exc:
                if exc.args[0] == ER.SPECIFIC_ACCESS_DENIED_ERROR:
                    return None
                raise
            names = [column[0] for column in cursor.description]
            status = dict(zip(names, cursor.fetchone() or (0.0,) * len(names), strict=True))
        lag_s = next(status[name] for name in _LAG if name in status)
        return None if lag_s is None else float(lag_s)

    def change_password(self, username: str, password: str) -> None:
        """MariaDB keeps ALTER USER to those who may create users."""
        change = (
            "SET PASSWORD = PASSWORD(%s)"
            if _is_mariadb(self._connection)
            else "ALTER USER USER() IDENTIFIED BY %s"
        )
        _execute(self._connection, change, password)

    def day_texts(self, day: date) -> Iterator[Texts]:
        """In lists of 20,000."""
        with self._connection.cursor() as cursor:
            cursor.execute(f"{_SELECT} WHERE data >= %s AND data < %s", (day, day + timedelta(days=1)))
            while rows := cursor.fetchmany(_ROWS_PER_FRAME):
                yield rows

    def texts_of(self, keys: list[str]) -> Iterator[tuple[list[str], Texts]]:
        for start in range(0, len(keys), _KEYS_PER_LOOKUP):
            batch = keys[start : start + _KEYS_PER_LOOKUP]
            if found := self._found(batch):
                yield batch, found

    def _found(self, keys: list[str]) -> list[tuple[Any, ...]]:
        """By the column's collation, which may find more."""
        try:
            return _execute(self._connection, f"{_SELECT} WHERE ordem_id IN %s", keys)
        except pymysql.MySQLError as exc:
            if exc.args[0] not in _MIXED_COLLATIONS:
                raise
        # a key has a character that the column's set lacks: no index then
        return _execute(self._connection, f"{_SELECT} WHERE CONVERT(ordem_id USING utf8mb4) IN %s", keys)


def _is_mariadb(connection: Any) -> bool:
    return "MariaDB" in connection.get_server_info()


def _execute(connection: Any, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return list(cursor.fetchall())


def _failure(exc: Exception) -> ReconciliationError:
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
        return failures.no_table(base.CREATE_TABLE)
    if "CERTIFICATE" in str(exc).upper() or number == CR.CR_SSL_CONNECTION_ERROR:
        return failures.untrusted()
    if number in _BUSY or (isinstance(number, int) and 2000 <= number < 3000) or number == 0:
        return failures.unreachable()
    return failures.other(number)
