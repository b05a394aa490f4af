"""The rows as MySQL writes them: the day's unbuffered, the keys' as bound lists."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pymysql
from pymysql.constants import ER

from reconciliation.adapters.database.base import Texts
from reconciliation.adapters.database.mysql.session import execute
from reconciliation.contract import COLUMNS, TABLE

_ROWS_PER_FRAME = 20_000
_KEYS_PER_LOOKUP = 2_000  # more would pass range_optimizer_max_mem_size, and scan the table
_TEXTS = ", ".join(f"CAST({name} AS CHAR)" for name in COLUMNS[:4])
_SELECT = f"SELECT {_TEXTS}, CAST(CAST(data AS DATE) AS CHAR), CAST(valor AS CHAR) FROM {TABLE}"  # noqa: S608
_LAG = ("Seconds_Behind_Source", "Seconds_Behind_Master")
_MIXED_COLLATIONS = {ER.CANT_AGGREGATE_2COLLATIONS, ER.CANT_AGGREGATE_NCOLLATIONS}


def day_texts(connection: Any, day: date) -> Iterator[Texts]:
    """In lists of 20,000."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_SELECT} WHERE data >= %s AND data < %s", (day, day + timedelta(days=1)))
        while rows := cursor.fetchmany(_ROWS_PER_FRAME):
            yield rows


def texts_of(connection: Any, keys: list[str]) -> Iterator[tuple[list[str], Texts]]:
    for start in range(0, len(keys), _KEYS_PER_LOOKUP):
        batch = keys[start : start + _KEYS_PER_LOOKUP]
        if found := _found(connection, batch):
            yield batch, found


def lag_s(connection: Any) -> float | None:
    """Needs the privilege REPLICATION CLIENT (MariaDB: REPLICA MONITOR)."""
    with connection.cursor() as cursor:
        try:
            cursor.execute("SHOW REPLICA STATUS")
        except pymysql.MySQLError as exc:
            if exc.args[0] == ER.SPECIFIC_ACCESS_DENIED_ERROR:
                return None
            raise
        names = [column[0] for column in cursor.description]
        status = dict(zip(names, cursor.fetchone() or (0.0,) * len(names), strict=True))
    seconds = next(status[name] for name in _LAG if name in status)
    return None if seconds is None else float(seconds)


def _found(connection: Any, keys: list[str]) -> list[tuple[Any, ...]]:
    """By the column's collation, which may find more."""
    try:
        return execute(connection, f"{_SELECT} WHERE ordem_id IN %s", keys)
    except pymysql.MySQLError as exc:
        if exc.args[0] not in _MIXED_COLLATIONS:
            raise
    # a key has a character that the column's set lacks: no index then
    return execute(connection, f"{_SELECT} WHERE CONVERT(ordem_id USING utf8mb4) IN %s", keys)
