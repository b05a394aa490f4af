"""How units of work are spread: two expressions, one exchange and one map.

Spark runs them in the jobs (`glue_jobs.spark`), but for an exchange whose one reader is the driver itself:
that is `DriverExchange`'s. `PlainExecutor` runs the same functions in one process, for tests and tools.
"""

import os
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import IO, Final, NamedTuple, Protocol, TypeVar

_BUFFERED_BYTES: Final = 1024 * 1024

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

    So memory holds as many partitions as there are cores, however long the day is.
    """

    def exchange(
        self,
        units: Sequence[Unit],
        read: Callable[[Unit], Iterable[tuple[int, Blob]]],
        write: Callable[[int, Iterator[Blob]], Result],
        partitions: int,
    ) -> list[Result]:
        with ExitStack() as files, ThreadPoolExecutor(os.cpu_count()) as pool:
            waiting = [
                _Waiting(files.enter_context(TemporaryFile(buffering=_BUFFERED_BYTES)))
                for _ in range(partitions)
            ]
            for unit in units:
                for partition, blob in read(unit):
                    waiting[partition].add(blob)
            return list(pool.map(lambda where: write(where, waiting[where].blobs()), range(partitions)))


class _Waiting:
    """A partition's blobs, in a file without a name, which is gone with the process."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._kinds_and_lengths: list[tuple[str, int]] = []

    def add(self, blob: Blob) -> None:
        self._kinds_and_lengths.append((blob.kind, self._file.write(blob.data)))

    def blobs(self) -> Iterator[Blob]:
        self._file.seek(0)
        for kind, length in self._kinds_and_lengths:
            yield Blob(kind, self._file.read(length))
