"""Keys that blanks surround: the scan that finds them on MySQL and MariaDB.

A CHECK proves nothing here: MariaDB lets a session leave it out, and a collation may ignore blanks.
"""

from collections.abc import Iterator
from typing import Any

import pymysql
from pymysql.constants import ER

from reconciliation.adapters.database.copy import Texts
from reconciliation.adapters.database.mysql.statements import (
    MAX_EXECUTION_TIME,
    MAX_STATEMENT_TIME,
    is_mariadb,
)
from reconciliation.adapters.database.session import ScanStopped
from reconciliation.contract import TABLE
from reconciliation.line import BLANKS

_NOT_OF_ASCII = {"ucs2", "utf16", "utf16le", "utf32"}
_STOPPED = {ER.QUERY_INTERRUPTED, MAX_STATEMENT_TIME, MAX_EXECUTION_TIME}


def scan(connection: Any, charset: str, limit_s: int, at_once: int) -> Iterator[Texts]:
    """The padded keys. Raises ScanStopped; the transaction and its snapshot go on."""
    key = "CONVERT(ordem_id USING utf8mb4)" if charset in _NOT_OF_ASCII else "ordem_id"
    blanks = ", ".join(str(ord(blank)) for blank in BLANKS)  # by bytes: no collation has a say
    where = f"ASCII({key}) IN ({blanks}) OR ASCII(RIGHT({key}, 1)) IN ({blanks})"
    limited = (
        f"SET STATEMENT max_statement_time = {limit_s} FOR SELECT"
        if is_mariadb(connection)
        else f"SELECT /*+ MAX_EXECUTION_TIME({limit_s}000) */"
    )
    with connection.cursor() as cursor:
        try:
            cursor.execute(f"{limited} CAST(ordem_id AS CHAR) FROM {TABLE} WHERE {where}")
            while keys := cursor.fetchmany(at_once):
                yield keys
        except pymysql.MySQLError as exc:
            if exc.args[0] not in _STOPPED:
                raise
            raise ScanStopped from exc
