"""Rows come out of a server as they stand in it, wherever a chunk begins: no reader eats, guesses or cuts."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciliation.adapters.database import texts
from reconciliation.adapters.database.copy import Copied
from reconciliation.errors import ReconciliationError
from reconciliation.kernels.schemas import LINE
from tests.database.bases import rows, snapshot
from tests.database.conftest import DAY, Server
from tests.depth import at_depth

BLANKS = " \t"
BITS = [
    "\ufeff", '"', '""', "'", "\n", "\r", "\r\n", "\t", " ", ",", ";", "\\", "\\\\", "\\.", "\\N", "\\n",
    "\\t", "\\r", "\\b", "\\123", "\\x41",
    "x^", "x\x01", "\x1f\x8b", "#", "\b", "\f", "\v", "\x01", "\x7f", "\x85",
    "\u2028", "\u00a0", "NULL", "null", "NaN", "nan", "true", "1e3", "0x10", "2026-02-16", "a", "ç", "😀", "",
]  # fmt: skip
TEXT = st.lists(st.sampled_from(BITS), max_size=5).map("".join)
ROW = st.tuples(TEXT, TEXT, st.none() | TEXT, st.none() | TEXT)


def escaped(text: str | None) -> str:
    """As PostgreSQL's COPY writes a text; NULL is the empty one."""
    for plain, code in zip("\\\b\f\n\r\t\v", ("\\\\", *(f"\\{letter}" for letter in "bfnrtv")), strict=True):
        text = (text or "").replace(plain, code)
    return text or ""


@given(st.lists(ROW, min_size=1, max_size=8), st.data())
def test_a_frame_does_not_depend_on_its_chunks(drawn: list[tuple[Any, ...]], data: st.DataObject) -> None:
    lines = [("\t".join(map(escaped, (*row, DAY.isoformat(), "1.00"))) + "\n").encode() for row in drawn]
    cuts = sorted(data.draw(st.sets(st.integers(1, len(lines)))) | {0, len(lines)})
    found = [
        row
        for first, end in pairwise(cuts)
        for row in texts.read(Copied(b"".join(lines[first:end])), LINE).rows()
    ]
    assert [tuple(text or "" for text in row) for row in found] == [
        (*(text or "" for text in row), DAY.isoformat(), "1.00") for row in drawn
    ]


@pytest.mark.parametrize(
    ("copied", "code"),
    [
        (b"F\tO1\ta\tA\t2026-02-16\t1\n\nF\tO2\ta\tA\t2026-02-16\t1\n", "UNBALANCED_TOTALS"),
        (b"F\tO1\ta\tA\n", "UNBALANCED_TOTALS"),
        (b"F\tO1\ta\tA\t2026-02-16\t1\r\n", "UNBALANCED_TOTALS"),
        (b"F\tO\xff1\ta\tA\t2026-02-16\t1\n", "E_BASE_SCHEMA"),
    ],
)
def test_what_a_reader_swallows_is_refused(copied: bytes, code: str) -> None:
    """An empty row, a CR before the line feed, a field that is missing: Polars says nothing of any."""
    with pytest.raises(ReconciliationError) as refused:
        texts.read(Copied(copied), LINE)
    assert refused.value.code == code


@pytest.mark.stack
@pytest.mark.deep
@settings(max_examples=at_depth(6), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(ROW, min_size=60, max_size=60))
def test_nasty_texts_come_out_as_they_went_in(server: Server, drawn: list[tuple[Any, ...]]) -> None:
    stored = [
        (supplier, f"{key}-{n}", name, asset, DAY, "1.00")
        for n, (supplier, key, name, asset) in enumerate(drawn)
    ]
    server.execute("DELETE FROM transacoes")
    server.insert(*stored)
    wanted = sorted(
        (*((text or "").strip(BLANKS) for text in (supplier, key, name, asset)), DAY, 100)
        for supplier, key, name, asset, *_ in stored
    )
    for size in (1, 50, 1_000_000):
        with snapshot(server.secret, 60, copied_bytes=size, fetched_rows=size) as base:
            assert rows(base.day_rows(DAY)) == wanted
            keys = [row[1].strip(BLANKS) for row in stored if row[1] == row[1].strip(BLANKS)]
            assert rows(base.rows_of(keys)) == [row for row in wanted if row[1] in set(keys)]
