"""The Spark session that starts beside the copy of the base, which one reader makes without it."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from threading import Thread
from typing import Final

from glue_jobs.executor import Executor
from glue_jobs.log import failure

PATIENCE_S: Final = 30
"""For a session that still starts when the block has failed: it ends better once it is there."""


@contextmanager
def starting(
    executor: Callable[[], Executor], get_ready: Callable[[int], None], partitions: int, patience_s: float
) -> Iterator[Future[Executor]]:
    """The session to come, whose workers have made themselves ready as many times as there are partitions.

    Where the block fails, and the session too, the log has the session's failure.
    """
    session = Future[Executor]()
    # a daemon: the process may end though the session never comes
    Thread(target=_start, args=(session, executor, get_ready, partitions), daemon=True).start()
    try:
        yield session
    except BaseException as exc:
        wait([session], patience_s)
        failed = session.exception() if session.done() else None
        if failed and failed is not exc:
            failure("session_failed", failed, "RECONCILIATION_FAILED")
        raise


def check(session: Future[Executor]) -> None:
    """Raises the failure of a session that did not start; does not wait for one that may."""
    if session.done():
        session.result()


def _start(
    session: Future[Executor],
    executor: Callable[[], Executor],
    get_ready: Callable[[int], None],
    partitions: int,
) -> None:
    try:
        spread = executor()
        spread.each(range(partitions), get_ready)
    except BaseException as exc:
        session.set_exception(exc)
    else:
        session.set_result(spread)
