"""Who is absent is decided over the whole day, however it is split; money beyond 64 bits is exact."""

from collections import Counter
from datetime import date

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from glue_jobs.suppliers import summary_suppliers
from reconciliation.documents.summary import AbsentSupplier, Supplier
from reconciliation.kernels.schemas import BASE, REJECTS, SUPPLIERS, VALID
from reconciliation.kernels.suppliers import absent, added_up, tally

DAY = date(2026, 2, 16)
NAMES = ("F1", "f1", "F2", "é", "e\u0301", "F 3", "")
names = st.sampled_from(NAMES)
amounts = st.sampled_from([0, 1, -1, 10**18 - 1, 1 - 10**18])
rows = st.lists(st.tuples(names, st.one_of(st.none(), amounts), st.integers(0, 4)), max_size=12)
refused_lines = st.lists(st.tuples(st.one_of(st.none(), names), st.integers(0, 4)), max_size=6)


def part(
    valid: list[tuple[str, int]], refused: list[str | None], base: list[tuple[str, int]]
) -> pl.DataFrame:
    return tally(
        pl.DataFrame(
            [(s, f"O{n}", "", "A", DAY, c or 0, n) for n, (s, c) in enumerate(valid)], VALID, orient="row"
        ),
        pl.DataFrame([(n, "E_COLS", "", None, s) for n, s in enumerate(refused)], REJECTS, orient="row"),
        pl.DataFrame([(s, f"O{n}", "", "A", DAY, c) for n, (s, c) in enumerate(base)], BASE, orient="row"),
    )


@given(valid=rows, refused=refused_lines, base=rows, partitions=st.integers(1, 5))
def test_suppliers_are_the_same_however_the_day_is_split(
    valid: list[tuple[str, int, int]],
    refused: list[tuple[str | None, int]],
    base: list[tuple[str, int, int]],
    partitions: int,
) -> None:
    parts = [
        part(
            [(s, c) for s, c, at in valid if at % partitions == where],
            [s for s, at in refused if at % partitions == where],
            [(s, c) for s, c, at in base if at % partitions == where],
        )
        for where in range(partitions)
    ]
    found = added_up(parts)
    keys, in_base = Counter(s for s, *_ in valid), Counter(s for s, *_ in base)
    lines = Counter(s for s, _ in refused if s is not None)
    everyone = sorted(keys.keys() | in_base.keys() | lines.keys(), key=str.encode)
    assert found.rows() == [
        (
            s,
            keys[s],
            sum(c or 0 for name, c, _ in valid if name == s),
            lines[s],
            in_base[s],
            sum(c or 0 for name, c, _ in base if name == s),
        )
        for s in everyone
    ]
    nowhere = {s for s in in_base if s and not keys[s] and not lines[s]}
    assert set(absent(found)["fornecedor_id"]) == nowhere


def test_the_summary_lists_the_largest_and_counts_the_rest() -> None:
    everyone = pl.DataFrame(
        [(f"F{n:05d}", 0, 0, 0, 1 + n // 1000, 10**30) for n in range(99_999)]
        + [("x" * 70_000, 1, 7, 0, 500, 2)],
        SUPPLIERS,
        orient="row",
    )
    suppliers = summary_suppliers(everyone)
    assert (len(suppliers["suppliers"]), len(suppliers["suppliers_absent"].largest)) == (1_000, 10)
    assert suppliers["suppliers"][0].fornecedor_id == "x" * 255
    assert suppliers["suppliers"][1] == Supplier(
        fornecedor_id="F99000", file_keys=0, file_cents=0, refused_lines=0, base_rows=100, base_cents=10**30
    )
    left_out, missing = suppliers["suppliers_left_out"], suppliers["suppliers_absent"]
    assert (left_out.suppliers, left_out.base_cents) == (99_000, 99_000 * 10**30)
    assert (missing.suppliers, missing.base_cents) == (99_999, 99_999 * 10**30)
    assert missing.largest[0] == AbsentSupplier(fornecedor_id="F99000", base_rows=100, base_cents=10**30)
