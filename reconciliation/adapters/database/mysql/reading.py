"""The rows as MySQL writes them: the day's unbuffered, the keys' as bound lists."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

import pymysql
from pymysql.constants import ER

from reconciliation.adapters.database.copy import Texts
from reconciliation.adapters.database.counted import looked_up
from reconciliation.adapters.database.mysql.statements import execute, is_mariadb
from reconciliation.adapters.database.session import Bounds, DayBounds
from reconciliation.contract import TABLE, TEXTS

_CHARS_AT_ONCE = 8 * 1024 * 1024
_ROWS_FETCHED = 100  # a text may have some MB
_KEYS_PER_LOOKUP = 2_000  # more would pass range_optimizer_max_mem_size, and scan the table
_NAMES = ", ".join(f"CAST({name} AS CHAR)" for name in TEXTS)
_LAG = ("Seconds_Behind_Source", "Seconds_Behind_Master")


def select(has_moments: bool) -> str:
    """A day is cut off as text: a cast to DATE may round a fraction up to the next one."""
    data = "CAST(data AS CHAR)" if has_moments else "LEFT(CAST(data AS CHAR), 10)"
    return f"SELECT {_NAMES}, {data}, CAST(valor AS CHAR) FROM {TABLE}"  # noqa: S608


def within(bounds: Bounds) -> tuple[str, list[str]]:
    """A condition, and its values.

    What no calendar has (2026-03-00, 2026-02-30) stands before the next month's first moment. So a day ends
    with its last one, after which the days that follow begin; a date is compared with that as its own
    midnight.
    """
    if isinstance(bounds, DayBounds):
        return "data >= %s AND data <= %s", [bounds.first, _before(bounds.end)]
    return "data > %s AND data < %s", [_before(bounds.first), bounds.end]


def _before(moment: str) -> str:
    """The last moment before that one."""
    return str(datetime.fromisoformat(moment) - timedelta(microseconds=1))


def day_texts(connection: Any, select: str, bounds: Bounds, at_once: int) -> Iterator[Texts]:
    """In lists of so many, or of fewer long rows."""
    condition, values = within(bounds)
    with connection.cursor() as cursor:
        cursor.execute(f"{select} WHERE {condition}", values)
        rows: list[tuple[str | None, ...]] = []
        chars = 0
        while some := cursor.fetchmany(min(_ROWS_FETCHED, at_once)):
            rows += some
            chars += sum(map(len, filter(None, chain.from_iterable(some))))
            if len(rows) >= at_once or chars >= _CHARS_AT_ONCE:
                yield rows
                rows, chars = [], 0
        if rows:
            yield rows


def counted_day(connection: Any, bounds: Bounds) -> Sequence[Any] | None:
    condition, values = within(bounds)
    statement = f"SELECT COUNT(*), CAST(SUM(valor) AS CHAR) FROM {TABLE} WHERE {condition}"  # noqa: S608 - fixed texts
    return next(iter(execute(connection, statement, *values)), None)


def texts_of(
    connection: Any, select: str, keys: list[str], besides: Bounds | None
) -> Iterator[tuple[list[str], Texts]]:
    """By the column's collation, which may find more."""
    statement, values = f"{select} WHERE ordem_id IN %s", list[str]()
    if besides:
        condition, values = within(besides)
        statement += f" AND ({condition}) IS NOT TRUE"
    return looked_up(
        lambda counted, batch: execute(connection, counted, batch, *values),
        statement,
        keys,
        _KEYS_PER_LOOKUP,
    )


def lag_s(connection: Any) -> float | None:
    """Of all channels the greatest; None for one that does not run, or where nothing tells.

    An Aurora reader follows by its storage, of which no channel tells; it is `innodb_read_only`. Who has no
    channel and is written to is behind nobody. Needs REPLICATION CLIENT (MariaDB: REPLICA MONITOR).
    """
    with connection.cursor() as cursor:
        try:
            cursor.execute(f"SHOW {'ALL REPLICAS' if is_mariadb(connection) else 'REPLICA'} STATUS")
        except pymysql.MySQLError as exc:
            if exc.args[0] == ER.SPECIFIC_ACCESS_DENIED_ERROR:
                return None
            raise
        names = [column[0] for column in cursor.description]
        place = next(names.index(name) for name in _LAG if name in names)
        behind = [channel[place] for channel in cursor.fetchall()]
    ((shares_storage, is_read_only),) = execute(connection, "SELECT @@innodb_read_only, @@read_only")
    if shares_storage or None in behind:
        return None
    if behind:
        return float(max(behind))
    return 0.0 if is_read_only == 0 else None
