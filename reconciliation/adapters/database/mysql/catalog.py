"""The table as MySQL's information schema has it, and the types there that hold the contract."""

import re
from typing import Any

from reconciliation.adapters.database.base import Table
from reconciliation.adapters.database.mysql.session import execute
from reconciliation.contract import COLUMNS, TABLE
from reconciliation.errors import error

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
_CHARACTERS = r"(var)?char\(\d+\)|(tiny|medium|long)?text"
_INTEGERS = r"(tiny|small|medium)?int(\(\d+\))?( unsigned)?( zerofill)?"
_NAMES = re.compile(rf"{_CHARACTERS}|{_INTEGERS}|bigint(\(\d+\))?( unsigned)?|uuid")
ALLOWED = {
    **dict.fromkeys(COLUMNS[:4], _NAMES),
    "ordem_id": re.compile(_CHARACTERS),
    "data": re.compile(r"date|(datetime|timestamp)(\([0-6]\))?"),
    "valor": re.compile(rf"decimal\(([1-9]|1[0-8]),[0-2]\)( unsigned)?( zerofill)?|{_INTEGERS}"),
}


def table(connection: Any) -> Table:
    (stored_by,) = execute(connection, _STORED_BY, TABLE)[0]
    if stored_by != "InnoDB":
        raise error(
            "E_BASE_SCHEMA",
            f"{TABLE} é {stored_by or 'uma view'}, sem snapshot: ALTER TABLE {TABLE} ENGINE=InnoDB;",
        )
    types = dict(execute(connection, _COLUMN_TYPES, TABLE))
    indexes = execute(connection, _INDEXES, TABLE)
    return Table(
        types,
        frozenset(name for name, *_ in indexes),
        has_unique_key=("ordem_id", 1) in {(first, unique) for _, first, unique in indexes},
        has_date_index="data" in {first for _, first, _ in indexes},
    )


def newest_date(connection: Any) -> str | None:
    statement = f"SELECT CAST(CAST(MAX(data) AS DATE) AS CHAR) FROM {TABLE}"  # noqa: S608
    ((newest,),) = execute(connection, statement)
    return newest or None
