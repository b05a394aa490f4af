"""A `data` in nanoseconds without a zone: what holds more than it shows is refused by its name."""

from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from reconciliation import layout
from reconciliation.adapters.store import Store
from reconciliation.errors import ReconciliationError
from tests.jobs.exports import DAY, ROW, exported, frame_of, read_day
from tests.memory_s3 import MemoryS3

INT96 = Path(__file__).with_name("spark_int96.parquet")
"""As Spark 3.5.6 writes a timestamp by default: one order, 2026-02-17 01:00 UTC, in São Paulo the 16th."""


def test_int96_is_refused_by_its_name() -> None:
    assert pl.read_parquet(INT96)["data"].to_list() == [datetime(2026, 2, 17, 1)]  # noqa: DTZ001 - its zone is lost
    store = Store(MemoryS3())
    store.put(layout.base_export("b", str(DAY)) / "0.parquet", INT96.read_bytes())
    with pytest.raises(ReconciliationError, match=r"data é INT96.*TIMESTAMP_MICROS") as refused:
        read_day(store)
    assert refused.value.code == "E_BASE_SCHEMA"


def nanoseconds(*moments: datetime | int) -> pl.DataFrame:
    return frame_of([ROW] * len(moments)).with_columns(pl.Series("data", moments, dtype=pl.Datetime("ns")))


def test_a_local_time_in_nanoseconds_is_its_date() -> None:
    """As pandas writes `datetime64[ns]`; an object of no rows says nothing of itself."""
    store = exported(nanoseconds(datetime(2026, 2, 16, 23, 59)), nanoseconds())  # noqa: DTZ001 - it has none
    assert read_day(store) == 1


@pytest.mark.parametrize("bound", [2**63 - 1, -(2**63)])
@pytest.mark.parametrize("of_a_zone", [None, "UTC"])
def test_the_end_of_what_nanoseconds_hold_is_no_date(bound: int, of_a_zone: Any) -> None:
    """2262-04-11 or 1677-09-21: what 9999-12-31 and 0001-01-01 become where somebody saturates them."""
    frame = nanoseconds(bound).with_columns(pl.col("data").dt.replace_time_zone(of_a_zone))
    with pytest.raises(ReconciliationError, match="data tem 1 valor") as refused:
        read_day(exported(frame))
    assert refused.value.code == "E_BASE_SCHEMA"
