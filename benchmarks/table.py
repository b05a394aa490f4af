"""What was measured, as a table for people and as JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from benchmarks.contestants import Span
from benchmarks.sampler import Figures

OURS, WORK = "ours, end to end", "ours, the jobs' work"
NOTES = {
    OURS: "upload to execution's end: three Glue runs with a session each, every line checked, alerts sent",
    WORK: "the same three jobs, one warm session; wall and CPU of the work alone, memory with the session",
    "Polars": "one process; no line is checked, no copy kept, no resume, no totals",
    "DuckDB": "the same",
    "Spark DataFrames, COPY": "session start counted; text CSV, full join; checks as Polars",
    "Spark DataFrames, JDBC": "the same; the day's rows by JDBC, as one query",
}
_COLUMNS = (
    "wall s",
    "CPU s",
    "peak MB",
    "ours / it",
    "our work / it",
    "AWS CPU s",
    "AWS MB",
    "DB CPU s",
    "other CPU s",
)
_READING = """\
Medians. CPU and peak memory (PSS) are those of the contestant's own processes, sampled. The emulated AWS,
which holds S3's objects in memory, PostgreSQL and whatever else the machine did meanwhile have columns of
their own. Peers read the day without its refused and repeated lines, which they cannot tell: their keys,
types, fields and cents were checked, and all that is published of ours."""

Run = tuple[Span, Figures]


def rows(measured: Mapping[str, Sequence[Run]]) -> dict[str, dict[str, float]]:
    """Medians by contestant, and the ratios of ours to it in wall time."""
    found: dict[str, dict[str, float]] = {}
    for name, runs in measured.items():
        figures = [asdict(figures) for _, figures in runs]
        parts = [span.parts for span, _ in runs]
        found[name] = {key: median(one[key] for one in figures) for key in figures[0]}
        found[name] |= {key: median(one.get(key, 0.0) for one in parts) for key in parts[0]}
    for row in found.values():
        row["ours_to_it"] = found[OURS]["wall_s"] / row["wall_s"]
        row["our_work_to_it"] = found[WORK]["wall_s"] / row["wall_s"]
    return found


def markdown(found: Mapping[str, Mapping[str, float]], facts: Mapping[str, Any]) -> str:
    lines = [f"# {facts['rows']:,} lines, a base of {facts['base_rows']:,} rows, {facts['runs']} run(s)", ""]
    lines += [f"| | {' | '.join(_COLUMNS)} |", f"|---|{'---:|' * len(_COLUMNS)}"]
    lines += [f"| {name} | {' | '.join(_cells(row))} |" for name, row in found.items()]
    lines += ["", _READING, "", *(f"- {name}: {NOTES[name]}" for name in found), ""]
    for name in (OURS, WORK):
        parts = {key: value for key, value in found[name].items() if key not in _SHOWN}
        lines.append(
            f"Parts of {name}, seconds: {', '.join(f'{key} {value:.1f}' for key, value in parts.items())}"
        )
    return "\n".join([*lines, "", ", ".join(f"{name} {value}" for name, value in facts.items()), ""])


_SHOWN = {*Figures.__dataclass_fields__, "ours_to_it", "our_work_to_it"}


def _cells(row: Mapping[str, float]) -> list[str]:
    seconds = [f"{row['wall_s']:.1f}", f"{row['cpu_s']:.1f}", f"{row['peak_mb']:.0f}"]
    ratios = [f"{row['ours_to_it']:.2f}", f"{row['our_work_to_it']:.2f}"]
    return [
        *seconds, *ratios, f"{row['aws_cpu_s']:.1f}", f"{row['aws_peak_mb']:.0f}",
        f"{row['database_cpu_s']:.1f}", f"{row['others_cpu_s']:.1f}",
    ]  # fmt: skip


def machine() -> dict[str, Any]:
    """What the figures hang on; the load is that of the minute before."""
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9, 1),
        "python": platform.python_version(),
        "kernel": platform.release(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def save(folder: Path, measured: Mapping[str, Sequence[Run]], facts: Mapping[str, Any]) -> str:
    """Markdown and JSON, each run beside the medians; answers the Markdown."""
    found = rows(measured)
    text = markdown(found, facts)
    runs = {name: [asdict(span) | asdict(seen) for span, seen in taken] for name, taken in measured.items()}
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{facts['rows']}" + (f"-skew{facts['skew']}" if facts["skew"] else "")
    (folder / f"{stem}.md").write_text(text)
    (folder / f"{stem}.json").write_text(
        json.dumps({"facts": facts, "medians": found, "runs": runs}, indent=1) + "\n"
    )
    return text
