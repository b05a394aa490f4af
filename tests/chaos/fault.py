"""A fault as a value."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.chaos.moments import START

if TYPE_CHECKING:
    from tests.chaos.scene import Scene

NOTHING: frozenset[str] = frozenset()
Count = Callable[[], int]
"""How often something met the fault so far: requests, connections, processes, rows that it hurt."""
Make = Callable[["Scene"], AbstractContextManager[Count | None]]
"""How a fault is made, and taken back when the block ends.

None in place of a count: what it does shows only in what is told, by one of the fault's codes.
"""


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong, at one of some moments.

    `make` makes it when the block begins and takes it back at its end: that is when the day's executions are
    over, or `by_person`, once one of them has told of it and a person mends it.
    """

    name: str
    make: Make
    at: tuple[str, ...] = (START,)
    ends: frozenset[str] = NOTHING
    """Codes that an execution may end by because of it. Without any, the day must go on to its end."""
    told: frozenset[str] = NOTHING
    """Codes that people may be told besides."""
    by_person: bool = False
    before: Callable[[Scene], object] | None = None
    """What of the day's start it needs."""
    waits: bool = False
    """Whether it waits for what comes later, so that no request may be held for it."""
    told_twice: bool = False
    """Whether a crash may come between telling and noting that it was told."""


def once(act: Callable[[Scene], int | None]) -> Make:
    """What is done at its moment, and not taken back. `act` answers how much it hurt, or None for one."""

    @contextmanager
    def make(scene: Scene) -> Iterator[Count]:
        times = act(scene)
        yield lambda: 1 if times is None else times

    return make


def shown_by_its_code(act: Callable[[Scene], object]) -> Make:
    """As `once`, where nothing is hurt at once: what was set may matter later, or not."""

    @contextmanager
    def make(scene: Scene) -> Iterator[None]:
        act(scene)
        yield

    return make


def for_seconds(make: Make, seconds: float) -> Make:
    """Taken back by itself so much later, while the run goes on."""

    @contextmanager
    def lasting(scene: Scene) -> Iterator[Count]:
        undo, met = ExitStack(), [0]
        count = undo.enter_context(make(scene))

        def end() -> None:
            met[0] = count() if count else 0
            undo.close()

        timer = threading.Timer(seconds, end)
        timer.start()
        try:
            yield lambda: (timer.join(), met[0])[1]
        finally:
            timer.join()

    return lasting


def codes(*names: str) -> frozenset[str]:
    return frozenset(names)


STAGES = codes("VALIDATION_FAILED", "RECONCILIATION_FAILED", "OUTPUT_FAILED")
"""Where something of a job failed, without a code of its own."""
DIED = STAGES | {"OUT_OF_MEMORY"}
"""Where a job's process is gone."""
AFTER = codes("REPORT_FAILED", "QUICKSIGHT_FAILED", "FINISH_FAILED")
"""What can fail once a day is published."""
