"""What stands in the place of a file with a wrong name."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from reconciliation.lifecycle.recovering import is_in_its_place
from reconciliation.objects import Listed

SENT = datetime(2026, 2, 16, 9, tzinfo=UTC)
WRONG = Listed("16-02-2026/input.csv", '"a"', 1_000, SENT)


def test_a_folder_of_a_day_is_that_day_s() -> None:
    wrong = replace(WRONG, key="2026-02-16/input_16.CSV")
    keys = ("2026-02-16/input.csv", "2026-02-15/input.csv")
    assert [is_in_its_place(Listed(key, '"b"', 1_000, SENT), wrong) for key in keys] == [True, False]


@pytest.mark.parametrize(
    ("key", "size_bytes", "after", "expected"),
    [
        ("2026-02-16/input.csv", 1_000, timedelta(minutes=9), True),
        ("2026-02-16/renamed.csv", 1_000, timedelta(hours=17), True),
        ("2026-02-16/input.csv", 1_001, timedelta(minutes=9), False),
        ("2026-02-15/input.csv", 1_000, -timedelta(hours=24), False),
        ("2026-02-17/input.csv", 1_000, timedelta(hours=24), False),  # the next day's, as long by chance
        ("16-02-2026/other.csv", 1_000, timedelta(minutes=9), False),
    ],
)
def test_what_is_in_its_place(key: str, size_bytes: int, after: timedelta, expected: bool) -> None:
    assert is_in_its_place(Listed(key, '"b"', size_bytes, SENT + after), WRONG) is expected
