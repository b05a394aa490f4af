"""The driver's own exchange does what Spark's does, and what is read ahead is what would have been read."""

import os
import resource
import threading
import time
from collections.abc import Iterator

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from glue_jobs.ahead import ahead
from glue_jobs.executor import Blob, DriverExchange, PlainExecutor
from glue_jobs.parts import read_all, read_together
from reconciliation import layout
from reconciliation.adapters.store import Store
from reconciliation.errors import ReconciliationError, error
from reconciliation.kernels.codec import to_parquet
from reconciliation.layout import Location
from reconciliation.objects import StoredObject
from tests.memory_s3 import MemoryS3

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


def test_a_day_has_more_partitions_than_a_process_may_have_files() -> None:
    pairs = [(where, Blob("a", b"%d" % where)) for where in range(200)]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir("/proc/self/fd")) + 20, hard))
    try:
        found = DriverExchange().exchange([pairs], iter, arrived, 200)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert found == [(where, [blob]) for where, blob in pairs]


@pytest.mark.parametrize(("cores", "threads"), [(1, 1), (3, 3), (64, 8)])
def test_threads_are_the_processs_cores_and_few_enough_for_the_connections(
    cores: int, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _process: set(range(cores)))
    monkeypatch.setattr(os, "cpu_count", lambda: 64)
    seen: set[int] = set()

    def write(_where: int, _blobs: Iterator[Blob]) -> None:
        seen.add(threading.get_ident())
        time.sleep(0.02)

    DriverExchange().exchange([[]], iter, write, 20)
    assert len(seen) == threads


class CountingStore(Store):
    asked = 0

    def get(self, where: Location, version_id: str | None = None) -> StoredObject | None:
        self.asked += 1
        return super().get(where, version_id)


def test_parts_are_read_as_they_are_used() -> None:
    store, prefix = CountingStore(MemoryS3()), Location("b", "p/")
    for where in range(40):
        store.put(layout.part(prefix, where), b"%d" % where)
    parts = read_all(store, prefix, 40)
    first = next(parts)
    time.sleep(0.05)
    assert store.asked <= 8
    assert [first, *parts] == [b"%d" % where for where in range(40)]


class MeetingStore(Store):
    """Answers once three have asked."""

    def __init__(self) -> None:
        super().__init__(MemoryS3())
        self.asking = threading.Barrier(3, timeout=10)

    def get(self, where: Location, version_id: str | None = None) -> StoredObject | None:
        self.asking.wait()
        return super().get(where, version_id)


def test_the_parts_of_a_partition_are_asked_for_at_once() -> None:
    store, frame = MeetingStore(), pl.DataFrame({"a": [1], "b": [2]})
    wanted = [Location("b", name) for name in "xyz"]
    for where in wanted:
        store.put(where, to_parquet(frame))
    first, *others = read_together(store, [(wanted[0], ["a"]), *((where, None) for where in wanted[1:])])
    assert first.columns == ["a"]
    assert all(other.equals(frame) for other in others)


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
