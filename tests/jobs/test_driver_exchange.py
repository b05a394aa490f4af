"""The driver's own exchange does what Spark's does, and what is read ahead is what would have been read."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_jobs.ahead import ahead
from glue_jobs.executor import Blob, DriverExchange, PlainExecutor
from reconciliation.errors import ReconciliationError, error

PAIRS = st.tuples(st.integers(0, 3), st.builds(Blob, st.sampled_from("ab"), st.binary(max_size=20)))


def arrived(where: int, blobs: Iterator[Blob]) -> tuple[int, list[Blob]]:
    return where, list(blobs)


@given(st.lists(st.lists(PAIRS)))
def test_every_blob_comes_to_its_partition_as_it_was(units: list[list[tuple[int, Blob]]]) -> None:
    wanted = PlainExecutor().exchange(units, iter, arrived, 4)
    assert DriverExchange().exchange(units, iter, arrived, 4) == wanted


def test_a_partition_that_is_refused_refuses_all() -> None:
    def refuse(where: int, _blobs: Iterator[Blob]) -> None:
        if where == 2:
            raise error("E_BASE_DUP_OR_NULL_KEY", "twice")

    with pytest.raises(ReconciliationError, match="twice"):
        DriverExchange().exchange([[]], iter, refuse, 4)


def made(upto: int, seen: list[int]) -> Iterator[int]:
    for number in range(upto):
        seen.append(number)
        yield number
    raise ValueError("no more")


def test_one_is_made_ahead_and_failures_come_where_they_would() -> None:
    taken: list[int] = []
    with pytest.raises(ValueError, match="no more"), ahead(made(3, [])) as numbers:
        taken.extend(numbers)
    seen: list[int] = []
    with ahead(made(3, seen)) as numbers:
        assert next(numbers) == 0
    assert seen == [0, 1], "nothing is made once the block is left"
