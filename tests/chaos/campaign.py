"""What the campaign keeps, and its table: each fault, how often it came alone and in pairs, and what came."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Line = dict[str, Any]


def lines_of(results: Path, commit: str) -> list[Line]:
    """Of that commit, the newest of each run."""
    if not results.exists():
        return []
    return list(
        {line["run"]: line for line in parsed(results.read_bytes()) if line["commit"] == commit}.values()
    )


def parsed(lines: bytes) -> list[Line]:
    return [json.loads(line) for line in lines.splitlines()]


def table(lines: Iterable[Line]) -> str:
    """Markdown: a row for each fault."""
    alone: Counter[str] = Counter()
    paired: Counter[str] = Counter()
    made: Counter[str] = Counter()
    met: Counter[str] = Counter()
    ends: dict[str, Counter[str]] = defaultdict(Counter)
    broken: Counter[str] = Counter()
    for line in lines:
        names = [drawn["fault"] for drawn in line["drawn"]]
        for name in names:
            (alone if len(names) == 1 else paired)[name] += 1
            made[name] += name in line["made"]
            met[name] += name in line["met"]
            broken[name] += bool(line["breaks"])
            if len(names) == 1:
                ends[name].update(line["ends"])
    rows = ["| fault | alone | in pairs | made | met | ends, where alone | broke |", f"|{'---|' * 7}"]
    for name in sorted(alone | paired):
        came = ", ".join(f"{code} {times}" for code, times in ends[name].most_common())
        drawn = f"{alone[name]} | {paired[name]} | {made[name]} | {met[name]}"
        rows.append(f"| {name} | {drawn} | {came} | {broken[name]} |")
    return "\n".join(rows)


def in_short(lines: list[Line]) -> str:
    pairs = [line for line in lines if len(line["drawn"]) > 1]
    real = [line for line in lines if line["is_real"]]
    took = sorted(line["seconds"] for line in lines)
    broken = [line for line in lines if line["breaks"]]
    middle = took[len(took) // 2] if took else 0
    met = sum(len(line["met"]) for line in lines)
    return (
        f"{len(lines)} runs, {len(pairs)} of them pairs, {len(real)} with real Spark;"
        f" of {sum(len(line['drawn']) for line in lines)} faults {met} were met;"
        f" half of the runs took {middle:.0f} s or less, the longest {max(took, default=0):.0f} s;"
        f" {len(broken)} broke"
    )


def _reach(name: str, line: Line) -> str:
    return "" if name in line["met"] else ", not met" if name in line["made"] else ", its moment never came"


def told(line: Line) -> str:
    """A run's line on the terminal."""
    faults = " + ".join(
        f"{drawn['fault']} [{drawn['moment']}{_reach(drawn['fault'], line)}]" for drawn in line["drawn"]
    )
    ends = " → ".join(line["ends"])
    head = f"{line['run']:5d} {line['seconds']:5.0f} s  {faults}: {ends}"
    again = f"make chaos SEED={line['seed']} FROM={line['run']} RUNS=1 AGAIN=1"
    return "\n".join([head, *(f"      BREAK {text}" for text in line["breaks"]),
                      *([f"      {again}   # {line['evidence']}"] if line["breaks"] else [])])  # fmt: skip
