"""Child processes of the stack. Each leads a session, and dies when the stack does, however that dies."""

import ctypes
import os
import signal
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen, TimeoutExpired
from typing import IO

import psutil

_PR_SET_PDEATHSIG = 1
_set_process_option = getattr(ctypes.CDLL(None), "prctl", None)  # Linux only
# Linux takes the *thread* that forked for the parent: children must not die with a request's thread.
_forker = ThreadPoolExecutor(1, "forker")
_living: set[Popen[bytes]] = set()
_lock = threading.Lock()


def start(
    command: Sequence[str], environment: Mapping[str, str], directory: Path, *, output: int | IO[bytes] = PIPE
) -> Popen[bytes]:
    """A child without stdin, whose stdout and stderr are to be read, unless both go to `output`."""

    def fork() -> Popen[bytes]:
        return Popen(
            command,
            cwd=directory,
            env=environment,
            stdin=DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            preexec_fn=_die_with_the_stack,  # noqa: PLW1509 - calls one C function, takes no lock
        )

    child = _forker.submit(fork).result()
    with _lock:
        _living.add(child)
    return child


def stop(child: Popen[bytes], grace_s: float = 0) -> int:
    """SIGTERM if there is grace, then SIGKILL, to the whole session. Answers with the exit code."""
    if grace_s:
        _signal_session(child.pid, signal.SIGTERM)
        with suppress(TimeoutExpired):
            child.wait(grace_s)
    _signal_session(child.pid, signal.SIGKILL)
    code = child.wait()
    with _lock:
        _living.discard(child)
    return code


def stop_all() -> None:
    with _lock:
        living = list(_living)
    for child in living:
        stop(child)


def _signal_session(leader: int, number: signal.Signals) -> None:
    """By session, since PySpark's workers leave the process group; again, for those forked meanwhile."""
    for _ in range(3 if number is signal.SIGKILL else 1):
        members = [pid for pid in psutil.pids() if _session_of(pid) == leader]
        for pid in members:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        if not members:
            return


def _session_of(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return None


def _die_with_the_stack() -> None:
    if _set_process_option:
        _set_process_option(_PR_SET_PDEATHSIG, signal.SIGKILL)
