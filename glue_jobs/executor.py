"""How units of work are spread: two expressions, one exchange and one map.

Spark runs them in the jobs (`glue_jobs.spark`), but for an exchange whose one reader is the driver itself:
that is `DriverExchange`'s. `PlainExecutor` runs the same functions in one process, for tests and tools.
"""

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from tempfile import TemporaryFile
from typing import IO, Final, NamedTuple, Protocol, TypeVar

_BUFFERED_BYTES: Final = 1024 * 1024
_AT_ONCE: Final = 8
"""Of botocore's ten connections."""

Unit = TypeVar("Unit")
Result = TypeVar("Result")


class Blob(NamedTuple):
    """Arrow IPC bytes on their way to a partition; `kind` tells the reader what they hold."""

    kind: str
    data: bytes


class Exchange(Protocol):
    """Results come in the order of the partitions."""

    def exchange(
        self,
        units: Sequence[Unit],
        read: Callable[[Unit], Iterable[tuple[int, Blob]]],
        write: Callable[[int, Iterator[Blob]], Result],
        partitions: int,
    ) -> list[Result]:
        """Each unit's blobs, brought to their partitions in any order; `write` once for each partition."""


class Executor(Exchange, Protocol):
    """Results of `each` come in the order of the items."""

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


class DriverExchange:
    """Units one after the other, here; what is exchanged waits on the disk, and threads write the partitions.

    So memory holds as many partitions as there are cores, however long the day is. All wait in one file: a
    long day has more partitions than a process may have files.
    """

    def exchange(
        self,
        units: Sequence[Unit],
        read: Callable[[Unit], Iterable[tuple[int, Blob]]],
        write: Callable[[int, Iterator[Blob]], Result],
        partitions: int,
    ) -> list[Result]:
        with TemporaryFile(buffering=_BUFFERED_BYTES) as file:
            waiting = _Waiting(file, partitions)
            for unit in units:
                for partition, blob in read(unit):
                    waiting.add(partition, blob)
            file.flush()
            with ThreadPoolExecutor(min(_cores(), _AT_ONCE)) as pool:
                return list(pool.map(lambda where: write(where, waiting.blobs(where)), range(partitions)))


class _Waiting:
    """Each partition's blobs, in a file without a name, which is gone with the process."""

    def __init__(self, file: IO[bytes], partitions: int) -> None:
        self._file, self._end = file, 0
        self._places: list[list[tuple[str, int, int]]] = [[] for _ in range(partitions)]

    def add(self, partition: int, blob: Blob) -> None:
        length = self._file.write(blob.data)
        self._places[partition].append((blob.kind, self._end, length))
        self._end += length

    def blobs(self, partition: int) -> Iterator[Blob]:
        """Of the flushed file, for any thread: no position is shared."""
        for kind, start, length in self._places[partition]:
            yield Blob(kind, os.pread(self._file.fileno(), length, start))


def _cores() -> int:
    """Those that this process may use: `cpu_count` may be its host's."""
    return len(os.sched_getaffinity(0))
