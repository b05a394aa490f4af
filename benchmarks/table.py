"""What was measured, as a table for people, as JSON and as a chart."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import psutil

from benchmarks import chart
from benchmarks.contestants import Span
from benchmarks.goals import OURS, PUBLISHED, WORK, WORK_PROVED
from benchmarks.others import PEERS
from benchmarks.sampler import Figures
from local.place import CHECKOUT

__all__ = ["OURS", "PUBLISHED", "WORK", "Run", "keep", "machine", "markdown", "rows", "save", "saved"]

SAVED = CHECKOUT / "benchmarks" / "saved"
CHART = CHECKOUT / "docs" / "bench.svg"
CHARTED_ROWS = 1_000_000
NOTES = {
    PUBLISHED: "three Glue runs, two of them with a Spark session, every line checked, both sides kept",
    OURS: "the same runs until the execution's end: the day's report for people made, and alerts sent",
    WORK: "the same three jobs, one warm session; wall and CPU of the work alone, memory with the session",
    WORK_PROVED: "the same, of a base whose CHECK says that no key has blanks around it: none is looked for",
    **{name: script.note for name, script in PEERS.items()},
    "Spark DataFrames, JDBC": "as by COPY; the day's rows by JDBC, as one query",
}
_COLUMNS = (
    "wall s",
    "CPU s",
    "peak MB",
    "published / it",
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
types, fields and cents were checked, and all that is published of ours. Those above 20 s ran once."""

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
        row["ours_to_it"] = found[PUBLISHED]["wall_s"] / row["wall_s"]
        row["our_work_to_it"] = found[WORK]["wall_s"] / row["wall_s"]
    return found


def markdown(
    found: Mapping[str, Mapping[str, float]], facts: Mapping[str, Any], wrong: Mapping[str, Sequence[str]]
) -> str:
    lines = [f"# {facts['rows']:,} lines, a base of {facts['base_rows']:,} rows, {facts['runs']} run(s)", ""]
    lines += [f"| | {' | '.join(_COLUMNS)} |", f"|---|{'---:|' * len(_COLUMNS)}"]
    lines += [f"| {name} | {' | '.join(_cells(row))} |" for name, row in found.items()]
    lines += ["", _READING, "", *(f"- {name}: {NOTES[name]}{_wrong(wrong.get(name))}" for name in found), ""]
    for name in [OURS, *(name for name in found if name.startswith(WORK))]:
        parts = {key: value for key, value in found[name].items() if key not in _SHOWN}
        lines.append(
            f"Parts of {name}, seconds: {', '.join(f'{key} {value:.1f}' for key, value in parts.items())}"
        )
    return "\n".join([*lines, "", ", ".join(f"{name} {value}" for name, value in facts.items()), ""])


def _wrong(said: Sequence[str] | None) -> str:
    return f". **Wrong**: {'; '.join(said)}" if said else ""


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
    cpu = next(
        line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")
    )
    described = ["git", "describe", "--always", "--dirty"]
    commit = subprocess.run(described, cwd=CHECKOUT, capture_output=True, text=True, check=False)
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(psutil.virtual_memory().total / 1e9),
        "cpu": cpu.partition(":")[2].strip(),
        "python": platform.python_version(),
        "kernel": platform.release(),
        "load_before": round(os.getloadavg()[0], 2),
        "commit": commit.stdout.strip(),
        "date": datetime.now(UTC).date().isoformat(),
    }


def stem(facts: Mapping[str, Any]) -> str:
    """A day's tables, by its lines."""
    return f"{facts['rows']}" + (f"-skew{facts['skew']}" if facts["skew"] else "")


def saved(facts: Mapping[str, Any], folder: Path = SAVED) -> dict[str, Any] | None:
    """The table of such a day that was kept last."""
    file = folder / f"{stem(facts)}.json"
    return json.loads(file.read_text()) if file.exists() else None


def save(folder: Path, measured: Mapping[str, Sequence[Run]], facts: Mapping[str, Any]) -> str:
    """Markdown, JSON and SVG, each run beside the medians; answers the Markdown."""
    found = rows(measured)
    wrong = {name: runs[0][0].wrong for name, runs in measured.items() if runs[0][0].wrong}
    text = markdown(found, facts, wrong)
    runs = {name: [asdict(span) | asdict(seen) for span, seen in taken] for name, taken in measured.items()}
    folder.mkdir(parents=True, exist_ok=True)
    named = folder / stem(facts)
    named.with_suffix(".md").write_text(text)
    named.with_suffix(".svg").write_text(chart.svg(found, facts, wrong))
    whole = {"facts": facts, "medians": found, "wrong": wrong, "runs": runs}
    named.with_suffix(".json").write_text(json.dumps(whole, indent=1) + "\n")
    return text


def keep(folder: Path, facts: Mapping[str, Any]) -> None:
    """What was saved in the folder, as the table that the next runs are compared with."""
    SAVED.mkdir(exist_ok=True)
    for suffix in (".json", ".md"):
        name = f"{stem(facts)}{suffix}"
        (SAVED / name).write_bytes((folder / name).read_bytes())
    if facts["rows"] == CHARTED_ROWS and not facts["skew"]:
        CHART.write_bytes((folder / f"{stem(facts)}.svg").read_bytes())
