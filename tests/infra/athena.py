"""Athena's SQL over what is published, without Athena: DuckDB runs it in its own dialect, by sqlglot.

The tables are the template's: what Glue says of place, format, columns, types and projected days is what is
read here. A number that does not fit its column's type is an error here as there; a decimal that comes of
arithmetic has DuckDB's digits, not Trino's.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp

from reconciliation.adapters.store import Store
from reconciliation.layout import Location

Row = dict[str, Any]


class Athena:
    """One database; the standing objects, as files below `folder`, are its tables' rows."""

    def __init__(
        self,
        tables: Sequence[dict[str, Any]],
        database: str,
        store: Store,
        folder: Path,
        today: date = date(2026, 2, 20),
    ) -> None:
        """`tables` are Glue's inputs; what is projected as NOW is `today`."""
        self._duckdb = duckdb.connect()
        self._duckdb.execute(f'CREATE SCHEMA "{database}"')
        for table in tables:
            first, last = _projected(table["Parameters"]["projection.dia.range"], today)
            objects = _objects(table, store, folder / table["Name"])
            rows = _rows(table, (each for each in objects if first <= each[0] <= last))
            self._duckdb.execute(f'CREATE VIEW "{database}"."{table["Name"]}" AS {rows}')

    def execute(self, statement: str, values: Sequence[str]) -> list[Row]:
        """Its rows. `values` are ExecutionParameters: SQL literals, here of texts alone."""
        literals = [sqlglot.parse_one(value, read="athena") for value in values]
        assert all(isinstance(literal, exp.Literal) and literal.is_string for literal in literals), values
        asked = self._duckdb.execute(_translated(statement), [literal.this for literal in literals])
        names = [column[0] for column in asked.description]
        return [dict(zip(names, row, strict=True)) for row in asked.fetchall()]

    def types(self, statement: str) -> dict[str, str]:
        """Of its columns, by name."""
        asked = self._duckdb.execute(f"DESCRIBE {_translated(statement)}")
        return {name: kind for name, kind, *_ in asked.fetchall()}


def _translated(statement: str) -> str:
    (translated,) = sqlglot.transpile(statement, read="athena", write="duckdb")
    return translated


def _projected(days: str, today: date) -> tuple[str, str]:
    """The first and the last, as Athena takes a range of dates, its end relative to now in days."""
    first, _, last = days.partition(",")
    found = re.fullmatch(r"NOW\+(\d+)DAYS", last)
    assert found, last
    return str(date.fromisoformat(first)), str(today + timedelta(days=int(found[1])))


def _objects(table: dict[str, Any], store: Store, folder: Path) -> Iterator[tuple[str, Path]]:
    """By day: every object under a partition's place, but those whose name begins with `_` or `.`."""
    bucket, _, key = table["Parameters"]["storage.location.template"].removeprefix("s3://").partition("/")
    day = re.escape(key).replace(re.escape("${dia}"), r"(?P<day>\d{4}-\d{2}-\d{2})")
    folder.mkdir()
    for place, listed in enumerate(store.list(Location(bucket, ""))):
        found = re.match(day, listed.key)
        if found and listed.key.rpartition("/")[2][0] not in "_.":
            stored = store.get(Location(bucket, listed.key))
            assert stored
            (folder / str(place)).write_bytes(stored.body)
            yield found["day"], folder / str(place)


def _rows(table: dict[str, Any], objects: Iterator[tuple[str, Path]]) -> str:
    """All of them, with the types that the table says."""
    kinds = {
        column["Name"]: exp.DataType.build(column["Type"], dialect="hive").sql("duckdb")
        for column in table["StorageDescriptor"]["Columns"]
    }
    columns = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in kinds.items())
    none = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in kinds.items())
    reader = {"parquet": "read_parquet('{}')", "json": f"read_json('{{}}', columns = {kinds})"}
    read = reader[table["Parameters"]["classification"]].replace
    selects = [f"SELECT {columns}, '{day}' AS dia FROM {read('{}', str(path))}" for day, path in objects]
    return " UNION ALL ".join([f"SELECT {none}, '' AS dia WHERE false", *selects])
