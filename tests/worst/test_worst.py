"""Each of the worst days, a small one, through the jobs' own functions: it ends as it must.

`python -m tests.worst` runs large ones on the local stack, and measures.
"""

from datetime import date
from decimal import Decimal

import pytest

from reconciliation.config import Rules
from reconciliation.errors import ReconciliationError
from tests.jobs.whole_day import run_day
from tests.oracle import BaseRow
from tests.worst.days import DAYS, Worst

_ROWS = 40
_ROWS_OF_LONG_LINES = 70_000


def base_row(line: str) -> BaseRow:
    *texts, data, valor = line.split(";")
    return BaseRow(*texts, date.fromisoformat(data), Decimal(valor))


@pytest.mark.parametrize("day", DAYS, ids=lambda day: day.name)
def test_a_worst_day_ends_as_it_must(day: Worst) -> None:
    rows = _ROWS_OF_LONG_LINES if day.ends == "E_LINE_TOO_LONG" else _ROWS
    file = "".join(day.file_text(rows)).encode()
    _, *base = "".join(day.base_text(rows)).splitlines()
    try:
        found = run_day(file, [*map(base_row, base)], Rules(), cut_bytes=10_000)
    except ReconciliationError as exc:
        assert exc.code == day.ends
        return
    assert day.ends == "SUCCEEDED"
    assert tuple(found.summary["types"].values()) == day.types(day.lines(rows))
