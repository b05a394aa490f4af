"""A day of more rows than the report's maker may hold is published, and its report refused with a code."""

from typing import Any

import pytest

from glue_jobs import report_inputs
from reconciliation.adapters.store import Store
from reconciliation.errors import ReconciliationError
from tests.memory_s3 import MemoryS3
from tests.report_files.day import PublishedDay, refused, tipo_1

LONG = "x" * 60_000


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr(report_inputs, "ROWS_BYTES_MAX", 20_000)
    return Store(MemoryS3())


@pytest.mark.parametrize(
    ("rows", "rejects"),
    [
        ([tipo_1(LONG, "F1", 2)], []),
        ([tipo_1(f"O{number}", "F1", number) for number in range(2, 200)], []),
        ([], [refused(number, "F1") for number in range(2, 200)]),
    ],
    ids=["one long row, small once compressed", "many rows", "many refused lines"],
)
def test_it_is_refused_with_a_code(store: Store, rows: list[dict[str, Any]], rejects: list[Any]) -> None:
    day = PublishedDay(store, rows, rejects)
    with pytest.raises(ReconciliationError, match="Athena") as refusal:
        day.make_report()
    assert refusal.value.code == "REPORT_FAILED"
    assert "relatorio.html" not in day.report()
