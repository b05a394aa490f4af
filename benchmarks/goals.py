"""What a run of the benchmark must hold, as ratios within it and as memory; seconds are shown, never judged.

A second is the machine's own affair: ratios to what ran beside it, on the same data, are not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from benchmarks.others import PEERS

PUBLISHED, OURS, WORK = "ours, upload to published", "ours, with report and alert", "ours, the jobs' work"
WORK_PROVED = f"{WORK}, keys proved"
MILLION = 1_000_000
Medians = Mapping[str, Mapping[str, float]]
"""Of each contestant, by figure."""


@dataclass(frozen=True)
class Goal:
    """`value` must be at most `limit`, on a day of so many lines (0: of any); it may need who did not run."""

    says: str
    rows: int
    limit: float
    value: Callable[[Medians], float | None]
    binds: bool = True


def _ratio(one: str, other: str, figure: str = "wall_s") -> Callable[[Medians], float | None]:
    return lambda found: found[one][figure] / found[other]["wall_s"] if {one, other} <= found.keys() else None


def _to_best_spark(found: Medians) -> float | None:
    walls = [row["wall_s"] for name, row in found.items() if name in PEERS and PEERS[name].is_spark]
    return found[PUBLISHED]["wall_s"] / min(walls) if walls else None


def _peak_mb(found: Medians) -> float:
    """End to end, as jobs run: the work's one session does what is three jobs' own, and holds more."""
    return found[OURS]["peak_mb"]


GOALS = (
    Goal("G1: published, of spark-extension's job", MILLION, 1, _ratio(PUBLISHED, "spark-extension, diff")),
    Goal("G1: published, of datacompy's on Spark", MILLION, 1 / 3, _ratio(PUBLISHED, "datacompy, Spark")),
    Goal("G2: the jobs' work, of the bare Polars script", MILLION, 2.5, _ratio(WORK, "Polars")),
    Goal("G2: the jobs' work, of the bare Polars script", 10 * MILLION, 1.8, _ratio(WORK, "Polars")),
    Goal("G2: of a base that proves its keys", MILLION, 2.5, _ratio(WORK_PROVED, "Polars"), binds=False),
    Goal("G2: of a base that proves its keys", 10 * MILLION, 1.8, _ratio(WORK_PROVED, "Polars"), binds=False),
    Goal("G3: published, of the best Spark peer's bare job", 10 * MILLION, 0.5, _to_best_spark),
    Goal("G3: memory end to end, all processes but the database, MB", 10 * MILLION, 2_000, _peak_mb),
    Goal("G3: published, s", MILLION, 10, lambda found: found[PUBLISHED]["wall_s"], binds=False),
    Goal("G5: a resume after 75 %, of the jobs' work", 0, 0.4, _ratio(WORK, WORK, "resume_s")),
    Goal("G7: end to end, of its 20 minutes, s", 0, 1_200, lambda found: found[OURS]["wall_s"], binds=False),
)


def judged(found: Medians, rows: int) -> tuple[list[str], bool]:
    """A line for each goal of such a day, and whether all hold that bind: what was not measured binds not."""
    lines, all_hold = [], True
    for goal in GOALS:
        if goal.rows not in (0, rows):
            continue
        value = goal.value(found)
        if value is None:
            lines.append(f"not measured: {goal.says}")
            continue
        holds = value <= goal.limit
        all_hold &= holds or not goal.binds
        said = ("holds" if holds else "MISSED") if goal.binds else "shown"
        lines.append(f"{said}: {goal.says}: {value:.4g}, at most {goal.limit:.4g}")
    return lines, all_hold
