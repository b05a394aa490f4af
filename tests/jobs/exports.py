"""Exports of the base as tests make them: ours, and RDS's own of a snapshot."""

from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

import polars as pl

from reconciliation import layout
from reconciliation.adapters.export.base import ExportedBase, open_export
from reconciliation.adapters.store import Store
from reconciliation.kernels.schemas import BASE
from reconciliation.objects import to_json
from tests.memory_s3 import MemoryS3
from tests.oracle import BaseRow

DAY = date(2026, 2, 16)
SCHEMA = {
    **dict.fromkeys(("fornecedor_id", "ordem_id", "nome", "ativo_id"), pl.String),
    "data": pl.Date,
    "valor": pl.Decimal(18, 2),
}
ROW = BaseRow(" F ", "O1", None, "A", DAY, Decimal("-0.01"))


def exported(*objects: pl.DataFrame) -> Store:
    store = Store(MemoryS3())
    for number, frame in enumerate(objects):
        put(store, number, frame)
    return store


def put(store: Store, number: int, frame: pl.DataFrame) -> None:
    body = BytesIO()
    frame.write_parquet(body)
    store.put(layout.base_export("b", str(DAY)) / f"{number}.parquet", body.getvalue())


def frame_of(rows: list[BaseRow], **types: Any) -> pl.DataFrame:
    return pl.DataFrame(rows, schema={**SCHEMA, **types}, orient="row", strict=False)


def rows(frames: Any) -> list[tuple[Any, ...]]:
    return sorted((row for frame in frames for row in frame.select(BASE.names()).rows()), key=repr)


def keys_of(*keys: str) -> pl.DataFrame:
    return pl.DataFrame({"ordem_id": keys}, schema={"ordem_id": pl.String})


RDS_TYPES = {**dict.fromkeys(SCHEMA, "character varying"), "data": "date", "valor": "numeric"}


SNAPSHOT_TIME = "2026-02-17 03:10:00"
"""Ten minutes after the day's end in São Paulo."""


def of_rds(
    *frames: pl.DataFrame,
    status: str = "COMPLETE",
    types: dict[str, str] | None = None,
    snapshot_time: object = SNAPSHOT_TIME,
    told: dict[str, str] | None = None,
    folder: str = "db/public.transacoes",
    **targets: str,
) -> Store:
    """`told` is what RDS says of the table besides, or instead; `folder` has its objects.

    `targets`, by name, are tables beside `transacoes`.
    """
    store, root = Store(MemoryS3()), layout.base_export("b", str(DAY)) / "export-1"
    for number, frame in enumerate(frames):
        body = BytesIO()
        frame.write_parquet(body)
        store.put(root / f"{folder}/1/part-0000{number}-x.gz.parquet", body.getvalue())
    store.put(root / "db/public.clientes/1/part-00000-x.gz.parquet", b"another table's")
    store.put(root / "export_info_export-1.json", to_json({"status": status, "snapshotTime": snapshot_time}))
    columns = [{"columnName": name, "originalType": kind} for name, kind in (types or RDS_TYPES).items()]
    tables = [
        {"target": target, "status": "COMPLETE", "schemaMetadata": {"originalTypeMappings": columns}}
        for target in ("db.public.transacoes", "db.public.clientes", *targets.values())
    ]
    tables[0].update(told or {})
    store.put(root / "export_tables_info_export-1_from_1_to_2.json", to_json({"perTableStatus": tables}))
    return store


def as_text(rows: list[BaseRow]) -> pl.DataFrame:
    """DATE and NUMERIC as RDS for PostgreSQL writes them."""
    return frame_of(rows).with_columns(pl.col("data", "valor").cast(pl.String))


def opened(store: Store) -> AbstractContextManager[ExportedBase]:
    """As the job does for the day's folder, whose lines are of its date."""
    return open_export(store, "b", str(DAY), DAY)


def read_day(store: Store) -> int:
    with opened(store) as base:
        return sum(frame.height for frame in base.day_rows(DAY))
