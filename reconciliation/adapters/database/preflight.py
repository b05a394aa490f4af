"""Whether a base can be trusted, before any of its rows is read. Source: data contract, "Base table"."""

from reconciliation import advice
from reconciliation.adapters.database import failures
from reconciliation.adapters.database.base import Column, SqlBase, Table
from reconciliation.contract import COLUMNS
from reconciliation.errors import ReconciliationError

NO_DATE_INDEX = "BASE_NO_DATE_INDEX"
_LOOK = {
    ("valor", "numeric"): "find_amounts",
    ("valor", "text"): "find_texts_of_valor",
    ("data", "text"): "find_texts_of_data",
}
_NUMERIC = ("numeric", "decimal", "bigint")
_TEXT = ("character", "bpchar", "text", "citext", "varchar", "char", "tinytext", "mediumtext", "longtext")


def check(base: SqlBase, window_days: int | None = None) -> None:
    """Raises E_BASE_SCHEMA, E_BASE_NO_UNIQUE_INDEX; what is only advice goes to the base's `warnings`.

    `window_days`, of the rule `in_scope`: then a table without the index is read, within them.
    """
    table = base.table()
    for name in COLUMNS:
        if name not in table.columns:
            raise failures.no_column(name, list(table.columns))
        if not table.columns[name].fits:
            raise _unfit(base.engine, table, name)
    if not table.has_unique_key:
        if window_days is None or table.is_inherited:
            raise _no_unique_key(base.engine, table)
        base.has_unique_key, base.window_days = False, window_days
    base.facts["unique_proof"] = "index" if base.has_unique_key else "in_scope"
    if not (table.has_date_index or table.has_date_parts):
        base.warnings[NO_DATE_INDEX] = 1
    base.has_date_index = table.has_date_index


def _unfit(engine: str, table: Table, name: str) -> ReconciliationError:
    column = table.columns[name]
    look = _LOOK.get((name, _family(column)))
    return failures.unfit_column(
        name, column.kind, advice.statement(f"{engine}.{look}", table.name) if look else ""
    )


def _family(column: Column) -> str:
    """Whether an unfit column holds numbers or texts that a query can sift."""
    if column.base.startswith(_NUMERIC):
        return "numeric"
    return "text" if column.base.startswith(_TEXT) else ""


def _no_unique_key(engine: str, table: Table) -> ReconciliationError:
    if table.parts:
        return failures.no_unique_key_over(table.parts, is_inherited=table.is_inherited)
    key = table.columns["ordem_id"]
    if engine == "mysql" and key.base.endswith("text"):
        return failures.no_unique_key_over(f"tem ordem_id em {key.kind}, que ali só se indexa em parte")
    kind = f"::{key.castable}" if key.base == "citext" else ""
    return failures.no_unique_key(advice.key_index(engine, table.name, table.indexes, kind))
