"""What a run of the campaign does, drawn from its seed and number alone."""

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from tests.chaos.catalogue import FAULTS

FIRST_DAY = date(2030, 1, 1)
_DAYS, _APART = 8_000, 40
"""Days so far apart that none is among another's days before."""
PAIRS, LATE = 0.35, 0.2
REAL_EVERY = 8
"""Every so many-th run has real Spark."""


@dataclass(frozen=True)
class Drawn:
    """A fault's name and moment: its request is held while the fault is made, or goes on, and that
    comes so many seconds later.
    """

    fault: str
    moment: str
    is_held: bool
    after_s: float


@dataclass(frozen=True)
class Plan:
    """A run: its day, its file's size and skew, how it is started, its faults."""

    seed: int
    run: int
    day: date
    rows: int
    skew: float
    is_real: bool
    is_event: bool
    """Started by the upload's event, or by hand."""
    is_late: bool
    """Whether an operator comes hours after an alert."""
    drawn: tuple[Drawn, ...]

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "day": str(self.day)}


def draw(seed: int, run: int) -> Plan:
    """Each block of as many runs as there are faults has every fault once as its first."""
    names = sorted(FAULTS)
    Random(f"{seed}/block {run // len(names)}").shuffle(names)
    dice = Random(f"{seed}/{run}")
    first = names[run % len(names)]
    others = [name for name in sorted(FAULTS) if name != first]
    chosen = [first, *([dice.choice(others)] if dice.random() < PAIRS else [])]
    return Plan(
        seed=seed,
        run=run,
        day=FIRST_DAY + timedelta(days=_APART * (run % _DAYS)),
        rows=dice.choice((1_000, 1_000, 1_200, 2_000)),
        skew=dice.choice((0.0,) * 6 + (0.9,)),
        is_real=run % REAL_EVERY == REAL_EVERY - 1,
        is_event=dice.random() < 0.7,
        drawn=tuple(_drawn(name, dice) for name in chosen),
        is_late=dice.random() < LATE,
    )


def _drawn(name: str, dice: Random) -> Drawn:
    fault = FAULTS[name]
    moment, is_held = dice.choice(fault.at), dice.random() < 0.5 and not fault.waits
    return Drawn(name, moment, is_held, after_s=round(dice.choice((0.0, dice.random())), 2))
