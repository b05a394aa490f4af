"""The most memory that a process of each kind had while something ran, in MB of PSS."""

import os
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

import psutil

_EVERY_S: Final = 0.2
_ERRORS: Final = (psutil.NoSuchProcess, psutil.AccessDenied, ProcessLookupError)


@contextmanager
def peaks(server: int, job_of: Callable[[str], str]) -> Iterator[dict[str, float]]:
    """Of the processes below that one; `job_of` names the job of a Glue run's id."""
    found: dict[str, float] = defaultdict(float)
    kinds: dict[tuple[int, float, str], str] = {}
    ended = threading.Event()

    def sample() -> None:
        while not ended.wait(_EVERY_S):
            for process in psutil.Process(server).children(recursive=True):
                with suppress(*_ERRORS):
                    key = (
                        process.pid,
                        process.create_time(),
                        process.name(),
                    )  # a fork has its parent's name at first
                    kind = kinds.setdefault(key, "") or _kind(process, job_of)
                    kinds[key] = kind
                    found[kind] = max(found[kind], process.memory_full_info().pss / 1e6)

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        ended.set()
        thread.join()


def _kind(process: psutil.Process, job_of: Callable[[str], str]) -> str:
    variables = process.environ()
    if run := variables.get("GLUE_JOB_RUN_ID"):
        is_driver = os.getsid(process.pid) == process.pid
        part = "jvm" if process.name() == "java" else "driver" if is_driver else "worker"
        return f"{job_of(run)} {part}"
    return variables.get("AWS_LAMBDA_FUNCTION_NAME", process.name())
