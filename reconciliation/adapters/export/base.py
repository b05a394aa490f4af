"""The base from its daily export to S3, under the same rules as the database. Source: runbook 2.3."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from io import BytesIO

import polars as pl

from reconciliation import layout
from reconciliation.adapters.export import objects, taken
from reconciliation.adapters.export.columns import typed
from reconciliation.adapters.store import Store
from reconciliation.contract import COLUMNS
from reconciliation.documents.snapshot import BaseFacts
from reconciliation.errors import error
from reconciliation.kernels.codec import UNREADABLE
from reconciliation.layout import Location


@contextmanager
def open_export(store: Store, bucket: str, day: str, reference: date) -> Iterator["ExportedBase"]:
    """The export in the day's folder, which should be from after the reference date.

    Raises BASE_EMPTY where there is none, or it is not complete.
    """
    exported = objects.chosen(store, layout.base_export(bucket, day))
    warned = taken.warnings(reference, exported.until, is_warned=exported.is_warned)
    yield ExportedBase(store, bucket, exported, warned)


@dataclass
class ExportedBase:
    """Frames by the FOUND schema. The objects are pinned by ETag: another export meanwhile is refused."""

    by_key = None  # files know no index

    store: Store
    bucket: str
    exported: objects.Exported
    warnings: dict[str, int]

    def __post_init__(self) -> None:
        self.facts: BaseFacts = {
            "engine": "s3_export", "objects": len(self.exported.etags), **self.exported.facts,
        }  # fmt: skip

    def day_rows(self, day: object) -> Iterator[pl.DataFrame]:
        """The rows of that date."""
        return _filled(frame.filter(pl.col("data") == day) for frame in self._frames())

    def rows_in_scope(self, of_file: pl.DataFrame, of_day: pl.DataFrame, day: date) -> Iterator[pl.DataFrame]:
        """The rows, of any date but the day, that have one of the file's keys, blanks apart."""
        of_other_dates = (frame.filter(pl.col("data").ne_missing(day)) for frame in self._frames())
        return _filled(rows.join(of_file, on="ordem_id", how="semi") for rows in of_other_dates)

    def _frames(self) -> Iterator[pl.DataFrame]:
        for key, etag in self.exported.etags.items():
            where = Location(self.bucket, key)
            stored = self.store.get(where)
            if stored is None or stored.etag != etag:
                raise error("RECONCILIATION_FAILED", f"{where} mudou durante a leitura; retome do checkpoint")
            yield typed(where, _read(where, stored.body), self.exported.original_types)


def _filled(frames: Iterable[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Those that have a row."""
    return (frame for frame in frames if frame.height)


def _read(where: Location, body: bytes) -> pl.DataFrame:
    """All rows that the footer counts. Raises E_BASE_SCHEMA for what is no Parquet, or no UTF-8."""
    try:
        scanned = pl.scan_parquet(BytesIO(body))
        (promised,) = scanned.select(pl.len()).collect().row(0)
        names = set(scanned.collect_schema())
        frame = scanned.select(name for name in COLUMNS if name in names).collect()
    except UNREADABLE as exc:
        cause = "texto que não é UTF-8" if "utf" in str(exc).lower() else "Parquet ilegível ou truncado"
        raise error("E_BASE_SCHEMA", f"{where}: {cause}; exporte de novo") from exc
    if frame.height != promised:
        raise error("UNBALANCED_TOTALS", f"{where}: o rodapé conta {promised} linhas, lidas {frame.height}")
    if frame.height and frame.schema.get("data") == pl.Datetime("ns") and _is_int96(body):
        raise error(
            "E_BASE_SCHEMA",
            f"{where}: data é INT96, que não diz o fuso em que está; exporte-a como date, ou com"
            " spark.sql.parquet.outputTimestampType = TIMESTAMP_MICROS (o padrão do Spark é INT96)",
        )
    return frame


def _is_int96(body: bytes) -> bool:
    """Of a `data` that reads as nanoseconds without a zone, and has rows.

    Polars tells nobody; but told to, it reads INT96 as microseconds, and refuses to cut 64-bit nanoseconds.
    """
    microseconds = pl.scan_parquet(BytesIO(body), schema={"data": pl.Datetime("us")}, extra_columns="ignore")
    try:
        microseconds.collect()
    except pl.exceptions.SchemaError:
        return False
    return True
