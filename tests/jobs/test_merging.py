"""Sorted parts merged group by group: the rows and the order of the whole, however they are spread."""

import random
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_jobs import reconciliation
from glue_jobs.base_copy import BaseSource
from glue_jobs.executor import PlainExecutor
from glue_jobs.merging import ORDER, SortedPart, group_rows, merged, write_merged
from glue_jobs.parts import commit_part, read_part
from glue_jobs.reconciliation import Fence
from reconciliation.adapters.store import Store
from reconciliation.config import Rules
from reconciliation.contract import HEADER
from reconciliation.kernels.codec import to_parquet
from reconciliation.kernels.schemas import DIVERGENCES
from reconciliation.kernels.weight import Weight
from reconciliation.layout import Location
from tests.jobs.validated import open_base, validated_day
from tests.jobs.whole_day import DAY, run_day
from tests.oracle import BaseRow

KEYS = st.text(st.sampled_from("aZé😀0 '"), min_size=1, max_size=3)
ROWS = st.lists(st.tuples(st.sampled_from(("TIPO_1", "TIPO_2", "TIPO_3")), KEYS), unique=True, max_size=40)


def frame_of(rows: list[tuple[str, str]]) -> pl.DataFrame:
    keys = pl.DataFrame(rows, schema=dict.fromkeys(ORDER, pl.String), orient="row")
    return keys.with_row_index("linha").match_to_schema(
        DIVERGENCES, missing_columns="insert", integer_cast="upcast"
    )


def written(frame: pl.DataFrame, path: Path, group: int | None = None) -> SortedPart:
    weight = Weight.of(frame.lazy())
    path.write_bytes(to_parquet(frame.sort(ORDER), group_rows=group or group_rows(weight)))
    return SortedPart(path, weight)


@given(rows=ROWS, parts=st.integers(1, 6), group=st.integers(1, 9), by_chance=st.randoms())
def test_every_row_comes_once_and_in_its_order(
    rows: list[tuple[str, str]], parts: int, group: int, by_chance: random.Random
) -> None:
    """In parts of any size, empty ones among them, and in groups of any size."""
    shares: list[list[tuple[str, str]]] = [[] for _ in range(parts)]
    for row in rows:
        by_chance.choice(shares).append(row)
    frames = [frame_of(share).sort(ORDER) for share in shares]
    out = list(merged(iter(frame.iter_slices(group)) for frame in frames))
    found = pl.concat([DIVERGENCES.to_frame(), *out])
    assert found.equals(pl.concat([DIVERGENCES.to_frame(), *frames]).sort(ORDER))
    assert all(frame.height <= parts * group for frame in out), "no more is in memory than a group of each"


@pytest.mark.parametrize("parts", [1, 2, 7])
def test_the_bytes_are_the_same_however_many_parts_there_are(tmp_path: Path, parts: int) -> None:
    whole = frame_of([(f"TIPO_{number % 3 + 1}", f"O{number * 7919 % 5000}") for number in range(5000)])
    shares = [whole.gather_every(parts, part) for part in range(parts)]
    some = [
        written(share, tmp_path / f"{place}", 100) for place, share in enumerate([*shares, whole.clear()])
    ]
    assert write_merged(some, tmp_path / "whole") == 5000
    assert pl.read_parquet(tmp_path / "whole").equals(whole.sort(ORDER))
    write_merged([written(whole, tmp_path / "alone", 100)], tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == (tmp_path / "whole").read_bytes()


@given(
    sizes=st.lists(st.sampled_from((1, 300, 60_000)), min_size=1, max_size=200),
    most=st.sampled_from((1_000, 10**6)),
)
def test_no_group_of_rows_is_larger_than_it_may(sizes: list[int], most: int) -> None:
    """Of short rows it is filled; of long ones side by side it is the geometric mean at most."""
    frame = pl.DataFrame({"nome": ["x" * size for size in sizes]})
    weight = Weight.of(frame.lazy())
    weighed = [size + 128 for size in sizes]
    assert (weight.row_bytes, weight.squares) == (sum(weighed), sum(size**2 for size in weighed))
    rows = weight.group_rows(10**6, most)
    groups = [sum(weighed[first : first + rows]) for first in range(0, len(weighed), rows)]
    assert rows == 1 or max(groups) ** 2 <= most * sum(weighed)
    assert len(set(sizes)) > 1 or rows in (1, most // weighed[0])


def test_long_names_make_small_groups(tmp_path: Path) -> None:
    short = frame_of([("TIPO_3", f"O{number}") for number in range(1000)])
    for name, groups in (("x", 1), ("x" * 60_000, 112)):
        part = written(short.with_columns(nome_csv=pl.lit(name)), tmp_path / "part")
        write_merged([part], tmp_path / "out", group_bytes=600_000)
        found = duckdb.sql(f"select max(row_group_id) + 1 from parquet_metadata('{tmp_path / 'out'}')")
        assert found.fetchall() == [(groups,)]


def test_a_day_without_divergences_is_an_object_without_rows(tmp_path: Path) -> None:
    assert write_merged([written(DIVERGENCES.to_frame(), tmp_path / "0")], tmp_path / "whole") == 0
    assert pl.read_parquet(tmp_path / "whole").schema == DIVERGENCES


def test_a_part_that_is_not_sorted_holds_nobody() -> None:
    frame = frame_of([("TIPO_1", "O3"), ("TIPO_1", "O2"), ("TIPO_1", "O1")])
    with pytest.raises(ValueError, match="not sorted"):
        list(merged([iter([frame])]))


def test_what_is_merged_was_committed_in_order() -> None:
    store, plan = validated_day()
    reconciliation.reconcile(
        plan, Fence("checkpoints", 7), BaseSource(open_base), PlainExecutor, lambda: store
    )
    parts = [read_part(store, plan.paths.partial, where) for where in range(plan.partitions)]
    assert sum(part.height for part in parts) == 8
    assert all(part.equals(part.sort(ORDER)) for part in parts)


def test_parts_that_an_earlier_release_left_unsorted_are_the_same_object(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A run goes on from those that it has committed: in their own order, in one row group."""
    lines = [f"F1;O{number * 7 % 40};Ana;PETR4;{DAY};1.00" for number in range(40)]
    file = "\n".join((HEADER, *lines, "")).encode()
    base = [BaseRow("F1", "O0", "Bia", "PETR4", date.fromisoformat(DAY), Decimal("1.00"))]
    usual = run_day(file, base, Rules())
    assert len(usual.divergences) == 40

    def committed_unsorted(
        store: Store, prefix: Location, where: int, frame: pl.DataFrame, about: dict[str, str], *_: object
    ) -> None:
        earlier = {name: value for name, value in about.items() if name != "weight"}
        commit_part(store, prefix, where, frame.reverse(), earlier)

    monkeypatch.setattr(reconciliation, "commit_part", committed_unsorted)
    assert run_day(file, base, Rules()).published_bytes == usual.published_bytes
