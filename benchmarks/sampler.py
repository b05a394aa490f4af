"""What the processes below this one cost, sampled while something runs.

CPU is a process's own time as last seen, memory its proportional share (PSS), so that what workers share
counts once. PostgreSQL and the emulated AWS are told from the contestant: each has its own column. What the
rest of the machine did meanwhile says how far a wall time is to be trusted.

For a PSS the kernel walks a process's page tables, some 15 ms a gigabyte: so a look at memory is followed by
twenty times as long without one, at most by half a second, and the emulated AWS, one process that shares
nothing, is asked for less.
"""

from __future__ import annotations

import bisect
import os
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import psutil

CONTESTANT, AWS, DATABASE, OTHERS = "contestant", "aws", "database", "others"
ROLES = (CONTESTANT, AWS, DATABASE, OTHERS)
INTERVAL_S = 0.1
_REST, _LONGEST_REST_S = 20, 0.5
"""After a look at memory, so many times as long as it took."""


@dataclass(frozen=True)
class Figures:
    """One contestant's whole run, or a part of it."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    aws_cpu_s: float
    aws_peak_mb: float
    database_cpu_s: float
    others_cpu_s: float


@dataclass
class Sampler:
    """`server` is the process id of the emulated AWS."""

    server: int
    _own: int = field(default_factory=os.getpid)
    _at: list[float] = field(default_factory=list)
    _cpu: list[dict[str, float]] = field(default_factory=list)
    _memory: list[dict[str, float]] = field(default_factory=list)
    _last: dict[tuple[int, float], tuple[str, float]] = field(default_factory=dict)
    _ended: threading.Event = field(default_factory=threading.Event)

    def between(self, began: float, ended: float) -> Figures:
        """Of two moments of `time.monotonic`, on this machine's one clock for all processes."""
        first, last = self._index(began), self._index(ended)
        peak: dict[str, float] = defaultdict(float)
        for memory in self._memory[first : last + 1]:
            for role, size_mb in memory.items():
                peak[role] = max(peak[role], size_mb)
        spent = {role: self._cpu[last][role] - self._cpu[first][role] for role in ROLES}
        return Figures(
            wall_s=ended - began,
            cpu_s=spent[CONTESTANT],
            peak_mb=peak[CONTESTANT],
            aws_cpu_s=spent[AWS],
            aws_peak_mb=peak[AWS],
            database_cpu_s=spent[DATABASE],
            others_cpu_s=max(0.0, spent[OTHERS]),
        )

    def _index(self, moment: float) -> int:
        """The last sample not after the moment, or the first there is."""
        return max(0, bisect.bisect_right(self._at, moment) - 1)

    def run(self) -> None:
        due = 0.0
        while not self._ended.wait(INTERVAL_S):
            began = time.monotonic()
            self.sample(with_memory=began >= due)
            if began >= due:
                ended = time.monotonic()
                due = ended + min(_LONGEST_REST_S, _REST * (ended - began))

    def end(self) -> None:
        self._ended.set()

    def sample(self, *, with_memory: bool) -> None:
        memory: dict[str, float] = defaultdict(float)
        for process in psutil.Process(self._own).children(recursive=True):
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                role, times = self._role(process), process.cpu_times()
                key = (process.pid, process.create_time())
                self._last[key] = (role, times.user + times.system)
                if with_memory and role != DATABASE:
                    memory[role] += _held_bytes(process, role) / 1e6
        cpu: dict[str, float] = defaultdict(float)
        for role, spent_s in self._last.values():
            cpu[role] += spent_s
        own = psutil.Process(self._own).cpu_times()
        cpu[OTHERS] = _busy_s() - sum(cpu.values()) - own.user - own.system
        self._at.append(time.monotonic())
        self._cpu.append(cpu)
        self._memory.append(dict(memory))

    def _role(self, process: psutil.Process) -> str:
        if process.pid == self.server:
            return AWS
        return DATABASE if process.name() in ("postgres", "setpriv") else CONTESTANT


def _held_bytes(process: psutil.Process, role: str) -> int:
    return int(process.memory_info().rss if role == AWS else process.memory_full_info().pss)


def _busy_s() -> float:
    """All cores of the machine, since it started."""
    times = psutil.cpu_times()
    return float(sum(times) - times.idle - times.iowait - times.guest - times.guest_nice)


@contextmanager
def sampling(server: int) -> Iterator[Sampler]:
    """Samples until the block ends; a last time there, so that the end is seen."""
    sampler = Sampler(server)
    sampler.sample(with_memory=True)
    thread = threading.Thread(target=sampler.run, daemon=True)
    thread.start()
    try:
        yield sampler
    finally:
        sampler.end()
        thread.join()
        sampler.sample(with_memory=True)
