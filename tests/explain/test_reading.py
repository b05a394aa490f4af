"""What is read of an object to find a key in it, and which other spellings of one are sought."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation.explaining.parquet import END_BYTES, Reading, rows_with
from reconciliation.explaining.spellings import SPELLINGS_MAX, spellings
from reconciliation.kernels.codec import to_parquet
from reconciliation.layout import Location
from tests.explain.days import Ran

keys = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=255)


@given(st.lists(keys, min_size=1, max_size=40, unique=True), st.integers(1, 7), st.data())
def test_any_key_is_found_by_the_bounds_of_its_row_group(
    held: list[str], group_rows: int, data: st.DataObject
) -> None:
    """Of all characters and lengths; a key that is not there is found nowhere."""
    ran, where = Ran(), Location("intermediate", "part.parquet")
    frame = pl.DataFrame({"ordem_id": held, "linha": range(len(held))})
    some_sorted = frame.sort("ordem_id") if len(held) % 2 else frame
    ran.store.put(where, to_parquet(some_sorted, group_rows=group_rows))
    sought = data.draw(st.one_of(st.sampled_from(held), keys))
    found = rows_with(Reading(ran.store), where, sought, frame.schema)
    assert found
    wanted = [{"ordem_id": key, "linha": linha} for linha, key in enumerate(held) if key == sought]
    assert found.rows == wanted


def test_of_a_large_object_only_what_can_hold_the_key_is_read() -> None:
    ran, where, rows = Ran(), Location("intermediate", "part.parquet"), 300_000
    frame = pl.DataFrame(
        {
            "ordem_id": [f"ORD-{n:07d}" for n in range(rows)],
            "nome": [f"{n * 2654435761 % 10**9}" for n in range(rows)],
        }
    )
    body = to_parquet(frame)
    ran.store.put(where, body)
    sizes = []
    for sought in ("ORD-0000007", "ORD-0250000", "ZZZ"):
        reading = Reading(ran.store)
        found = rows_with(reading, where, sought, frame.schema)
        assert found
        assert len(found.rows) == (sought != "ZZZ")
        sizes.append(reading.size_bytes)
    assert max(sizes) < len(body) * 0.7 + END_BYTES
    assert sizes[-1] == END_BYTES, "the footer alone says that it is not there"


@given(keys)
def test_other_spellings_are_others_and_few(key: str) -> None:
    found = spellings(key)
    assert len(found) == len(set(found)) <= SPELLINGS_MAX
    assert key not in found


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ORD-12345", "ord-12345"), ("ord_12345", "ORD-12345"), ("ORD12345", "ORD-12345"),
        ("ORD-12345", "ORD12345"),
        ("ORD-00012345", "ORD-12345"), ("ORD-12345", "ORD-00012345"), ("ord 012345", "ORD-12345"),
        ("A/07-B", "A07B"), ("12345", "0012345"),
    ],
)  # fmt: skip
def test_what_is_often_meant_is_among_them(typed: str, meant: str) -> None:
    assert meant in spellings(typed)
