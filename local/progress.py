"""How far a run is, by what it has committed to S3 and nothing else: a killed job shows as no movement."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from tqdm import tqdm

from reconciliation import layout
from reconciliation.adapters.aws_errors import AWS_ERRORS
from reconciliation.adapters.days import Days
from reconciliation.adapters.store import Store
from reconciliation.checkpoint import progress
from reconciliation.day import PUBLISHED, Day
from reconciliation.deployment import BUCKETS
from reconciliation.lifecycle.evidence import gather
from reconciliation.plan import Plan
from reconciliation.wording import STAGES, number

LOOK_S = 1.0
"""How often S3 is asked."""
_BAR = "{desc} |{bar:30}| {n_fmt} de {total_fmt} partições{postfix}"


@dataclass(frozen=True)
class Standing:
    """Of a stage's partitions so many are committed; `lines` of the file's `total_lines` are settled."""

    stage: str
    done: int
    partitions: int
    lines: int
    total_lines: int

    def __str__(self) -> str:
        return f"{self.stage}: {self.done} de {self.partitions} partições{self.in_lines}"

    @property
    def in_lines(self) -> str:
        return f", {number(self.lines)} de {number(self.total_lines)} linhas" if self.lines else ""


def standing(store: Store, day: Day) -> Standing | None:
    """None before the file was inspected. Raises ValueError where what stands there cannot be read."""
    bucket = BUCKETS["intermediate"]
    stored = store.document(layout.plan(bucket, day.day, day.fingerprint)) if day.fingerprint else None
    if stored is None:
        return None
    plan = stored.read_as(Plan)
    evidence = gather(store, plan)
    lines = progress(evidence).processed_lines or 0
    done = len(evidence.done)
    if evidence.stage == "validation":
        validated = (layout.partition_of_part(item.key) for item in store.list(plan.paths.validated))
        done = sum(partition is not None for partition in validated)
    elif evidence.stage == "output":
        done = plan.partitions
    stage = "publicado" if day.state == PUBLISHED else STAGES[evidence.stage]
    return Standing(stage, done, plan.partitions, lines, plan.data_lines)


def looking(s3: Any, day: str) -> Callable[[], Standing | None]:
    """How far the run is that holds that day; None where it cannot be told at the moment."""
    store = Store(s3)

    def look() -> Standing | None:
        try:
            held = Days(store, BUCKETS["checkpoints"]).read(day)
            return standing(store, held.day) if held and held.day.holder else None
        except (*AWS_ERRORS, ValueError):
            return None

    return look


def room() -> dict[str, int]:
    """For tqdm: where a terminal tells no size (a container's, `script`'s) it cuts its bar, or draws none."""
    try:
        is_told = os.get_terminal_size(sys.stdout.fileno()).columns > 0
    except OSError:  # no terminal
        is_told = True
    return {} if is_told else {"ncols": 120, "nrows": 2}


def say(*lines: str) -> None:
    """Each on a line of its own, above the bar where there is one."""
    for line in lines:
        tqdm.write(line, file=sys.stdout)
        sys.stdout.flush()


@dataclass
class Bar(AbstractContextManager["Bar"]):
    """On a terminal one bar, which stays below what is said; elsewhere a line whenever the run has moved."""

    look: Callable[[], Standing | None]
    every_s: float = LOOK_S
    _bar: Any = None
    _last: Standing | None = None
    _due: float = field(default=0.0)

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def move(self) -> None:
        """Asks at most once in `every_s`."""
        if time.monotonic() < self._due:
            return
        seen = self.look()
        self._due = time.monotonic() + self.every_s
        if seen is None or seen == self._last:
            return
        self._last = seen
        if not sys.stdout.isatty():
            say(f"{'':9}  {seen}")
            return
        if self._bar is None:
            self._bar = tqdm(total=seen.partitions, file=sys.stdout, leave=False, bar_format=_BAR, **room())
        self._bar.total, self._bar.n = seen.partitions, seen.done
        self._bar.set_description_str(f"{seen.stage:<11}", refresh=False)
        self._bar.set_postfix_str(seen.in_lines.removeprefix(", "), refresh=False)
        self._bar.refresh()
