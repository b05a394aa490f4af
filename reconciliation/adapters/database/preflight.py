"""Whether a base can be trusted, before any of its rows is read. Source: data contract, "Base table"."""

from typing import Literal, NamedTuple

from reconciliation import advice
from reconciliation.adapters.database import failures, index_failures
from reconciliation.adapters.database.table import Column, Table
from reconciliation.contract import COLUMNS
from reconciliation.errors import ReconciliationError

NO_DATE_INDEX, INVISIBLE_INDEX = "BASE_NO_DATE_INDEX", "BASE_INVISIBLE_INDEX"
_LOOK = {
    ("valor", "numeric"): "find_amounts",
    ("valor", "text"): "find_texts_of_valor",
    ("data", "text"): "find_texts_of_data",
}
_NUMERIC = ("numeric", "decimal", "bigint")
_TEXT = ("character", "bpchar", "text", "citext", "varchar", "char", "tinytext", "mediumtext", "longtext")


class Trust(NamedTuple):
    """What a table's keys are unique by, and what of it is only advice.

    `index` proves it of all rows; `in_scope` reads each key's rows within `window_days` of the day.
    """

    unique_proof: Literal["index", "in_scope"]
    window_days: int
    warnings: tuple[str, ...]


def check(engine: str, table: Table, window_days: int | None) -> Trust:
    """Raises E_BASE_SCHEMA, E_BASE_NO_UNIQUE_INDEX.

    `window_days`, of the rule `in_scope`: then a table without the index is read, within them.
    """
    require_columns(engine, table)
    if table.outdated:  # read by dates alone, it may be gone through as well (a skip scan)
        raise outdated_index(engine, table)
    warnings = _warnings(table)
    if table.has_unique_key:
        return Trust("index", 0, warnings)
    if window_days is None or table.is_inherited:
        raise no_unique_key(engine, table)
    return Trust("in_scope", window_days, warnings)


def require_columns(engine: str, table: Table) -> None:
    """Raises E_BASE_SCHEMA for the first column of the contract that is missing, or would not hold it."""
    for name in COLUMNS:
        if name not in table.columns:
            raise failures.no_column(name, list(table.columns))
        if not table.columns[name].fits:
            raise _unfit(engine, table, name)


def finds_dates(table: Table) -> bool:
    """Whether a day is found without reading all the rows."""
    return table.has_date_index or table.has_date_parts


def _warnings(table: Table) -> tuple[str, ...]:
    has_no_date_index = not finds_dates(table) and "data" not in table.unhide  # which needs no second one
    slow = {NO_DATE_INDEX: has_no_date_index, INVISIBLE_INDEX: bool(table.unhide)}
    return tuple(code for code, is_so in slow.items() if is_so)


def outdated_index(engine: str, table: Table) -> ReconciliationError:
    if not all(each.can_be_made_anew for each in table.outdated):
        return index_failures.outdated(table.outdated, "")
    recorded = {
        advice.statement(f"{engine}.refresh_database", database=each.collation)
        if each.is_database
        else advice.statement(f"{engine}.refresh_collation", collation=each.collation)
        for each in table.outdated
    }
    found = advice.statement("find_repeated", table.name, **{"as": _cast(table)})
    anew = advice.statement(f"{engine}.reindex", table.name)
    return index_failures.outdated(table.outdated, " ".join([found, anew, *sorted(recorded)]))


def no_unique_key(engine: str, table: Table) -> ReconciliationError:
    if table.parts:
        return index_failures.no_unique_key_over(table.parts, is_inherited=table.is_inherited)
    key = table.columns["ordem_id"]
    if engine == "mysql" and key.base.endswith("text"):
        return index_failures.no_unique_key_over(f"tem ordem_id em {key.kind}, que ali só se indexa em parte")
    return index_failures.no_unique_key(advice.key_index(engine, table.name, table.indexes, _cast(table)))


def _unfit(engine: str, table: Table, name: str) -> ReconciliationError:
    column = table.columns[name]
    look = _LOOK.get((name, _family(column)))
    return failures.unfit_column(
        name, column.kind, advice.statement(f"{engine}.{look}", table.name) if look else ""
    )


def _cast(table: Table) -> str:
    """Of the keys, where their type compares otherwise than texts do."""
    key = table.columns["ordem_id"]
    return f"::{key.castable}" if key.base == "citext" else ""


def _family(column: Column) -> str:
    """Whether an unfit column holds numbers or texts that a query can sift."""
    if column.base.startswith(_NUMERIC):
        return "numeric"
    return "text" if column.base.startswith(_TEXT) else ""
