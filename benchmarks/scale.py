"""What days beyond today's would take on Glue, from what was measured here.

    python -m benchmarks.scale      # docs/scale.md anew: its rates and its table

What saved tables have is read there, of `make bench` the largest day's; `docs/scale.md` says of each other
constant where it comes from.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import ceil
from typing import Any, Self

from benchmarks.goals import OURS, WORK
from benchmarks.table import SAVED
from local import mix
from local.generated_day import GeneratedDay
from local.place import CHECKOUT

PAGE = CHECKOUT / "docs" / "scale.md"
MILLION = 1_000_000
INSPECTION_MB_PER_S = 150.0
"""InspectFile, one pass."""
DIVERGENT_SHARE = 0.05
START_S, JOBS = 60.0, 3
"""Not measured here: a job from its call to its first line, assumed."""
NOTICED_S = 60.0
"""Nor is this: how late Step Functions may see that a job is over, in a job's first ten minutes."""
CAUTION = 2.0
"""Measured seconds count twice: Glue's vCPU may be slower than a core here, and S3 is across a network."""
USD_PER_DPU_HOUR = 0.44
CORES, LEAST_WORKERS, MOST_WORKERS, MOST_READERS = 4, 2, 50, 16
"""Of a G.1X worker, one DPU; the first of a job's is its driver's."""
WANTED_MINUTES = 10.0
"""Half of the deadline, where that many workers are to be had."""


@dataclass(frozen=True)
class Rates:
    """Of the largest day that `make bench` saved, and of what `make bench-exchange` did.

    Seconds and MB are of a million lines, or of a million divergences where they are of the merge.
    """

    lines: int
    cpu_s: float
    reader_s: float
    peak_mb: float
    said: str
    exchange: Mapping[str, Mapping[str, Any]]

    @classmethod
    @cache
    def saved(cls) -> Self:
        files = [file for file in SAVED.glob("*.json") if file.stem.isdigit()]
        newest = json.loads(max(files, key=lambda file: int(file.stem)).read_text())
        facts, work = newest["facts"], newest["medians"][WORK]
        millions = facts["rows"] / MILLION
        said = f"{facts['date']}, commit {facts['commit']}, base of {facts['base_rows']:,} rows"
        exchange = json.loads((SAVED / "exchange.json").read_text())
        cpu_s, reader_s = work["cpu_s"] / millions, work["base_copied"] / millions
        return cls(facts["rows"], cpu_s, reader_s, newest["medians"][OURS]["peak_mb"], said, exchange)

    @property
    def merge_s(self) -> float:
        return float(self.exchange["merge"]["cpu_s"]) / self._divergences

    @property
    def merge_mb(self) -> float:
        return float(self.exchange["merge"]["peak_mb"]) / self._divergences

    @property
    def exchange_s(self) -> float:
        return float(self.exchange["exchange"]["cpu_s"]) / float(self.exchange["facts"]["lines"]) * MILLION

    @property
    def _divergences(self) -> float:
        return float(self.exchange["exchange"]["divergences"]) / MILLION


@cache
def line_bytes() -> float:
    """Of a generated day's line, somewhere in a long one."""
    block = b"".join(GeneratedDay(1_000 * mix.BLOCK_LINES).csv_blocks(500, 1))
    return len(block) / block.count(b"\n")


@dataclass(frozen=True)
class Day:
    """Minutes from upload to published object, and what Glue bills, with so many workers and readers."""

    lines: int
    workers: int
    readers: int

    @property
    def inspection_s(self) -> float:
        return CAUTION * self.lines * line_bytes() / 1e6 / INSPECTION_MB_PER_S

    @property
    def merge_s(self) -> float:
        return CAUTION * Rates.saved().merge_s * self.lines * DIVERGENT_SHARE / MILLION

    @property
    def work_s(self) -> float:
        """Of the jobs, their starts apart: spread over the cores, then the reader's and the driver's own."""
        cores = CORES * (self.workers - 1)
        millions = self.lines / MILLION
        rates = Rates.saved()
        each = rates.cpu_s / cores + rates.reader_s / self.readers
        return CAUTION * millions * each + self.merge_s

    @property
    def minutes(self) -> float:
        """The last job publishes by itself, whoever notices its end."""
        waits_s = JOBS * START_S + (JOBS - 1) * NOTICED_S
        return (self.inspection_s + self.work_s + waits_s) / 60

    @property
    def usd(self) -> float:
        """Two jobs with all workers, and the output job with two for a minute, the least that is billed."""
        spread_s = self.workers * (self.work_s + (JOBS - 1) * START_S)
        return (spread_s + 2 * START_S) / 3600 * USD_PER_DPU_HOUR


