"""The base from its daily export: the same answers as from the table, the same distrust."""

from datetime import UTC, date, datetime
from fractions import Fraction
from io import BytesIO
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciliation import layout
from reconciliation.adapters.store import Store
from reconciliation.errors import ReconciliationError
from tests.depth import at_depth
from tests.jobs.against_oracle import check_day
from tests.jobs.exports import (
    DAY,
    RDS_TYPES,
    ROW,
    SCHEMA,
    SNAPSHOT_TIME,
    as_text,
    exported,
    frame_of,
    keys_of,
    of_rds,
    opened,
    put,
    read_day,
    rows,
)
from tests.jobs.whole_day import ListedBase
from tests.memory_s3 import MemoryS3
from tests.oracle import BaseRow
from tests.strategies import ABSURD_ON_POSTGRES, SmallDay, days, twin_days


@pytest.mark.deep
@settings(max_examples=at_depth(40), deadline=None)
@given(day=days())
def test_it_reads_what_the_table_would_give(day: SmallDay) -> None:
    half = len(day.base) // 2
    keys = keys_of(*sorted({str(row.ordem_id).strip(" \t") for row in day.base if row.data != DAY}), "absent")
    listed = ListedBase(day.base)
    with opened(exported(frame_of(day.base[:half]), frame_of(day.base[half:]))) as base:
        assert rows(base.day_rows(DAY)) == rows(listed.day_rows(DAY))
        assert rows(base.rows_in_scope(keys, keys_of(), DAY)) == rows(
            listed.rows_in_scope(keys, keys_of(), DAY)
        )


@pytest.mark.deep
@settings(max_examples=at_depth(50), deadline=None)
@given(day=st.one_of(twin_days(), days(absurd=ABSURD_ON_POSTGRES)), is_text=st.booleans())
def test_a_day_from_an_export_is_what_the_oracle_says(day: SmallDay, is_text: bool) -> None:
    """Both kinds: the dates as RDS writes PostgreSQL's, as text, and as dates beyond any calendar."""
    half = len(day.base) // 2
    store = exported(*(dated(rows, is_text=is_text) for rows in (day.base[:half], day.base[half:])))
    check_day(
        day.file,
        day.base,
        Fraction(1),
        partitions=3,
        cut_bytes=200,
        open_base=lambda: opened(store),
    )


def dated(rows: list[BaseRow], *, is_text: bool) -> pl.DataFrame:
    """An absurd date is a text, or so many days that no calendar has it."""
    frame = pl.DataFrame(
        [row._replace(data=None if row.data is None else str(row.data)) for row in rows],
        schema={**SCHEMA, "data": pl.String},
        orient="row",
    )
    if is_text:
        return frame
    beyond = pl.when(pl.col("data").is_not_null()).then(pl.lit(2**31 - 1, pl.Int32)).cast(pl.Date)
    return frame.with_columns(pl.coalesce(pl.col("data").str.to_date("%Y-%m-%d", strict=False), beyond))


def test_a_timestamp_is_a_date_in_sao_paulo() -> None:
    late = datetime(2026, 2, 17, 1, tzinfo=UTC)  # still the 16th there
    frame = frame_of([ROW]).with_columns(pl.Series("data", [late], dtype=pl.Datetime("us", "UTC")))
    with opened(exported(frame)) as base:
        assert rows(base.day_rows(DAY)) == [("F", "O1", "", "A", DAY, -1)]


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (frame_of([ROW]).drop("nome"), "E_BASE_SCHEMA"),
        (frame_of([ROW], valor=pl.Decimal(18, 4)), "E_BASE_SCHEMA"),
        (frame_of([ROW]).with_columns(pl.col("valor").cast(pl.Float64)), "E_BASE_SCHEMA"),
        (frame_of([ROW]).with_columns(pl.lit("16/02/2026").alias("data")), "E_BASE_SCHEMA"),
        (frame_of([ROW]).with_columns(pl.lit("10.505").alias("valor")), "E_BASE_SCHEMA"),
        (frame_of([ROW]).with_columns(pl.lit("NaN").alias("valor")), "E_BASE_SCHEMA"),
        (frame_of([ROW]).with_columns(pl.lit("1e3").alias("valor")), "E_BASE_SCHEMA"),
        (frame_of([ROW]).with_columns(pl.lit(1).alias("ordem_id")), "E_BASE_SCHEMA"),
        (frame_of([ROW]).with_columns(pl.lit(1.0).alias("fornecedor_id")), "E_BASE_SCHEMA"),
        (frame_of([ROW]).with_columns(pl.lit(b"F").alias("fornecedor_id")), "E_BASE_SCHEMA"),
    ],
)
def test_a_type_that_cannot_hold_the_contract(frame: pl.DataFrame, code: str) -> None:
    with pytest.raises(ReconciliationError) as refused, opened(exported(frame)) as base:
        list(base.day_rows(DAY))
    assert refused.value.code == code


