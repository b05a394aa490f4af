"""What moved since the table that was saved last, by more than noise.

The noise is each series' own: how far its runs lie apart. Of fewer than three runs it is not known, and a
tenth is taken. `benchmarks/saved/` is committed, so a change is held against what its parent could do; on
another kind of machine only memory is compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

FIGURES = {"wall_s": "s", "cpu_s": "s CPU", "peak_mb": "MB"}
_OF_MACHINE = ("cpu", "cores", "memory_gb")
_FEW_RUNS, _UNKNOWN_NOISE, _LEAST_NOISE = 3, 0.1, 0.03
Series = Mapping[str, Sequence[Mapping[str, Any]]]
"""The figures of every run, by contestant."""


def compared(saved: Mapping[str, Any] | None, facts: Mapping[str, Any], runs: Series) -> list[str]:
    """Lines for people. `saved` is a table as `table.save` writes it; other days are not comparable."""
    if saved is None or any(
        saved["facts"].get(name) != facts[name] for name in ("rows", "skew", "base_rows")
    ):
        return ["no table of such a day is saved: nothing to compare with (SAVE=1 keeps this one)"]
    is_same = all(saved["facts"].get(name) == facts[name] for name in _OF_MACHINE)
    since = f"since {saved['facts'].get('commit', 'the saved table')} ({saved['facts'].get('date', '')})"
    lines = moved(saved["runs"], runs, tuple(FIGURES) if is_same else ("peak_mb",))
    if not is_same:
        lines.append("the saved table is another machine's: seconds are not compared")
    return [f"{since}: {line}" for line in lines or ["nothing moved by more than noise"]]


def moved(before: Series, now: Series, figures: Sequence[str]) -> list[str]:
    """One line for each figure of a contestant in both whose median moved."""
    lines = []
    for name in (name for name in now if before.get(name)):
        for figure in figures:
            one, other = ([run[figure] for run in series[name]] for series in (before, now))
            old, new = median(one), median(other)
            noise = max(_noise(one), _noise(other))
            if abs(new - old) > noise * old:
                share = f"{new / old - 1:+.0%}, noise {noise:.0%}"
                lines.append(f"{name}: {old:.4g} -> {new:.4g} {FIGURES[figure]} ({share})")
    return lines


def _noise(values: Sequence[float]) -> float:
    """As a share of the median."""
    if len(values) < _FEW_RUNS:
        return _UNKNOWN_NOISE
    return max(_LEAST_NOISE, (max(values) - min(values)) / median(values))
