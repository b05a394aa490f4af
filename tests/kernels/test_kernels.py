"""The kernels by themselves: columns decide nothing that the rules would not, money is exact, hashes stay."""

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciliation.config import Rules
from reconciliation.kernels.classify import classify
from reconciliation.kernels.duplicates import resolve
from reconciliation.kernels.lines import parse_lines
from reconciliation.kernels.money import cents, decimal, total
from reconciliation.kernels.partition import partition_of, split
from reconciliation.kernels.schemas import BASE, REJECTS, VALID
from reconciliation.plan import KEY_HASH
from tests.kernels.decided import decided

GOOD = "F1;O1;Ana;PETR4;2026-02-16;10.50"
PIECES = (";", '"', " ", "\t", "O1", "é", "‐", "\u00ad", "\u00a0", "字", "2026-02-16", "2026-02-30", "10.50",
          "10,50", "-0.00", "1e3", "9" * 17, "10.555", "10.500", "\x7f", "\u0085", "F1")  # fmt: skip
fields = st.lists(st.sampled_from(PIECES[1:]), max_size=4).map("".join)
lines = st.one_of(
    st.just(GOOD),
    st.lists(st.sampled_from(PIECES), max_size=16).map("".join),
    st.tuples(st.integers(0, 5), fields).map(
        lambda edit: ";".join(edit[1] if n == edit[0] else field for n, field in enumerate(GOOD.split(";")))
    ),
)


@pytest.mark.parametrize("separator", [".", ","])
@given(texts=st.lists(lines, max_size=8), first_line=st.integers(2, 10**9), crlf=st.booleans())
def test_columns_decide_what_the_rules_decide(
    texts: list[str], first_line: int, crlf: bool, separator: str
) -> None:
    wanted_rows, wanted_rejects = decided(texts, first_line, separator)
    data = "".join(text + ("\r\n" if crlf else "\n") for text in texts).encode()
    valid, rejects = parse_lines(data, first_line, Rules(decimal_separator=separator))
    assert valid.rows() == wanted_rows
    assert rejects.rows() == wanted_rejects


@example([10**18 - 1] * 20)
@given(st.lists(st.one_of(st.none(), st.integers(-(10**18) + 1, 10**18 - 1)), max_size=50))
def test_money_is_exact_beyond_64_bits(amounts: list[int | None]) -> None:
    series = pl.Series("cents", amounts, dtype=pl.Int64)
    assert total(series) == sum(amount or 0 for amount in amounts)
    published = pl.DataFrame(series).select(decimal(pl.col("cents"), 18)).to_series().to_list()
    assert published == [None if n is None else Decimal(n).scaleb(-2) for n in amounts]
    texts = pl.DataFrame({"t": [None if d is None else str(d) for d in published]}, schema={"t": pl.String})
    assert texts.select(cents(pl.col("t"))).to_series().to_list() == amounts


def test_a_keys_partition_never_changes() -> None:
    """Written once from zlib's crc32: another hash would send committed parts elsewhere.

    It is the one that the fingerprint names, so intermediate data of another are never gone on from.
    """
    assert KEY_HASH.__name__ == "crc32"
    keys = pl.Series(["", "ORD-1", "ord-1", "ção", None])
    assert partition_of(keys, 2**31).to_list() == [0, 2078441573, 576472767, 1944452944, 0]
    hashed = [KEY_HASH((key or "").encode()) % 2**31 for key in keys]
    assert hashed == partition_of(keys, 2**31).to_list()


@given(st.lists(st.text(max_size=5), max_size=60), st.integers(1, 9))
def test_every_row_goes_to_one_partition(keys: list[str], partitions: int) -> None:
    frame = pl.DataFrame(
        {"ordem_id": keys, "n": range(len(keys))}, schema={"ordem_id": pl.String, "n": pl.Int64}
    )
    parts = split(frame, partitions)
    assert sorted(n for _, part in parts for n in part["n"]) == list(range(len(keys)))
    for where, part in parts:
        assert set(partition_of(part["ordem_id"], partitions)) == {where}


def test_a_base_row_of_another_date_is_nobodys_divergence() -> None:
    """The reader brings only rows in scope; the rule is the classifier's all the same."""
    base = pl.DataFrame([("F", "K", "", "A", date(2026, 2, 15), 100)], schema=BASE, orient="row")
    found = classify(VALID.to_frame(), REJECTS.to_frame(), base, date(2026, 2, 16), "J")
    assert (found.divergences.height, found.base_in_scope) == (0, 0)


@given(st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from((1, 1, 1, 2))), max_size=12))
def test_each_line_that_says_what_another_said_names_the_one_that_counts(said: list[tuple[str, int]]) -> None:
    rows = [
        ("F", key, "", "A", date(2026, 2, 16), cents, linha) for linha, (key, cents) in enumerate(said, 2)
    ]
    found = resolve(pl.DataFrame(rows, schema=VALID, orient="row"))
    wanted = []
    for key in {key for key, _ in said}:
        lines = [linha for linha, (other, _) in enumerate(said, 2) if other == key]
        if len({cents for other, cents in said if other == key}) == 1:
            wanted += [(linha, lines[0]) for linha in lines[1:]]
    assert found.identical.rows() == sorted(wanted)
    assert found.valid.height + found.conflicts.height + found.identical_count == len(said)
