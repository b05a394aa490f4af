"""The base from its daily export to S3, under the same rules as the database. Source: runbook 2.3.

`base-export/DAY/*.parquet`: the six columns of `transacoes`, in one or more objects that make one snapshot.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import polars as pl

from reconciliation.adapters import layout
from reconciliation.adapters.layout import Location
from reconciliation.adapters.store import Store
from reconciliation.contract import COLUMNS, VALOR_SCALE
from reconciliation.errors import error
from reconciliation.kernels.codec import from_parquet
from reconciliation.kernels.schemas import BASE
from reconciliation.line import BLANKS

_TIME_ZONE = "America/Sao_Paulo"  # a timestamp is a date there
_VALOR_DIGITS = 18


@contextmanager
def open_export(store: Store, bucket: str, day: str) -> Iterator["ExportedBase"]:
    """The export of that day. Raises BASE_EMPTY where there is none."""
    prefix = layout.base_export(bucket, day)
    etags = {found.key: found.etag for found in store.list(prefix) if found.key.endswith(".parquet")}
    if not etags:
        raise error("BASE_EMPTY", f"não há export da base em {prefix}")
    yield ExportedBase(store, bucket, etags)


class ExportedBase:
    """Frames by the BASE schema. The objects are pinned by ETag: another export meanwhile is refused."""

    def __init__(self, store: Store, bucket: str, etags: dict[str, str]) -> None:
        self._store = store
        self._bucket = bucket
        self._etags = etags
        self.warnings: dict[str, int] = {}
        self.facts: dict[str, Any] = {"engine": "s3_export", "objects": len(etags)}

    def share(self, readers: int) -> list[Any]:
        """None: its reading is not shared."""
        return []

    def day_rows(self, day: object) -> Iterator[pl.DataFrame]:
        """The rows of that date."""
        for frame in self._frames():
            rows = frame.filter(pl.col("data") == day)
            if rows.height:
                yield rows

    def rows_of(self, keys: list[str]) -> Iterator[pl.DataFrame]:
        """The rows, of any date, that have one of the keys, byte for byte."""
        wanted = pl.DataFrame({"ordem_id": keys}, schema={"ordem_id": pl.String})
        for frame in self._frames() if keys else ():
            rows = frame.join(wanted, on="ordem_id", how="semi")
            if rows.height:
                yield rows

    def _frames(self) -> Iterator[pl.DataFrame]:
        for key, etag in self._etags.items():
            where = Location(self._bucket, key)
            found = self._store.get(where)
            if found is None or found.etag != etag:
                raise error("RECONCILIATION_FAILED", f"{where} mudou durante a leitura; retome do checkpoint")
            yield _typed(where, from_parquet(found.body))


def _typed(where: Location, frame: pl.DataFrame) -> pl.DataFrame:
    """By the BASE schema. Raises E_BASE_SCHEMA, naming the column."""
    if missing := [name for name in COLUMNS if name not in frame.columns]:
        raise error("E_BASE_SCHEMA", f"{where}: falta a coluna {', '.join(missing)}")
    texts = [pl.col(name).cast(pl.String).fill_null("").str.strip_chars(BLANKS) for name in COLUMNS[:4]]
    return frame.select(
        *texts, _data(where, frame.schema["data"]).alias("data"), _cents(where, frame.schema["valor"])
    ).match_to_schema(BASE)


def _data(where: Location, kind: pl.DataType) -> pl.Expr:
    data = pl.col("data")
    if kind == pl.Date:
        return data
    if isinstance(kind, pl.Datetime):
        return (data.dt.convert_time_zone(_TIME_ZONE) if kind.time_zone else data).dt.date()
    raise error("E_BASE_SCHEMA", f"{where}: data é {kind}; deve ser uma data")


def _cents(where: Location, kind: pl.DataType) -> pl.Expr:
    if not isinstance(kind, pl.Decimal) or kind.scale > VALOR_SCALE or (kind.precision or 0) > _VALOR_DIGITS:
        raise error("E_BASE_SCHEMA", f"{where}: valor é {kind}; deve ser decimal(18,2)")
    return (
        pl.col("valor")
        .cast(pl.Decimal(_VALOR_DIGITS, VALOR_SCALE))
        .to_physical()
        .cast(pl.Int64)
        .alias("valor_cents")
    )
