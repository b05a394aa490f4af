"""A day of more rows than the report's maker may hold is published, and its report refused with a code."""

from typing import Any

import pytest

from reconciliation.adapters.store import Store
from reconciliation.errors import ReconciliationError
from tests.memory_s3 import MemoryS3
from tests.report_files.day import PublishedDay, refused, tipo_1

LONG = "x" * 60_000


@pytest.mark.parametrize(
    ("rows", "rejects"),
    [
        ([tipo_1(LONG, "F1", 2)], []),
        ([tipo_1(f"O{number}", "F1", number) for number in range(2, 200)], []),
        ([], [refused(number, "F1") for number in range(2, 200)]),
    ],
    ids=["one long row, small once compressed", "many rows", "many refused lines"],
)
def test_it_is_refused_with_a_code(rows: list[dict[str, Any]], rejects: list[Any]) -> None:
    day = PublishedDay(Store(MemoryS3()), rows, rejects)
    with pytest.raises(ReconciliationError, match="Athena") as refusal:
        day.make_report(rows_bytes_max=20_000)
    assert refusal.value.code == "REPORT_FAILED"
    assert "relatorio.html" not in day.report()
