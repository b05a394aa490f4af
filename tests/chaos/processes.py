"""What becomes of processes: killed, stopped, without memory, disk or files."""

import os
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import psutil

from tests.chaos.fault import (
    AFTER,
    DIED,
    STAGES,
    Count,
    Fault,
    Make,
    codes,
    for_seconds,
    once,
    shown_by_its_code,
)
from tests.chaos.moments import ANY, IN_JOBS
from tests.chaos.scene import Scene

_SLEEP_S = 2.0
_8_MB = 8 << 20


def _of_jobs(scene: Scene) -> list[psutil.Process]:
    """The job's that runs, the driver first; none between two of them."""
    found = scene.hurt.processes()
    return sorted(found, key=lambda process: (os.getsid(process.pid) != process.pid, process.pid))


def _of_functions(scene: Scene) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["environ"]):
        variables = process.info["environ"] or {}
        if (
            variables.get("HOME") == str(scene.hurt.stack.directory)
            and "AWS_LAMBDA_FUNCTION_NAME" in variables
        ):
            found.append(process)
    return found


def _signal(processes: list[psutil.Process], number: signal.Signals) -> int:
    """Answers how many were there."""
    there = 0
    for process in processes:
        with suppress(psutil.NoSuchProcess, ProcessLookupError):
            os.kill(process.pid, number)
            there += 1
    return there


def _kill_driver(scene: Scene) -> int:
    return _signal(_of_jobs(scene)[:1], signal.SIGKILL)


def _kill_worker(scene: Scene) -> int:
    return _signal(scene.dice.sample(_of_jobs(scene)[1:], 1) if _of_jobs(scene)[1:] else [], signal.SIGKILL)


def _kill_all(scene: Scene) -> int:
    return _signal(_of_jobs(scene), signal.SIGKILL)


def _terminate(scene: Scene) -> int:
    return _signal(_of_jobs(scene)[:1], signal.SIGTERM)


def _kill_function(scene: Scene) -> int:
    """All that are there: among them is the one that works now, if one does."""
    return _signal(_of_functions(scene), signal.SIGKILL)


def _sleeping(who: Callable[[Scene], list[psutil.Process]]) -> Make:
    @contextmanager
    def make(scene: Scene) -> Iterator[Count]:
        asleep = who(scene)
        count = _signal(asleep, signal.SIGSTOP)
        try:
            yield lambda: count
        finally:
            _signal(asleep, signal.SIGCONT)

    return for_seconds(make, _SLEEP_S)


def _limited(limit: int, room: Callable[[psutil.Process], int]) -> Make:
    """From now on the job's processes may have so much, by `setrlimit(2)`; later ones of its children too."""

    def act(scene: Scene) -> None:
        for process in _of_jobs(scene):
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):  # of one that is going
                process.rlimit(limit, (room(process), resource.RLIM_INFINITY))

    return shown_by_its_code(act)


def _a_bit_more(process: psutil.Process) -> int:
    return int(process.memory_info().vms) + _8_MB


PROCESSES = (
    Fault("a job's driver is killed", once(_kill_driver), IN_JOBS, DIED, AFTER),
    Fault("a job's worker is killed", once(_kill_worker), IN_JOBS, DIED, AFTER),
    Fault("a job's processes are killed", once(_kill_all), IN_JOBS, DIED, AFTER),
    Fault("a job's driver is told to end", once(_terminate), IN_JOBS, DIED, AFTER),
    Fault("a job sleeps for two seconds", _sleeping(_of_jobs), IN_JOBS),
    Fault("a job has no memory any more", _limited(resource.RLIMIT_AS, _a_bit_more),
          IN_JOBS, DIED, AFTER),
    Fault("a job's disk is full", _limited(resource.RLIMIT_FSIZE, lambda _: 0), IN_JOBS, DIED, AFTER),
    Fault("a job can open no file", _limited(resource.RLIMIT_NOFILE, lambda _: 3), IN_JOBS, DIED
          | codes("RDS_UNREACHABLE"), AFTER),
    Fault("the functions are killed", once(_kill_function), ANY, STAGES | codes("FINISH_FAILED"), AFTER,
          told_twice=True),
    Fault("the functions sleep for two seconds", _sleeping(_of_functions), ANY),
)  # fmt: skip
