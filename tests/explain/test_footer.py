"""Footers that were altered: refused, or the rows are those of the sound object; nothing else ever comes."""

import polars as pl
import pytest
from botocore.exceptions import ClientError
from hypothesis import example, given
from hypothesis import strategies as st

from reconciliation.explaining.footer import NotParquet, footer_of, length_of
from reconciliation.explaining.parquet import Reading, keys_of, rows_with
from reconciliation.kernels.codec import to_parquet
from reconciliation.kernels.schemas import VALID
from reconciliation.layout import Location
from tests.cases.case import DAY
from tests.explain.days import Ran

WHERE = Location("intermediate", "part.parquet")
ROWS = [("F1", f"ORD-{number:03d}", "Ana", "PETR4", DAY, 100 + number, number) for number in range(40)]
KEYS = [row[1] for row in ROWS]


def sound() -> bytes:
    """A part of four row groups."""
    return to_parquet(pl.DataFrame(ROWS, VALID, orient="row"), {"identical": "none"}, group_rows=10)


SOUND = sound()
FOOTER_BYTES = length_of(SOUND)


def rows_of(body: bytes, key: str) -> list[dict[str, object]] | None:
    """None where the object is refused. Any other exception is the test's failure."""
    ran = Ran()
    ran.store.put(WHERE, body)
    try:
        matches = rows_with(Reading(ran.store), WHERE, key, VALID)
        assert keys_of(Reading(ran.store), WHERE, pl.col("ordem_id") == key, among=[key]) == [
            str(row["ordem_id"]) for row in matches.rows
        ]
    except NotParquet:
        return None
    return matches.rows


def bounds(body: bytes) -> list[tuple[bytes | None, bytes | None]]:
    groups = footer_of(body, len(body)).groups
    return [(group.chunk("ordem_id").least, group.chunk("ordem_id").greatest) for group in groups]


changed = st.lists(
    st.tuples(st.integers(0, FOOTER_BYTES - 1), st.integers(1, 255)), min_size=1, max_size=3, unique_by=min
)


@given(changed, st.sampled_from([*KEYS[::3], "ORD-0", "ZZZ"]))
@example([(273, 1)], "ORD-000")  # the least key of a group, one greater
def test_an_altered_footer_is_refused_or_says_the_same(changes: list[tuple[int, int]], key: str) -> None:
    """A bound that was altered, and is one still, may hide a row: `footer_of` says why it cannot know."""
    body = bytearray(SOUND)
    for at, bits in changes:
        body[len(SOUND) - FOOTER_BYTES + at] ^= bits
    rows, right = rows_of(bytes(body), key), rows_of(SOUND, key)
    if rows is not None and rows != right:
        assert rows == []
        assert bounds(bytes(body)) != bounds(SOUND)


@given(st.integers(0, len(SOUND)), st.integers(0, len(SOUND)))
@example(0, 0)
def test_of_a_part_of_an_object_nothing_is_said(first: int, end: int) -> None:
    assert rows_of(SOUND[first:end], "ORD-017") is None or (first, end) == (0, len(SOUND))


@pytest.mark.parametrize("size_bytes", [0, FOOTER_BYTES, FOOTER_BYTES + 1000])
def test_columns_that_end_within_the_footer_are_none(size_bytes: int) -> None:
    assert footer_of(SOUND, len(SOUND)).groups
    with pytest.raises(NotParquet):
        footer_of(SOUND, size_bytes)


def test_s3_has_no_last_bytes_of_an_empty_object() -> None:
    """What the store reads of it all the same is nothing, which is no Parquet."""
    ran = Ran()
    ran.store.put(WHERE, b"")
    with pytest.raises(ClientError, match="InvalidRange"):
        ran.s3.get_object(Bucket=WHERE.bucket, Key=WHERE.key, Range="bytes=-8")
    assert rows_of(b"", "ORD-017") is None


def test_a_file_without_keys_or_with_keys_of_another_type_is_refused() -> None:
    frame = pl.DataFrame(ROWS, VALID, orient="row")
    for other in (frame.drop("ordem_id"), frame.with_columns(ordem_id=pl.lit(7)), frame.drop("nome")):
        assert rows_of(to_parquet(other), "ORD-017") is None, other.columns


@pytest.mark.parametrize("later", range(1, 3))
def test_an_object_that_goes_between_two_reads_is_gone(later: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever read is the one that finds nothing."""
    ran, count = Ran(), 150_000
    frame = pl.DataFrame({"ordem_id": [f"{n * 2654435761 % 10**9:09d}" for n in range(count)]})
    ran.store.put(WHERE, to_parquet(frame))
    reading, reads = Reading(ran.store), []
    whole = reading.range

    def going(*args: object, **more: object) -> bytes:
        reads.append(args)
        if len(reads) == later:
            ran.s3.objects.clear()
        return whole(*args, **more)

    monkeypatch.setattr(reading, "range", going)
    key, schema = str(frame["ordem_id"][0]), pl.Schema(frame.schema)
    assert rows_with(reading, WHERE, key, schema) is None
    assert len(reads) == later
