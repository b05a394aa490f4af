"""How a day's cost grows: with its lines, its divergences, its partitions, the base, one supplier's share.

    python -m benchmarks.growth [--scale 1] [--only lines] [--save]

Rows of one day share a stack, the small ones come first, and each is kept as it ends, in .local/bench/: a
second call goes on with what is missing, so quarters of an hour add up. Exit code 1: something grows faster
than n log n, or memory by the day and not by the partition. `--scale 0.01` tries it all on hundredths of the
lines, and judges nothing.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import pairwise
from math import log
from pathlib import Path
from statistics import median
from typing import Any, NoReturn

from benchmarks import table
from benchmarks.contestants import Ours, Span, WrongAnswer, scratch
from benchmarks.day import write
from benchmarks.sampler import sampling
from local import mix
from local.base import load_base
from local.generated_day import GeneratedDay
from local.place import DEFAULT_DIRECTORY
from local.stack import StackError, running_stack
from reconciliation.config import Rules

FOLDER = DEFAULT_DIRECTORY / "bench"
MILLION = 1_000_000
SERIES = ("lines", "supplier", "divergences", "partitions", "base")
_FEW_LINES, _RUNS = 3 * MILLION, 3
_NOISE = 1.1
TEN_TIMES, ONE_SUPPLIER, ONE_PARTITION = 10.5, 1.1, 1.25
"""At most, of the work at a million lines, of an even day, and of the memory of a day a third as long."""
Measured = Mapping[str, Mapping[str, Any]]
"""By row: `lines`, `at`, and the figures of `end_to_end` and `work`."""


@dataclass(frozen=True)
class Row:
    """A day, and how a deployment cuts it. `at` is where it stands in its series."""

    series: str
    at: float
    day: GeneratedDay
    partition_lines: int
    min_partitions: int = Rules.min_partitions

    @property
    def name(self) -> str:
        return f"{self.series} {self.at:g}"


def rows(scale: float) -> Iterator[Row]:
    """Lines and base in millions; the base is the day's rows alone, but where it is what grows."""

    def of(share: float) -> int:
        return max(mix.BLOCK_LINES, round(share * scale * MILLION))

    for lines in (0.1, 1, 3, 10, 30):
        yield Row("lines", lines, GeneratedDay(of(lines)), of(1))
    yield Row("supplier", 1, GeneratedDay(of(1), skew=1.0), of(1))
    for share in (0, 0.05, 0.5, 1):
        yield Row("divergences", share, GeneratedDay(of(1), mixed=mix.divergent(share)), of(1))
    for count in (1, 8, 64, 512):
        yield Row("partitions", count, GeneratedDay(of(1)), 10 * MILLION, count)
    for days in (1, 5, 20, 50):
        yield Row("base", days, GeneratedDay(of(1), base_factor=days), of(1))


def by_day(missing: Sequence[Row]) -> list[tuple[GeneratedDay, list[Row]]]:
    """The rows that a stack can measure one after the other; whose base is small, first."""
    found: dict[GeneratedDay, list[Row]] = defaultdict(list)
    for row in missing:
        found[row.day].append(row)
    return sorted(found.items(), key=lambda item: item[0].rows * item[0].base_factor)


@contextmanager
def loaded(day: GeneratedDay, folder: Path) -> Iterator[tuple[Ours, int]]:
    """A stack with the day's base, and its process. Raises StackError."""
    files = write(day, folder / "day", for_peers=False)
    with running_stack(folder / "stack") as stack:
        load_base(stack.base_database_url, files.base)
        files.base.unlink()  # of the disk that this takes, it would be a third
        yield Ours(stack, day, files), int((stack.directory / "lock").read_text())


def measure(row: Row, ours: Ours, server: int) -> dict[str, Any]:
    """Raises WrongAnswer."""
    began, machine = time.monotonic(), table.machine()
    ours.change_rules(
        partition_lines=row.partition_lines, min_partitions=row.min_partitions, max_lines=100 * MILLION
    )
    runs = _RUNS if row.day.rows <= _FEW_LINES else 1
    end_to_end = _figures(ours.end_to_end, server)
    works = [_figures(ours.work, server) for _ in range(runs)]
    work = {name: median(one[name] for one in works) for name in works[0]}
    return {
        "lines": row.day.rows, "at": row.at, "end_to_end": end_to_end, "work": work,
        "took_s": round(time.monotonic() - began),
        **{name: machine[name] for name in ("load_before", "commit", "date")},
    }  # fmt: skip


def _figures(contestant: Any, server: int) -> dict[str, float]:
    with sampling(server) as sampler:
        span: Span = contestant()
    return {**asdict(sampler.between(span.began, span.ended)), **span.parts}


