"""Spark as it is when workers or answers are lost: tasks are done again, and the first may still run."""

from collections.abc import Callable, Iterator

from glue_jobs.executor import Blob, PlainExecutor


class TwiceExecutor(PlainExecutor):
    """Each task is done twice; the second one's answer counts."""

    def exchange(self, units, read, write, partitions):  # type: ignore[no-untyped-def]
        def twice(where: int, blobs: Iterator[Blob]):  # type: ignore[no-untyped-def]
            arrived = list(blobs)
            write(where, iter(arrived))
            return write(where, iter(arrived))

        return super().exchange(
            units, lambda unit: [list(read(unit)) for _ in range(2)][1], twice, partitions
        )

    def each(self, items, work):  # type: ignore[no-untyped-def]
        return [[work(item) for _ in range(2)][1] for item in items]


class LateExecutor(PlainExecutor):
    """A worker that was given up for lost writes once more, when the next step is done."""

    def __init__(self) -> None:
        self._late: list[Callable[[], object]] = []

    def exchange(self, units, read, write, partitions):  # type: ignore[no-untyped-def]
        def kept(where: int, blobs: Iterator[Blob]):  # type: ignore[no-untyped-def]
            arrived = list(blobs)
            self._late.append(lambda: write(where, iter(arrived)))
            return write(where, iter(arrived))

        return super().exchange(units, read, kept, partitions)

    def each(self, items, work):  # type: ignore[no-untyped-def]
        results = super().each(items, work)
        while self._late:
            self._late.pop()()
        return results
