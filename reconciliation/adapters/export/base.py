"""The base from its daily export to S3, under the same rules as the database. Source: runbook 2.3."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from io import BytesIO

import polars as pl

from reconciliation import layout
from reconciliation.adapters.export import objects
from reconciliation.adapters.export.columns import typed
from reconciliation.adapters.store import Store
from reconciliation.contract import COLUMNS
from reconciliation.documents.snapshot import BaseFacts
from reconciliation.errors import error
from reconciliation.layout import Location


@contextmanager
def open_export(store: Store, bucket: str, day: str) -> Iterator["ExportedBase"]:
    """The export of that day. Raises BASE_EMPTY where there is none, or it is not complete."""
    yield ExportedBase(store, bucket, objects.chosen(store, layout.base_export(bucket, day)))


class ExportedBase:
    """Frames by the FOUND schema. The objects are pinned by ETag: another export meanwhile is refused."""

    by_key = None  # files know no index

    def __init__(self, store: Store, bucket: str, exported: objects.Exported) -> None:
        self._store = store
        self._bucket = bucket
        self._exported = exported
        self.warnings: dict[str, int] = {}
        self.facts: BaseFacts = {
            "engine": "s3_export", "objects": len(exported.etags), **exported.facts,
        }  # fmt: skip

    def day_rows(self, day: object) -> Iterator[pl.DataFrame]:
        """The rows of that date."""
        for frame in self._frames():
            rows = frame.filter(pl.col("data") == day)
            if rows.height:
                yield rows

    def rows_in_scope(self, of_file: pl.DataFrame, of_day: pl.DataFrame, day: date) -> Iterator[pl.DataFrame]:
        """The rows, of any date but the day, that have one of the file's keys, blanks apart."""
        for frame in self._frames():
            rows = frame.filter(pl.col("data").ne_missing(day)).join(of_file, on="ordem_id", how="semi")
            if rows.height:
                yield rows

    def _frames(self) -> Iterator[pl.DataFrame]:
        for key, etag in self._exported.etags.items():
            where = Location(self._bucket, key)
            found = self._store.get(where)
            if found is None or found.etag != etag:
                raise error("RECONCILIATION_FAILED", f"{where} mudou durante a leitura; retome do checkpoint")
            yield typed(where, _read(where, found.body), self._exported.original_types)


def _read(where: Location, body: bytes) -> pl.DataFrame:
    """All rows that the footer counts. Raises E_BASE_SCHEMA for what is no Parquet, or no UTF-8."""
    try:
        scanned = pl.scan_parquet(BytesIO(body))
        (promised,) = scanned.select(pl.len()).collect().row(0)
        names = set(scanned.collect_schema())
        frame = scanned.select(name for name in COLUMNS if name in names).collect()
    except pl.exceptions.PolarsError as exc:
        cause = "texto que não é UTF-8" if "utf" in str(exc).lower() else "Parquet ilegível ou truncado"
        raise error("E_BASE_SCHEMA", f"{where}: {cause}; exporte de novo") from exc
    if frame.height != promised:
        raise error("UNBALANCED_TOTALS", f"{where}: o rodapé conta {promised} linhas, lidas {frame.height}")
    return frame
