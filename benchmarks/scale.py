"""What days beyond today's would take on Glue, from what was measured here: `python -m benchmarks.scale`.

`docs/scale.md` shows the table, and says for each constant from which row it comes.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from math import ceil

MILLION = 1_000_000
CPU_S_PER_MILLION = 6.65
"""All jobs' own processes, both sides of a day."""
READER_S_PER_MILLION = 0.97
"""One connection's rows of the day, read, split and made Arrow, one after the other."""
MERGE_S_PER_MILLION = 2.0
"""Divergences in the driver: read, sorted, one Parquet."""
INSPECTION_MB_PER_S = 150.0
"""InspectFile, one pass."""
LINE_BYTES = 71
DIVERGENT_SHARE = 0.05
START_S, JOBS = 60.0, 3
"""Not measured here: a job from its call to its first line, assumed."""
CAUTION = 2.0
"""Measured seconds count twice: Glue's vCPU may be slower than a core here, and S3 is across a network."""
USD_PER_DPU_HOUR = 0.44
CORES, LEAST_WORKERS, MOST_WORKERS, MOST_READERS = 4, 2, 50, 16
"""Of a G.1X worker, one DPU; the first of a job's is its driver's."""
WANTED_MINUTES = 10.0
"""Half of the deadline, where that many workers are to be had."""


@dataclass(frozen=True)
class Day:
    """Minutes from upload to published object, and what Glue bills, with so many workers and readers."""

    lines: int
    workers: int
    readers: int

    @property
    def inspection_s(self) -> float:
        return CAUTION * self.lines * LINE_BYTES / 1e6 / INSPECTION_MB_PER_S

    @property
    def merge_s(self) -> float:
        return CAUTION * MERGE_S_PER_MILLION * self.lines * DIVERGENT_SHARE / MILLION

    @property
    def work_s(self) -> float:
        """Of the jobs, their starts apart: spread over the cores, then the reader's and the driver's own."""
        cores = CORES * (self.workers - 1)
        millions = self.lines / MILLION
        each = CPU_S_PER_MILLION / cores + READER_S_PER_MILLION / self.readers
        return CAUTION * millions * each + self.merge_s

    @property
    def minutes(self) -> float:
        return (self.inspection_s + self.work_s + JOBS * START_S) / 60

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
        " of which merge s | minutes with starts | USD a day |",
        f"|---|{'---:|' * 8}",
    ]
    for millions in (1, 10, 30, 100, 1_000):
        day = planned(millions * MILLION)
        name = f"{millions:,} million" + (" **(extrapolated)**" if millions == 1_000 else "")
        sizes = f"{day.lines * LINE_BYTES / 1e9:.2g} | {day.workers} | {day.readers}"
        seconds = f"{day.inspection_s:.0f} | {day.work_s:.0f} | {day.merge_s:.0f}"
        lines.append(f"| {name} | {sizes} | {seconds} | {ceil(day.minutes)} | {day.usd:.2f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(f"{table()}\n")
