"""How units of work are spread: two expressions, one exchange and one map.

Spark runs them in the jobs (`glue_jobs.spark`); `PlainExecutor` runs the same functions in one process,
for tests and tools.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol, TypeVar

Unit = TypeVar("Unit")
Result = TypeVar("Result")


class Blob(NamedTuple):
    """Arrow IPC bytes on their way to a partition; `kind` tells the reader what they hold."""

    kind: str
    data: bytes


class Executor(Protocol):
    """Results come in the order of the partitions, or of the items."""

    def exchange(
        self,
        units: Sequence[Unit],
        read: Callable[[Unit], Iterable[tuple[int, Blob]]],
        write: Callable[[int, Iterator[Blob]], Result],
        partitions: int,
    ) -> list[Result]:
        """Each unit's blobs, brought to their partitions in any order; `write` once for each partition."""

    def each(self, items: Sequence[Unit], work: Callable[[Unit], Result]) -> list[Result]: ...


class PlainExecutor:
    """One thing after the other, here."""

    def exchange(
        self,
        units: Sequence[Unit],
        read: Callable[[Unit], Iterable[tuple[int, Blob]]],
        write: Callable[[int, Iterator[Blob]], Result],
        partitions: int,
    ) -> list[Result]:
        arrived: dict[int, list[Blob]] = defaultdict(list)
        for unit in units:
            for partition, blob in read(unit):
                arrived[partition].append(blob)
        return [write(partition, iter(arrived.pop(partition, []))) for partition in range(partitions)]

    def each(self, items: Sequence[Unit], work: Callable[[Unit], Result]) -> list[Result]:
        return [work(item) for item in items]
