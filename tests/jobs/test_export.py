"""The base from its daily export: the same answers as from the table, the same distrust."""

from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings

from reconciliation.adapters import layout
from reconciliation.adapters.export import open_export
from reconciliation.adapters.store import Store
from reconciliation.errors import ReconciliationError
from tests.jobs.whole_day import ListedBase
from tests.memory_s3 import MemoryS3
from tests.oracle import BaseRow
from tests.strategies import SmallDay, days

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
    return sorted((row for frame in frames for row in frame.rows()), key=repr)


@settings(max_examples=60, deadline=None)
@given(day=days())
def test_it_reads_what_the_table_would_give(day: SmallDay) -> None:
    half = len(day.base) // 2
    keys = [*sorted({row.ordem_id for row in day.base if row.data != DAY}), "absent"]
    listed = ListedBase(day.base)
    with open_export(exported(frame_of(day.base[:half]), frame_of(day.base[half:])), "b", str(DAY)) as base:
        assert rows(base.day_rows(DAY)) == rows(listed.day_rows(DAY))
        assert rows(base.rows_of(keys)) == rows(
            ListedBase([row for row in day.base if row.ordem_id.strip(" \t") in keys]).rows_of(
                [row.ordem_id for row in day.base]
            )
        )


def test_a_timestamp_is_a_date_in_sao_paulo() -> None:
    late = datetime(2026, 2, 17, 1, tzinfo=UTC)  # still the 16th there
    frame = frame_of([ROW]).with_columns(pl.Series("data", [late], dtype=pl.Datetime("us", "UTC")))
    with open_export(exported(frame), "b", str(DAY)) as base:
        assert rows(base.day_rows(DAY)) == [("F", "O1", "", "A", DAY, -1)]


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (frame_of([ROW]).drop("nome"), "E_BASE_SCHEMA"),
        (frame_of([ROW], valor=pl.Decimal(18, 4)), "E_BASE_SCHEMA"),
        (frame_of([ROW]).with_columns(pl.col("valor").cast(pl.Float64)), "E_BASE_SCHEMA"),
        (frame_of([ROW]).with_columns(pl.col("data").cast(pl.String)), "E_BASE_SCHEMA"),
    ],
)
def test_a_type_that_cannot_hold_the_contract(frame: pl.DataFrame, code: str) -> None:
    with pytest.raises(ReconciliationError) as refused, open_export(exported(frame), "b", str(DAY)) as base:
        list(base.day_rows(DAY))
    assert refused.value.code == code


def test_another_export_meanwhile_is_refused() -> None:
    store = exported(frame_of([ROW]))
    with open_export(store, "b", str(DAY)) as base:
        list(base.day_rows(DAY))
        put(store, 0, frame_of([]))
        with pytest.raises(ReconciliationError, match="mudou"):
            list(base.rows_of(["O1"]))


def test_no_export_is_an_empty_base() -> None:
    with pytest.raises(ReconciliationError) as refused, open_export(exported(), "b", str(DAY)):
        pass
    assert refused.value.code == "BASE_EMPTY"
