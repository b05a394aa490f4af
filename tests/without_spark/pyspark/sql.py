"""What the jobs ask of Spark, without a JVM: for tests whose subject is not Spark (`tests/sparks.py`).

As Spark in local mode on two cores: tasks run in two processes of Python that are not the driver's forks, so
that they have nothing of its state; functions travel by cloudpickle; a task is tried four times; what failed
then is a Py4JJavaError, with the task's traceback where Spark has it. A worker that dies fails the job.
"""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import chain, pairwise
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any

from py4j import protocol

from pyspark import cloudpickle

CORES, TRIES = 2, 4
_OF_A_WORKER = "spark.executorEnv."
_FAILURE = """\
An error occurred while calling z:org.apache.spark.api.python.PythonRDD.collectAndServe.
: org.apache.spark.SparkException: Job aborted due to stage failure: Task {} failed {} times: \
org.apache.spark.api.python.PythonException: Traceback (most recent call last):
{}
\tat nobody.knows(None.java:0)
"""
Stage = Callable[[int, Iterator[Any]], Iterable[Any]]


class Py4JJavaError(protocol.Py4JJavaError):  # type: ignore[misc]
    """Its text is there, with no JVM to be asked for it."""

    def __init__(self, text: str) -> None:
        Exception.__init__(self, text)

    def __str__(self) -> str:
        return str(self.args[0])


Py4JJavaError.__module__ = protocol.__name__  # as a traceback names it


@dataclass(frozen=True)
class RDD:
    """Lazy, as Spark's: nothing runs before `collect`."""

    context: "SparkContext"
    partitions: Callable[[], list[Sequence[Any]]]
    stage: Stage = lambda _, items: items

    def map(self, work: Callable[[Any], Any]) -> "RDD":
        return self.mapPartitionsWithIndex(lambda _, items: map(work, items))

    def flatMap(self, work: Callable[[Any], Iterable[Any]]) -> "RDD":  # noqa: N802 - Spark's
        return self.mapPartitionsWithIndex(lambda _, items: chain.from_iterable(map(work, items)))

    def mapPartitionsWithIndex(self, work: Stage) -> "RDD":  # noqa: N802 - Spark's
        before = self.stage
        stage: Stage = lambda where, items: work(where, iter(before(where, items)))  # noqa: E731
        return RDD(self.context, self.partitions, stage)

    def partitionBy(self, count: int, of: Callable[[Any], int]) -> "RDD":  # noqa: N802 - Spark's
        def shuffled() -> list[Sequence[Any]]:
            arrived: list[list[Any]] = [[] for _ in range(count)]
            for key, value in self.collect():
                arrived[of(key) % count].append((key, value))
            return list(arrived)

        return RDD(self.context, shuffled)

    def collect(self) -> list[Any]:
        return list(chain.from_iterable(self.context.run(self.stage, self.partitions())))


class SparkContext:
    """`environment` is what the workers have beside the driver's."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment

    def parallelize(self, items: Sequence[Any], slices: int) -> RDD:
        ends = [len(items) * number // slices for number in range(slices + 1)]
        return RDD(self, lambda: [items[a:b] for a, b in pairwise(ends)])

    def run(self, stage: Stage, partitions: list[Sequence[Any]]) -> list[list[Any]]:
        tasks = [cloudpickle.dumps((stage, where, items)) for where, items in enumerate(partitions)]
        with ThreadPoolExecutor(CORES) as pool:
            return list(pool.map(partial(_result, self._idle), range(len(tasks)), tasks))

    @cached_property
    def _idle(self) -> SimpleQueue[Connection]:
        """The workers, which bring with them what the job has imported of its own code."""
        pairs, idle = [socket.socketpair() for _ in range(CORES)], SimpleQueue[Connection]()
        theirs = [end.fileno() for _, end in pairs]
        modules = [name for name in sys.modules if name.startswith("glue_jobs.")]
        subprocess.Popen(
            [sys.executable, "-m", "pyspark.workers", *map(str, theirs), *modules],
            env={**os.environ, **self.environment}, pass_fds=theirs, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        for ours, end in pairs:
            idle.put(Connection(ours.detach()))
            end.close()
        return idle


def _result(idle: SimpleQueue[Connection], where: int, task: bytes) -> list[Any]:
    worker, answer = idle.get(), None
    try:
        for _ in range(TRIES):
            worker.send_bytes(task)
            is_done, answer = worker.recv()
            if is_done:
                return list(answer)
    finally:
        idle.put(worker)
    raise Py4JJavaError(_FAILURE.format(where, TRIES, answer))


class _Builder:
    def __init__(self) -> None:
        self._settings: dict[str, str] = {}
        self._session: SparkSession | None = None

    def config(self, *, map: Mapping[str, str]) -> "_Builder":  # noqa: A002 - Spark's
        self._settings |= map
        return self

    def getOrCreate(self) -> "SparkSession":  # noqa: N802 - Spark's
        if self._session is None:
            given = {
                name.removeprefix(_OF_A_WORKER): value
                for name, value in self._settings.items()
                if name.startswith(_OF_A_WORKER)
            }
            print('Setting default log level to "WARN".', file=sys.stderr)  # a job's error log is never empty
            self._session = SparkSession(SparkContext(given))
        return self._session


@dataclass(frozen=True)
class SparkSession:
    sparkContext: SparkContext  # noqa: N815 - Spark's
    builder = _Builder()
