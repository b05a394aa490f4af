"""A job's log on standard output: one JSON object a line, and whose it is. No row, no name, no secret."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from reconciliation.errors import STAGE_FAILED, Code, ReconciliationError, Stage

_run: dict[str, str] = {}
"""Stage, job and attempt, on each line; a process belongs to one run."""


def run_job(stage: Stage, main: Callable[[Sequence[str]], None], argv: Sequence[str]) -> None:
    """A job from its arguments to its end. A failure is a line with ERROR in it, and goes on as it is."""
    given = dict(pairwise(argv))
    _run.update({"stage": stage, "job_id": given.get("--job_id", ""), "attempt": given.get("--attempt", "")})
    fact("job_started")
    try:
        main(argv)
    except BaseException as exc:
        failure("job_failed", exc, STAGE_FAILED[stage])
        raise
    fact("job_succeeded")


def failure(event: str, exc: BaseException, otherwise: Code) -> None:
    """What failed, by its code, or by `otherwise` and its kind: a library's text may quote a row."""
    if isinstance(exc, ReconciliationError):
        _line("ERROR", event, {"code": exc.code, "message": str(exc)})
    else:
        _line("ERROR", event, {"code": otherwise, "kind": type(exc).__name__})


def fact(event: str, **values: Any) -> None:
    """What happened and how much; `partition` where it is about one."""
    _line("INFO", event, values)


@contextmanager
def timed(event: str, **values: Any) -> Iterator[dict[str, Any]]:
    """Says the event with its `elapsed_s` once it succeeded; more values may be added on the way."""
    began, said = time.monotonic(), dict(values)
    yield said
    fact(event, **said, elapsed_s=round(time.monotonic() - began, 3))


def _line(level: str, event: str, values: dict[str, Any]) -> None:
    line = {"time": datetime.now(UTC).isoformat(timespec="milliseconds"), "level": level, "event": event}
    print(json.dumps({**line, **_run, **values}, ensure_ascii=False), flush=True)  # noqa: T201 - Glue's log
