"""No answer depends on where a cut falls: what a reader may take for something else, at every place.

The lines of a cut are compared with `reconciliation.line`, which sees one line and knows no reader.
"""

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciliation.config import Rules
from reconciliation.errors import ReconciliationError
from reconciliation.kernels.lines import parse_lines
from tests.kernels.decided import Lines, decided, left_open
from tests.kernels.marks import FIELDS, MARKS

HALVES = (
    'F1;O1;"a',
    'F1;O4;a";A;2026-02-16;4',
    "F1;O2;a;A;2026-02-16;2",
    'a";A;2026-02-16;1',
    '"',
    'a""',
    "b",
)
"""Of records with a newline in a quoted field."""
CHECKOUT = Path(__file__).resolve().parents[2]


@st.composite
def marked_lines(draw: st.DrawFn) -> str:
    """A good line in which some fields are quoted, and marks stand at the ends and inside of some."""
    fields = list(FIELDS)
    for place in draw(st.lists(st.integers(0, 5), max_size=2)):
        mark, field = draw(st.sampled_from(MARKS)), fields[place]
        at = draw(st.sampled_from((0, 1, len(field))))
        fields[place] = field[:at] + mark + field[at:]
    quoted = draw(st.sets(st.integers(0, 5), max_size=3))
    fields = ['"' + f.replace('"', '""') + '"' if n in quoted else f for n, f in enumerate(fields)]
    return draw(st.sampled_from(("", "", *MARKS))) + ";".join(fields)


files = st.lists(st.one_of(marked_lines(), st.sampled_from(("", *MARKS, *HALVES))), min_size=1, max_size=7)


@example(["\ufeff" + ";".join(FIELDS)], [], "\n", True)
@example(["x^" + ";".join(FIELDS)], [], "\n", True)
@given(
    texts=files,
    places=st.lists(st.integers(0, 7)),
    newline=st.sampled_from(("\n", "\r\n")),
    last_ends=st.booleans(),
)
def test_any_cuts_are_one_cut(texts: Lines, places: list[int], newline: str, last_ends: bool) -> None:
    wanted_rows, wanted_rejects = decided(texts, 2)
    lines = [text + newline for text in texts]
    if not last_ends and texts[-1]:
        lines[-1] = texts[-1]
    every = range(len(texts) + 1)
    for cuts in (sorted({0, len(texts), *(place for place in places if place in every)}), every):
        rows: list[Any] = []
        rejects: list[Any] = []
        for start, end in pairwise(cuts):
            data, opened = "".join(lines[start:end]).encode(), left_open(texts)[start]
            valid, refused = parse_lines(data, start + 2, Rules(), opened=opened)
            rows += valid.rows()
            rejects += refused.rows()
        assert (rows, rejects) == (wanted_rows, wanted_rejects)


@pytest.mark.parametrize("mark", ["\ufeff", "x^", "é", '"', " "])
@pytest.mark.parametrize("quoted", [False, True])
def test_inside_a_reader_no_place_is_a_first_one(mark: str, quoted: bool) -> None:
    """More than a reader takes at once, so that each of its pieces begins with the mark somewhere."""
    count = 60_000
    field = f'"{mark.replace(chr(34), chr(34) * 2)}F1"' if quoted or mark == '"' else f"{mark}F1"
    data = "".join(f"{field};O{n};;A;2026-02-16;{n}.5\n" for n in range(count)).encode()
    valid, rejects = parse_lines(data, 2, Rules())
    assert (valid.height, rejects.height) == (count, 0)
    assert valid["fornecedor_id"].unique().to_list() == [f"{mark}F1".lstrip(" ")]
    assert valid["ordem_id"].to_list() == [f"O{n}" for n in range(count)]
    assert valid["linha"].to_list() == list(range(2, count + 2))
    assert int(valid["valor_cents"].sum()) == 100 * (count - 1) * count // 2 + 50 * count


@pytest.mark.parametrize("line", [";".join(FIELDS), ";".join(f'"{field}"' for field in FIELDS)])
@pytest.mark.parametrize("reader", ["read_lines", "read_csv"])
@pytest.mark.parametrize(
    "swallow",
    [
        lambda read: read[1:],
        lambda read: read[:-1],
        lambda read: pl.concat([read, read[-1:]]),
        lambda read: read.with_columns(pl.nth(-1).str.slice(1)),
    ],
    ids=["first row", "last row", "row again", "first character"],
)
def test_what_a_reader_swallows_stops_the_day(
    line: str, reader: str, swallow: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = getattr(pl, reader)
    monkeypatch.setattr(pl, reader, lambda *args, **options: swallow(read(*args, **options)))
    with pytest.raises(ReconciliationError, match="da linha 2 em diante") as stopped:
        parse_lines(f"{line}\n".encode() * 3, 2, Rules())
    assert stopped.value.code == "UNBALANCED_TOTALS"


PROGRAM = """
import hashlib
from reconciliation.config import Rules
from reconciliation.kernels.lines import parse_lines
from tests.kernels.marks import FIELDS, MARKS

lines = [mark + ";".join(("F1", f"O{n}", *FIELDS[2:])) for n in range(500) for mark in MARKS]
valid, rejects = parse_lines("".join(f"{line}\\n" for line in lines).encode(), 2, Rules())
print(hashlib.sha256(repr(valid.rows() + rejects.rows()).encode()).hexdigest(), len(valid), len(rejects))
"""


def test_neither_threads_nor_the_engine_are_asked() -> None:
    """A process each: Polars reads its settings once. The second takes the fewest bytes at a time."""
    settings: tuple[dict[str, str], ...] = (
        {"POLARS_MAX_THREADS": "1", "POLARS_ENGINE_AFFINITY": "in-memory"},
        {"POLARS_MAX_THREADS": "2", "POLARS_FORCE_CSV_INFER_READ_SIZE": "1"},
        {"POLARS_MAX_THREADS": "5", "POLARS_ENGINE_AFFINITY": "streaming"},
    )
    answers = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            cwd=CHECKOUT, env={**os.environ, **setting}, capture_output=True, text=True, check=True,
        ).stdout
        for setting in settings
    ]  # fmt: skip
    assert len(set(answers)) == 1, answers
