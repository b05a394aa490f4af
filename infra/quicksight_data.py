"""What QuickSight copies: the two datasets' queries over Athena's tables, in Trino's SQL, and their columns.

Money is in R$, gross where it is summed: differences without their signs.
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
_KINDS = {"string": "STRING", "bigint": "INTEGER", "date": "DATETIME"}
"""QuickSight's types by Hive's; the decimals are one there."""
_TRINO = {"string": "varchar"}


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
        *(Column(name, _cut(name, kind), _KINDS.get(kind, "DECIMAL")) for name, kind in COLUMNS),
        Column("valor_bruto", "abs(diferenca_valor)", "DECIMAL"),
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
    """A row a published day, as its summary tells it; money is null of days before it was kept."""
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
            Column(f"valor_{kind.lower()}", cents, "DECIMAL")
            for kind, cents in zip(TYPES, money, strict=True)
        ),
        Column("valor_total", " + ".join(money), "DECIMAL"),
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


def _cut(name: str, kind: str) -> str:
    return f"substr({name}, 1, {_MOST_CHARS})" if kind == "string" else name


def _of_type(kind: str) -> str:
    return f"coalesce(element_at(types, '{kind}'), 0)"


def _trino(kind: str) -> str:
    return _TRINO.get(kind, kind)
