"""Whether a base can be trusted, before any of its rows is read. Source: data contract, "Base table"."""

from reconciliation.adapters.database.base import WANTED, SqlBase
from reconciliation.contract import COLUMNS, KEY_INDEX, TABLE
from reconciliation.errors import error

NO_DATE_INDEX = "BASE_NO_DATE_INDEX"


def check(base: SqlBase) -> None:
    """Raises E_BASE_SCHEMA, E_BASE_NO_UNIQUE_INDEX; what is only advice goes to the base's `warnings`."""
    table = base.table()
    for name in COLUMNS:
        if name not in table.types:
            add = f"ALTER TABLE {TABLE} ADD COLUMN {name} {WANTED[name]};"
            raise error("E_BASE_SCHEMA", f"{TABLE} não tem a coluna {name}: {add}")
        if not base.allowed[name].fullmatch(table.types[name]):
            change = base.alter.format(table=TABLE, column=name, type=WANTED[name])
            raise error("E_BASE_SCHEMA", f"{TABLE}.{name} é {table.types[name]}: {change}")
    if not table.has_unique_key:
        drop = f"{base.drop_index} " if KEY_INDEX in table.indexes else ""
        make = f"CREATE UNIQUE INDEX {KEY_INDEX} ON {TABLE}(ordem_id);"
        raise error("E_BASE_NO_UNIQUE_INDEX", f"falta o índice único em ordem_id: {drop}{make}")
    if not table.has_date_index:
        base.warnings[NO_DATE_INDEX] = 1
    base.facts["newest_date"] = base.newest_date() if table.has_date_index else None
