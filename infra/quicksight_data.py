"""What QuickSight copies: the two datasets' queries over Athena's tables, in Trino's SQL, and their columns.

Money is in R$, gross where it is summed: differences without their signs. A row with a value that SPICE does
not take is left out of the copy (guide, SPICE ingestion error codes, "skipped rows"), so each value is one
that it takes: no row is lost for the sake of a field.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from infra.analytics import SUMMARIES, TABLE, database_name
from infra.published import COLUMNS
from infra.settings import Settings
from reconciliation.contract import DATASET_LOOKBACK_DAYS, TYPES
from reconciliation.deployment import DATASET, DAYS_DATASET

DATE_COLUMN: Final = "data_referencia"
"""`dia` as a date, by which a dataset is refreshed in part."""
NO_DIVERGENCE: Final = "SEM DIVERGÊNCIA"
"""In place of a type: the one row of a published day that has none, so that the newest is always there."""

_MOST_CHARS: Final = 1_000
"""Of a text: a field of SPICE holds 2,047 (guide, data source limits), and rows with more may be left out."""
_MOST_MONEY: Final = 10**14
"""In R$: a fixed decimal of SPICE has 18 digits, four of them after the point (guide, supported data types),
and a number too long for it is a skipped row's. From here on an amount is null there."""
_KINDS = {"string": "STRING", "bigint": "INTEGER", "date": "STRING"}
"""QuickSight's types by Hive's; the decimals are one there. A date of either side is any that a database has,
and the guide says three things of those that SPICE takes (supported date formats: 0001 to 9999; parseDate:
1900 to 2037; UNSUPPORTED_DATE_VALUE: not 1399). As YYYY-MM-DD it is a text that sorts as the dates do."""
_TRINO = {"string": "varchar", "date": "varchar"}


class Column(NamedTuple):
    """One of a dataset: as Trino makes it, and its type there, in QuickSight's words."""

    name: str
    sql: str
    kind: str


class DataSet(NamedTuple):
    """`window_days` are what an incremental refresh reads again; None: it is always copied whole."""

    name: str
    columns: tuple[Column, ...]
    query: str
    window_days: int | None = None


def data_sets(settings: Settings) -> tuple[DataSet, DataSet]:
    return _divergences(settings), _days(settings)


def _divergences(settings: Settings) -> DataSet:
    """A row a divergence; a day without any is one row, too, which counts 0."""
    columns = (
        *_DAY,
        *(Column(name, _fitting(name, kind), _KINDS.get(kind, "DECIMAL")) for name, kind in COLUMNS),
        Column("valor_bruto", _money("abs(diferenca_valor)"), "DECIMAL"),
        Column("divergencia", "1", "INTEGER"),
    )
    known = {"tipo_divergencia": f"'{NO_DIVERGENCE}'", "divergencia": "0", **{c.name: c.sql for c in _DAY}}
    kinds = {**dict(COLUMNS), "valor_bruto": "decimal(19,2)"}
    empty = (
        Column(c.name, known.get(c.name) or f"CAST(NULL AS {_trino(kinds[c.name])})", c.kind) for c in columns
    )
    none = " + ".join(_of_type(kind) for kind in TYPES) + " = 0"
    query = (
        f"{_select(settings, TABLE, columns)}"
        f" UNION ALL {_select(settings, SUMMARIES, empty)} AND status = 'SUCCEEDED' AND {none}"
    )
    return DataSet(DATASET, columns, query, DATASET_LOOKBACK_DAYS)


def _days(settings: Settings) -> DataSet:
    """A row a published day, as its summary tells it; money is null of days before it was kept.

    In Trino a product has as many digits as both factors, a sum one more than its terms: 34 here, of 38.
    """
    money = [f"element_at(value_by_type_cents, '{kind}') * DECIMAL '0.01'" for kind in TYPES]
    columns = (
        *_DAY,
        Column("job_id", "job_id", "STRING"),
        Column("linhas", "totals.lines.data_lines", "INTEGER"),
        Column("linhas_base", "totals.lines.base_in_scope", "INTEGER"),
        Column("rejeitadas", "totals.lines.rejected", "INTEGER"),
        Column("divergencias", " + ".join(map(_of_type, TYPES)), "INTEGER"),
        Column("taxa_percentual", "divergence_rate_percent", "DECIMAL"),
        *(Column(kind.lower(), _of_type(kind), "INTEGER") for kind in TYPES),
        *(
            Column(f"valor_{kind.lower()}", _money(amount), "DECIMAL")
            for kind, amount in zip(TYPES, money, strict=True)
        ),
        Column("valor_total", _money(" + ".join(money)), "DECIMAL"),
        Column("segundos", "element_at(seconds_by_stage, 'total')", "DECIMAL"),
        Column("causa", "element_at(causes, 1).sentence", "STRING"),
    )
    return DataSet(DAYS_DATASET, columns, f"{_select(settings, SUMMARIES, columns)} AND status = 'SUCCEEDED'")


_DAY = (
    Column("dia", "dia", "STRING"),
    Column(DATE_COLUMN, "date_parse(dia, '%Y-%m-%d')", "DATETIME"),
)


def _select(settings: Settings, table: str, columns: Iterable[Column]) -> str:
    """The newest days, as far back as the dashboard shows: SPICE is paid by size."""
    selected = ", ".join(
        column.name if column.name == column.sql else f"{column.sql} AS {column.name}" for column in columns
    )
    oldest = f"date_format(current_date - interval '{settings.quicksight_days}' day, '%Y-%m-%d')"
    return f'SELECT {selected} FROM "{database_name(settings)}"."{table}" WHERE dia >= {oldest}'  # noqa: S608 - our own names


def _fitting(name: str, kind: str) -> str:
    """The column as SPICE takes it."""
    if kind == "string":
        return f"substr({name}, 1, {_MOST_CHARS})"
    if kind == "date":
        return f"CAST({name} AS varchar)"
    return _money(name) if kind.startswith("decimal") else name


def _money(amount: str) -> str:
    return f"CASE WHEN abs({amount}) < DECIMAL '{_MOST_MONEY}' THEN {amount} END"


def _of_type(kind: str) -> str:
    return f"coalesce(element_at(types, '{kind}'), 0)"


def _trino(kind: str) -> str:
    return _TRINO.get(kind, kind)