def planned(lines: int) -> Day:
    """With the fewest workers, then readers, that come within half of the deadline; else with the most."""
    for readers in (1, 4, MOST_READERS):
        for workers in (*range(LEAST_WORKERS, 10), *range(10, MOST_WORKERS + 1, 5)):
            day = Day(lines, workers, readers)
            if day.minutes <= WANTED_MINUTES:
                return day
    return Day(lines, MOST_WORKERS, MOST_READERS)


def table() -> str:
    """Markdown."""
    lines = [
        "| lines a day | file GB | workers (G.1X) | base readers | inspection s | jobs' work s |"
        " of which merge s | minutes with starts and waits | USD a day |",
        f"|---|{'---:|' * 8}",
    ]
    for millions in (1, 10, 30, 100, 1_000):
        day = planned(millions * MILLION)
        name = f"{millions:,} million" + (" **(extrapolated)**" if millions == 1_000 else "")
        sizes = f"{day.lines * line_bytes() / 1e9:.2g} | {day.workers} | {day.readers}"
        seconds = f"{day.inspection_s:.0f} | {day.work_s:.0f} | {day.merge_s:.0f}"
        lines.append(f"| {name} | {sizes} | {seconds} | {ceil(day.minutes)} | {day.usd:.2f} |")
    return "\n".join(lines)


def rates() -> str:
    """Markdown: the rows of the rates that a saved table has."""
    known = Rates.saved()
    exchanged, merged, tried = (known.exchange[name] for name in ("exchange", "merge", "facts"))
    where = f"[saved](../benchmarks/saved/{known.lines}.md), {known.said}"
    said = {
        "CPU of all jobs' processes, both sides of a day": (
            f"{known.cpu_s:.2f} s a million lines",
            f'"{WORK}": {where}',
        ),
        "the one reader of the base, all that it does": (
            f"{known.reader_s:.2f} s a million rows of the day",
            "the same run's `base_copied`: the count, COPY, the scan for padded keys, look-ups, parts",
        ),
        "memory, database apart": (
            f"{known.peak_mb / 1000:.1f} GB at {known.lines:,} lines",
            "the same run end to end: session, driver and two tasks at once",
        ),
        "a line": (f"{line_bytes():.0f} bytes", "a block of the generated day"),
        "check, exchange and comparison without S3 and database": (
            f"{known.exchange_s:.1f} s of CPU a million lines",
            f"[saved](../benchmarks/saved/exchange.json): {tried['lines']:,} lines, {tried['date']}, load"
            f" before {tried['load_before']}; it makes the bytes, too",
        ),
        "the shuffle": (
            f"{exchanged['shuffle_bytes'] / tried['lines']:.0f} bytes a line",
            f"the same run: {exchanged['shuffle_bytes'] / 1e6:,.0f} MB",
        ),
        "the merge of divergences": (
            f"{known.merge_s:.1f} s and {known.merge_mb / 1000:.1f} GB a million",
            f"the same run's second step: {exchanged['divergences']:,} in {merged['cpu_s']} s of CPU; memory"
            " with what the process needs by itself",
        ),
        "a published divergence": (
            f"{merged['merged_bytes'] / exchanged['divergences']:.0f} bytes",
            "the same step; a generated day repeats itself, so a supplier's own may be 5 times that",
        ),
    }
    rows = [f"| {rate} | {value} | {source} |" for rate, (value, source) in said.items()]
    return "\n".join(["| rate | value | from where |", "|---|---|---|", *rows])


def rewritten(page: str) -> str:
    """The page with what is made here between its marks."""
    for name, made in (("rates", rates()), ("table", table())):
        page = re.sub(rf"(<!-- {name} -->\n).*?(\n<!-- /{name} -->)", rf"\1{made}\2", page, flags=re.DOTALL)
    return page


if __name__ == "__main__":
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
