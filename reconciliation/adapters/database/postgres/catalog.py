"""The table as PostgreSQL's catalogue has it, and the types there that hold the contract."""

import re
from typing import Any

from reconciliation.adapters.database.base import Table
from reconciliation.contract import COLUMNS, TABLE

_COLUMN_TYPES = """
    SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
    WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped
"""
# an expression's column number is 0, so that it finds no attribute
_INDEXES = """
    SELECT c.relname, a.attname, i.indisunique AND i.indnkeyatts = 1, i.indisvalid AND i.indpred IS NULL
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
    WHERE i.indrelid = to_regclass(%s)
"""
_CHARACTERS = r"text|citext|character varying(\(\d+\))?|character\(\d+\)|bpchar"
_NAMES = re.compile(rf"{_CHARACTERS}|smallint|integer|bigint|uuid")
ALLOWED = {
    **dict.fromkeys(COLUMNS[:4], _NAMES),
    "ordem_id": re.compile(_CHARACTERS),
    "data": re.compile(r"date|timestamp(\([0-6]\))? with(out)? time zone"),
    "valor": re.compile(r"numeric\(([1-9]|1[0-8]),[0-2]\)|smallint|integer"),
}


def table(connection: Any) -> Table:
    with connection.cursor() as cursor:
        cursor.execute(_COLUMN_TYPES, (TABLE,))
        types = dict(cursor.fetchall())
        cursor.execute(_INDEXES, (TABLE,))
        indexes = cursor.fetchall()
    leading = {(first, unique) for _, first, unique, whole in indexes if whole}
    return Table(
        types,
        frozenset(name for name, *_ in indexes),
        has_unique_key=("ordem_id", True) in leading,
        has_date_index="data" in {first for first, _ in leading},
    )


def newest_date(connection: Any) -> str | None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT to_char(max(data)::date, 'YYYY-MM-DD') FROM {TABLE}")  # noqa: S608
        (newest,) = cursor.fetchone()
    return newest or None