def test_another_export_meanwhile_is_refused() -> None:
    store = exported(frame_of([ROW]))
    with opened(store) as base:
        list(base.day_rows(DAY))
        put(store, 0, frame_of([]))
        with pytest.raises(ReconciliationError, match="mudou"):
            list(base.rows_in_scope(keys_of("O1"), keys_of(), DAY))


def test_no_export_is_an_empty_base() -> None:
    with pytest.raises(ReconciliationError) as refused, opened(exported()):
        pass
    assert refused.value.code == "BASE_EMPTY"


# --- as RDS exports a snapshot


@pytest.mark.deep
@settings(max_examples=at_depth(20), deadline=None)
@given(day=days())
def test_an_rds_export_reads_as_the_table_would(day: SmallDay) -> None:
    listed = ListedBase(day.base)
    with opened(of_rds(as_text(day.base[:2]), as_text(day.base[2:]))) as base:
        assert rows(base.day_rows(DAY)) == rows(listed.day_rows(DAY))
        assert base.facts == {
            "engine": "s3_export", "objects": 2, "export": "export-1", "snapshot_time": SNAPSHOT_TIME,
        }  # fmt: skip
        assert base.warnings == {}


@pytest.mark.parametrize(
    ("valor", "cents"),
    [
        ("10.50", 1050),
        ("10.5000", 1050),
        ("-0.01", -1),
        ("9999999999999999.99", 999999999999999999),
        ("7", 700),
    ],
)
def test_money_as_text_is_exact(valor: str, cents: int) -> None:
    frame = as_text([ROW]).with_columns(pl.lit(valor).alias("valor"))
    with opened(of_rds(frame)) as base:
        assert [row[-1] for row in rows(base.day_rows(DAY))] == [cents]


@pytest.mark.parametrize(
    ("data", "original_type", "wanted"),
    [
        ("2026-02-16 23:59:59", "timestamp without time zone", "2026-02-16"),
        ("2026-02-17 01:30:00+00", "timestamp with time zone", "2026-02-16"),
        ("2026-02-17 01:30:00.5-03:00", "timestamp with time zone", "2026-02-17"),
        ("2018-02-17 01:30:00+00", "timestamp with time zone", "2018-02-16"),  # summer time, two hours
        ("2018-02-17 02:30:00+00", "timestamp with time zone", "2018-02-17"),
        (datetime(2026, 2, 17, 1, tzinfo=UTC), "timestamp", "2026-02-16"),
        (datetime(2026, 2, 17, 1), "timestamp", "2026-02-16"),  # noqa: DTZ001 - as Parquet may have it
        (datetime(2026, 2, 17, 1, tzinfo=UTC), "datetime", "2026-02-17"),  # it knows no zone
        (datetime(2026, 2, 17, 1), "datetime", "2026-02-17"),  # noqa: DTZ001 - the same
    ],
)
def test_a_timestamp_is_the_date_that_its_own_type_means(data: Any, original_type: str, wanted: str) -> None:
    frame = frame_of([ROW]).with_columns(pl.Series("data", [data]))
    store = of_rds(frame, types={**RDS_TYPES, "data": original_type})
    with opened(store) as base:
        read = [*base.day_rows(DAY), *base.rows_in_scope(keys_of("O1"), keys_of(), DAY)]
        assert [row[4] for row in rows(read)] == [date.fromisoformat(wanted)]