def broken(found: Measured) -> list[str]:
    """What grows faster than it may, of the rows that are there."""
    lines = []
    for series in ("lines", "divergences", "partitions", "base"):
        ordered = sorted(
            (row for name, row in found.items() if name.split()[0] == series), key=lambda row: row["at"]
        )
        for one, other in pairwise(ordered):
            if one["at"] and (faster := _faster(series, one, other)):
                lines.append(faster)
    limits = (
        ("lines 10", "lines 1", "wall_s", TEN_TIMES),
        ("supplier 1", "lines 1", "wall_s", ONE_SUPPLIER),
        ("lines 30", "lines 10", "peak_mb", ONE_PARTITION),
    )
    for name, of, figure, limit in limits:
        if name in found and of in found:
            ratio = found[name]["work"][figure] / found[of]["work"][figure]
            if ratio > limit:
                lines.append(f"{name}: {figure} is {ratio:.2f} times that of {of}, at most {limit}")
    return lines


def _faster(series: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """Whether the second row's work is more than n log n, and noise, above the first's."""
    n, m = (
        row["at"] * row["lines"] if series in ("divergences", "base") else row["at"] for row in (one, other)
    )
    if series == "lines":
        n, m = one["lines"], other["lines"]
    allowed = m * log(m + 1) / (n * log(n + 1)) * _NOISE
    ratio = other["work"]["wall_s"] / one["work"]["wall_s"]
    if ratio <= allowed:
        return ""
    return (
        f"{series} {one['at']:g} to {other['at']:g}: {ratio:.2f} times the work, n log n allows {allowed:.2f}"
    )


def markdown(found: Measured, facts: Mapping[str, Any]) -> str:
    columns = (
        "published s", "with report s", "CPU s", "peak MB", "work s", "CPU s", "peak MB", "µs of work a line",
        "AWS MB", "load before",
    )  # fmt: skip
    lines = ["# How the cost grows", "", f"| | lines | {' | '.join(columns)} |", f"|---|{'---:|' * 11}"]
    for name, row in found.items():
        whole, work = row["end_to_end"], row["work"]
        cells = [f"{one['wall_s']:.1f} | {one['cpu_s']:.1f} | {one['peak_mb']:.0f}" for one in (whole, work)]
        each_us = f"{work['wall_s'] / row['lines'] * 1e6:.2f}"
        more = f"{each_us} | {whole['aws_peak_mb']:.0f} | {row['load_before']}"
        lines.append(
            f"| {name} | {row['lines']:,} | {whole['published_s']:.1f} | {' | '.join(cells)} | {more} |"
        )
    lines += [
        "",
        "`load before` is the machine's, of the minute before the row, what this ran itself included.",
    ]
    return "\n".join([*lines, "", ", ".join(f"{name} {value}" for name, value in facts.items()), ""])


def main() -> int:
    """Answers the exit code."""
    signal.signal(signal.SIGTERM, _interrupted)
    given = _arguments()
    stem = "growth" if given.scale == 1 else f"growth-{given.scale:g}"
    kept = FOLDER / f"{stem}.json"
    FOLDER.mkdir(parents=True, exist_ok=True)
    found: dict[str, Any] = json.loads(kept.read_text())["rows"] if kept.exists() and not given.fresh else {}
    facts = table.machine() | {"scale": given.scale}
    asked = [row for row in rows(given.scale) if given.only in (None, row.series, row.name)]
    try:
        for day, missing in by_day([row for row in asked if row.name not in found]):
            with scratch(FOLDER) as folder, loaded(day, folder) as (ours, server):
                for row in missing:
                    found[row.name] = measured = measure(row, ours, server)
                    kept.write_text(json.dumps({"facts": facts, "rows": found}, indent=1) + "\n")
                    took = f"{measured['work']['wall_s']:.1f} s, in all {measured['took_s']} s"
                    print(f"{row.name}: {took}", flush=True)
    except (WrongAnswer, StackError) as exc:
        print(exc, file=sys.stderr)
        return 1
    found = {row.name: found[row.name] for row in rows(given.scale) if row.name in found}
    text = markdown(found, facts)
    (FOLDER / f"{stem}.md").write_text(text)
    too_fast = broken(found)
    print("\n".join([text, *too_fast] if too_fast else [text, "Nothing measured grows faster than it may."]))
    if given.save:
        table.SAVED.mkdir(exist_ok=True)
        (table.SAVED / f"{stem}.json").write_bytes(kept.read_bytes())
        (table.SAVED / f"{stem}.md").write_text(text)
    return 1 if too_fast and given.scale == 1 else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1)
    parser.add_argument("--only", help=f"a row, or all of {', '.join(SERIES)}")
    parser.add_argument("--fresh", action="store_true", help="measure the rows anew that were kept")
    parser.add_argument("--save", action="store_true", help="the table into benchmarks/saved/")
    given = parser.parse_args()
    if not 0 < given.scale <= 1:
        raise SystemExit(f"SCALE={given.scale:g}: a share of the lines, above 0 and up to 1")
    return given


def _interrupted(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
