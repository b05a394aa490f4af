"""All the Spark there is: the two expressions by which units of work are spread over workers."""

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from py4j.protocol import Py4JJavaError
from pyspark.sql import SparkSession

from glue_jobs.credentials import METADATA_VARIABLES
from glue_jobs.executor import Blob, Result, Unit
from reconciliation.errors import Code, ReconciliationError, error, is_code

_FAILED = "failed"
_OF_A_TASK = "PythonException: Traceback (most recent call last):"


class TaskFailed(Exception):
    """What AWS said to a task at its last try. Py4J would end the traceback with words of its own."""


@dataclass(frozen=True)
class _Failed:
    """A failure that has a code, as a result: raised in a task, Spark would try it four times over."""

    code: Code
    message: str


class SparkExecutor:
    """Each worker process is one core, so Polars gets one thread there; its AWS clients are of `region`,
    and ask for their credentials as the driver does.

    What `spark.executorEnv` says goes to the workers with every task (PySpark's `SparkContext.environment`),
    so it holds whoever starts the executors, and whatever these inherit.
    """

    def __init__(self, region: str) -> None:
        regions = {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}
        wanted = {"POLARS_MAX_THREADS": "1", **regions, **METADATA_VARIABLES}
        settings = {f"spark.executorEnv.{name}": value for name, value in wanted.items()}
        self._context = SparkSession.builder.config(map=settings).getOrCreate().sparkContext
        if not wanted.items() <= self._context.environment.items():
            raise RuntimeError("a Spark session was there before, whose workers have another environment")

    def exchange(
        self,
        units: Sequence[Unit],
        read: Callable[[Unit], Iterable[tuple[int, Blob]]],
        write: Callable[[int, Iterator[Blob]], Result],
        partitions: int,
    ) -> list[Result]:
        blobs = self._spread(units).flatMap(_reading(read, partitions)).partitionBy(partitions, int)
        return _checked(blobs.mapPartitionsWithIndex(_writing(write)))

    def each(self, items: Sequence[Unit], work: Callable[[Unit], Result]) -> list[Result]:
        return _checked(self._spread(items).map(_working(work)))

    def _spread(self, items: Sequence[Any]) -> Any:
        return self._context.parallelize(items, max(1, len(items)))


def _spare_what_stays() -> None:
    """PySpark's daemon collects garbage after each task: a twentieth of a second for what was imported alone.

    It did so just before this task, so all that is there by now is in use.
    """
    gc.freeze()


def _reading(
    read: Callable[[Any], Iterable[tuple[int, Blob]]], partitions: int
) -> Callable[[Any], Iterator[tuple[int, Blob]]]:
    """What fails of one unit fails every partition: none is written without that unit's rows."""

    def task(unit: Any) -> Iterator[tuple[int, Blob]]:
        _spare_what_stays()
        try:
            yield from read(unit)
        except ReconciliationError as exc:
            failed = Blob(_FAILED, f"{exc.code} {exc}".encode())
            yield from ((where, failed) for where in range(partitions))

    return task


def _writing(write: Callable[[int, Iterator[Blob]], Any]) -> Callable[[int, Any], Iterator[Any]]:
    def task(partition: int, pairs: Iterator[tuple[int, Blob]]) -> Iterator[Any]:
        yield _working(lambda blobs: write(partition, blobs))(_arrived(pairs))

    return task


def _arrived(pairs: Iterator[tuple[int, Blob]]) -> Iterator[Blob]:
    for _, blob in pairs:
        if blob.kind == _FAILED:
            code, message = blob.data.decode().split(" ", 1)
            assert is_code(code), "as _reading writes it"
            raise error(code, message)
        yield blob


def _working(work: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def task(item: Any) -> Any:
        _spare_what_stays()
        try:
            return work(item)
        except ReconciliationError as exc:
            return _Failed(exc.code, str(exc))

    return task


def _checked(computed: Any) -> list[Any]:
    """All results. Raises a task's failure: one with a code as it was, AWS's as TaskFailed."""
    try:
        results: list[Any] = computed.collect()
    except Py4JJavaError as exc:
        if said := _said_by_aws(str(exc)):
            raise TaskFailed(said) from exc
        raise
    for result in results:
        if isinstance(result, _Failed):
            raise error(result.code, result.message)
    return results


def _said_by_aws(failure: str) -> str | None:
    """How the task's traceback ends, where boto3 raised that: any other library's text may quote a row.

    Spark has the whole traceback in its exception's text, before the first frame of Java's own.
    """
    traceback = failure.partition(_OF_A_TASK)[2].partition("\n\tat ")[0]
    last = next((line for line in reversed(traceback.splitlines()) if line.strip()), "")
    return last if last.startswith(("botocore.", "boto3.")) else None
