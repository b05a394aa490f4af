"""An export that may lack rows of the day is read, and the run says so: late rows look absent."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from glue_jobs import reconciliation_job
from glue_jobs.options import ReconciliationOptions
from reconciliation import layout
from reconciliation.adapters.store import Store
from reconciliation.config import Rules
from reconciliation.contract import HEADER
from reconciliation.layout import RunPaths
from tests.jobs.exports import DAY, ROW, as_text, frame_of, of_rds, opened, put
from tests.jobs.whole_day import plan_of, run_day
from tests.memory_s3 import MemoryS3

OPTIONS = ReconciliationOptions(
    aws_region="r", job_id="j", attempt=1, epoch=1, plan="p", query_timeout_s=60, base_readers=1,
    secret_id="s", checkpoints_bucket="c", output_bucket="o",
)  # fmt: skip


def warned(store: Store) -> dict[str, int]:
    with opened(store) as base:
        assert sum(frame.height for frame in base.day_rows(DAY)) == 1
        return base.warnings


@pytest.mark.parametrize(
    ("snapshot_time", "code"),
    [
        ("2026-02-16 03:10:00", "BASE_EXPORT_EARLY"),  # the night before
        ("2026-02-17 02:59:59", "BASE_EXPORT_EARLY"),  # UTC's next day, not yet São Paulo's
        ("2026-02-17 03:00:00", None),
        ("2026-02-17T02:59:59.999Z", "BASE_EXPORT_EARLY"),
        ("2026-02-17T03:00:00.000Z", None),
        ("2026-02-17T00:00:00-03:00", None),
        ("2026-03-01 00:00:00", None),
        (None, "BASE_EXPORT_TIME_UNKNOWN"),
        ("ontem", "BASE_EXPORT_TIME_UNKNOWN"),
        (1771297800, "BASE_EXPORT_TIME_UNKNOWN"),
    ],
)
def test_a_snapshot_is_held_against_the_end_of_the_day(snapshot_time: Any, code: str | None) -> None:
    store = of_rds(as_text([ROW]), snapshot_time=snapshot_time)
    assert warned(store) == ({code: 1} if code else {})


@pytest.mark.parametrize(
    ("offset", "snapshot_time", "code"),
    [
        (-1, "2026-02-16 02:59:59", "BASE_EXPORT_EARLY"),
        (-1, "2026-02-16 03:00:00", None),
        (1, "2026-02-18 02:59:59", "BASE_EXPORT_EARLY"),
        (1, "2026-02-18 03:00:00", None),
    ],
)
def test_the_day_is_the_lines_whatever_the_folder_s(
    offset: int, snapshot_time: str, code: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The export is in the folder's, as the job itself opens it."""
    store = of_rds(as_text([ROW]), snapshot_time=snapshot_time)
    monkeypatch.setattr(reconciliation_job, "process_store", lambda: store)
    rules = Rules(base_source="s3_export", reference_day_offset=offset)
    plan = replace(
        plan_of(f"{HEADER}\nF;O1;;A;2026-02-16;1.00\n".encode(), rules, 1, 200),
        paths=RunPaths.of("b", str(DAY), "f"),
    )
    with reconciliation_job._base_of(plan, OPTIONS)() as base:
        assert base.warnings == ({code: 1} if code else {})


def test_the_day_s_summary_says_why_a_late_order_may_look_absent() -> None:
    """It is in the table since the afternoon, and in no snapshot of the night before."""
    early = of_rds(as_text([ROW]), snapshot_time="2026-02-16 03:10:00")
    lines = (HEADER, "F;O1;;A;2026-02-16;-0.01", "F;LATE;;A;2026-02-16;5.00", "")
    found = run_day(
        "\n".join(lines).encode(),
        [],
        Rules(max_rejected_share=1),
        open_base=lambda: opened(early),
    )
    assert found.summary["types"] == {"TIPO_1": 1, "TIPO_2": 0, "TIPO_3": 0}
    assert found.summary["warnings"] == {"BASE_EXPORT_EARLY": 1}
    assert found.summary["base"]["snapshot_time"] == "2026-02-16 03:10:00"


def test_what_rds_warns_of_the_table_is_told() -> None:
    store = of_rds(as_text([ROW]), told={"warningMessage": "rows were skipped"})
    assert warned(store) == {"BASE_EXPORT_WARNED": 1}


def test_ones_own_export_is_no_newer_than_the_first_of_its_objects() -> None:
    """It names no moment; but what was written while the day lasted cannot hold the day."""
    client = MemoryS3()
    store = Store(client)
    for number, frame in enumerate((frame_of([ROW]), frame_of([]))):
        put(store, number, frame)
    assert warned(store) == {}
    where = layout.base_export("b", str(DAY)) / "1.parquet"
    client.objects["b", where.key]["LastModified"] = datetime(2026, 2, 17, 2, 59, 59, tzinfo=UTC)
    assert warned(store) == {"BASE_EXPORT_EARLY": 1}
