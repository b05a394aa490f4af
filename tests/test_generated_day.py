"""The generated day: its closed form is what the oracle makes of its rows, and its bytes never change."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from collections.abc import Iterable
from datetime import date

import pytest

from local.generated_day import GeneratedDay
from local.mix import Expected
from tests.generated import base_rows
from tests.oracle import reconcile
from tests.oracle_file import Outcome


def _measured(outcome: Outcome) -> Expected:
    lines, cents, found = outcome.lines, outcome.cents, outcome.divergences
    return Expected(
        **lines,
        file_cents=cents["file"],
        base_cents=cents["base"],
        difference_cents=cents["difference"],
        rejects_by_code=dict(Counter(reject.codigo for reject in outcome.rejects)),
        motives=dict(Counter(row["motivo"] for row in found)),
        fields=_named(row["campos_divergentes"] for row in found),
        unseen=_named(row["campos_so_invisiveis"] for row in found),
        warnings=outcome.warnings,
    )


def _named(lists: Iterable[str]) -> dict[str, int]:
    return dict(Counter(name for names in lists for name in names.split(",") if name))


@pytest.mark.parametrize(
    "day",
    [
        GeneratedDay(1_000),
        GeneratedDay(1_999, skew=0.9),
        GeneratedDay(3_001, reference_date=date(2025, 1, 1)),
        GeneratedDay(2_500, base_factor=3),
        GeneratedDay(20_000, skew=0.5),
        GeneratedDay(7),
    ],
    ids=repr,
)
def test_closed_form_is_what_the_oracle_finds(day: GeneratedDay) -> None:
    file = b"".join(day.csv_chunks())
    assert file.count(b"\n") == day.rows + 1
    outcome = reconcile(file, base_rows(day), day.reference_date)
    assert outcome.code is None
    assert _measured(outcome) == day.expected()


def test_a_day_has_about_five_percent_divergences_of_every_kind() -> None:
    expected = GeneratedDay(1_000_000).expected()
    assert 0.045 < expected.divergences / expected.valid_keys < 0.055
    assert expected.rejected / expected.data_lines < 0.02
    assert len({expected.tipo_1, expected.tipo_2, expected.tipo_3}) == 3
    assert expected.motives.keys() == {
        "AUSENTE_NA_BASE", "AUSENTE_NO_CSV", "LINHA_REJEITADA", "DUPLICATA_CONFLITANTE", "CAMPOS",
    }  # fmt: skip
    assert len(expected.fields) == 5


def test_same_arguments_same_bytes_and_skew_moves_suppliers_only() -> None:
    even, skewed = (b"".join(GeneratedDay(5_000, skew=skew).csv_chunks()) for skew in (0, 0.9))
    assert b"".join(GeneratedDay(5_000).csv_chunks()) == even
    suppliers = Counter(line.split(b";")[0] for line in skewed.splitlines()[1:])
    assert 0.85 < suppliers[b"12345"] / 5_000 < 0.95
    assert [line.split(b";")[1:] for line in even.splitlines()] == [
        line.split(b";")[1:] for line in skewed.splitlines()
    ]


def test_base_factor_adds_earlier_dates_and_keeps_keys_unique() -> None:
    rows = base_rows(GeneratedDay(2_000, base_factor=4))
    assert len({row.ordem_id for row in rows}) == len(rows)
    dates = Counter(row.data for row in rows)
    assert all(dates[date(2026, 2, day)] >= 2_000 for day in (13, 14, 15))


def test_a_long_day_is_streamed() -> None:
    day = GeneratedDay(10_000_000, base_factor=2)
    tracemalloc.start()
    try:
        for chunks in (day.csv_chunks(), day.base_chunks()):
            for _, _ in zip(range(20), chunks, strict=False):
                pass
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak_bytes < 20_000_000


@pytest.mark.parametrize(("rows", "skew", "base_factor"), [(0, 0, 1), (10, 1.5, 1), (10, 0, 0)])
def test_impossible_days_are_refused(rows: int, skew: float, base_factor: int) -> None:
    with pytest.raises(ValueError, match="a day has at least"):
        GeneratedDay(rows, skew=skew, base_factor=base_factor)