@pytest.mark.parametrize(
    ("store", "told"),
    [
        (of_rds(as_text([ROW]), status="IN_PROGRESS"), "IN_PROGRESS"),
        (of_rds(), "nenhum objeto em db/public.transacoes/"),
    ],
)
def test_an_export_that_is_not_complete_is_waited_for(store: Store, told: str) -> None:
    with pytest.raises(ReconciliationError, match=told) as refused, opened(store):
        pass
    assert refused.value.code == "BASE_EMPTY"


def test_an_export_without_its_documents_is_not_complete() -> None:
    store = Store(MemoryS3())
    store.put(layout.base_export("b", str(DAY)) / "export-1/db/public.transacoes/1/part-0.gz.parquet", b"")
    with (
        pytest.raises(ReconciliationError, match="sem export_info") as refused,
        opened(store),
    ):
        pass
    assert refused.value.code == "BASE_EMPTY"


def test_what_could_be_either_of_two_bases_is_refused() -> None:
    two_schemas = of_rds(as_text([ROW]), other="db.copia.transacoes")
    two_exports = of_rds(as_text([ROW]))
    put(two_exports, 0, frame_of([ROW]))
    for store in (two_schemas, two_exports):
        with pytest.raises(ReconciliationError) as refused, opened(store):
            pass
        assert refused.value.code == "E_BASE_SCHEMA"


@pytest.mark.parametrize("spoil", ["utf-8", "truncated"])
def test_an_object_that_cannot_be_read_is_named(spoil: str) -> None:
    body = BytesIO()
    frame_of([ROW._replace(nome="zqzqzqzq")]).write_parquet(
        body, compression="uncompressed", statistics=False
    )
    data = body.getvalue()
    store, where = Store(MemoryS3()), layout.base_export("b", str(DAY)) / "0.parquet"
    store.put(where, data.replace(b"zqzq", b"\xff\xfezq") if spoil == "utf-8" else data[:-20])
    told = {"utf-8": "não é UTF-8", "truncated": "truncado"}[spoil]
    with pytest.raises(ReconciliationError, match=told) as refused, opened(store) as base:
        list(base.day_rows(DAY))
    assert refused.value.code == "E_BASE_SCHEMA"
    assert str(where) in str(refused.value)


def test_an_object_over_which_the_reader_panics_is_none_that_it_reads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As Polars does over one damaged object in some thousand."""

    def panic(*_: object) -> pl.LazyFrame:
        raise pl.exceptions.PanicException

    monkeypatch.setattr("reconciliation.adapters.export.base.pl.scan_parquet", panic)
    with pytest.raises(ReconciliationError, match="Parquet ilegível") as refused:
        read_day(exported(frame_of([ROW])))
    assert refused.value.code == "E_BASE_SCHEMA"


def test_a_moment_of_a_zone_whose_offset_is_missing_is_no_guess() -> None:
    frame = as_text([ROW]).with_columns(pl.lit("2018-11-04 02:30:00").alias("data"))
    for kind in ("timestamp with time zone", "timestamptz"):
        store = of_rds(frame, types={**RDS_TYPES, "data": kind})
        with pytest.raises(ReconciliationError, match="data tem 1 valor") as refused:
            read_day(store)
        assert refused.value.code == "E_BASE_SCHEMA"


@pytest.mark.parametrize("name", ["1.PARQUET", "1.parq", "part-1", "1.parquet.tmp", "1.csv"])
def test_what_may_hold_rows_under_another_name_is_not_passed_over(name: str) -> None:
    own, of_rds_too = exported(frame_of([ROW])), of_rds(as_text([ROW]))
    folder = layout.base_export("b", str(DAY))
    own.put(folder / name, b"?")
    of_rds_too.put(folder / f"export-1/db/public.transacoes/1/{name}", b"?")
    for store in (own, of_rds_too):
        with pytest.raises(ReconciliationError, match=name) as refused:
            read_day(store)
        assert refused.value.code == "E_BASE_SCHEMA"


@pytest.mark.parametrize("name", ["_SUCCESS", ".0.parquet.crc", "0.parquet.crc", "_SUCCESS.crc"])
def test_a_writers_marks_are_passed_over(name: str) -> None:
    store = exported(frame_of([ROW]))
    store.put(layout.base_export("b", str(DAY)) / name, b"?")
    assert read_day(store) == 1
