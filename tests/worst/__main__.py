"""The worst days on the local stack, each on one of its own: how they end, and the memory of each process.

    python -m tests.worst [NAME] [--rows 1000000]

NAME is a part of a day's name; without it, all. Prints a table; exit code 1: one did not end as it must.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import psycopg2

from local.demo import load_base
from local.place import DEFAULT_DIRECTORY
from local.stack import running_stack
from tests.e2e.conftest import Operator
from tests.worst.days import DAY, DAYS, Worst
from tests.worst.peaks import peaks

KEY: Final = f"{DAY}/input.csv"
_SHOWN: Final = (
    "validation driver", "validation worker", "validation jvm", "reconciliation driver",
    "reconciliation worker", "reconciliation jvm", "output driver", "inspect-file", "close-run", "finish-run",
)  # fmt: skip
_JOBS: Final = {
    "validation": "reconciliation-validation-job",
    "reconciliation": "reconciliation-job",
    "output": "reconciliation-output-job",
}
_LIMIT_S: Final = 1_500


def main() -> int:
    """Answers the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.worst", description=__doc__.splitlines()[0])
    parser.add_argument("name", nargs="?", default="")
    parser.add_argument("--rows", type=int, default=1_000_000)
    given = parser.parse_args()
    print(f"| day | lines | ends | s | {' | '.join(_SHOWN)} |\n|---|---:|---|{'---:|' * (1 + len(_SHOWN))}")
    bad = [told for day in DAYS if given.name in day.name for told in _run(day, given.rows)]
    print(*bad, sep="\n")
    return int(bool(bad))


def _run(day: Worst, rows: int) -> list[str]:
    """Prints its row; answers what is wrong with it."""
    DEFAULT_DIRECTORY.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=DEFAULT_DIRECTORY) as folder:
        file, base = _written(day, rows, Path(folder))
        with running_stack(Path(folder, "stack")) as stack:
            operator = Operator(stack, Path(folder))
            _take_long_names(stack.base_database_url)
            load_base(stack.base_database_url, base)
            server = int((stack.directory / "lock").read_text())
            with peaks(server, _jobs_of(operator)) as found:
                began = time.monotonic()
                with file.open("rb") as body:
                    operator.upload(KEY, body)  # type: ignore[arg-type]  # boto3 takes an open file
                ended = operator.end_of(operator.newest(1), _LIMIT_S)
                took_s = time.monotonic() - began
            told = json.loads(ended.get("output") or ended["cause"])
            wrong = _wrong(operator, day, rows, told)
    _show(day, rows, told, took_s, found)
    return wrong


def _take_long_names(database_url: str) -> None:
    """As a company's table may, and the local one does not."""
    with psycopg2.connect(database_url) as base, base.cursor() as cursor:
        cursor.execute("ALTER TABLE transacoes ALTER COLUMN nome TYPE text")


def _written(day: Worst, rows: int, folder: Path) -> tuple[Path, Path]:
    paths = folder / "input.csv", folder / "base.csv"
    for path, text in zip(paths, (day.file_text(rows), day.base_text(rows)), strict=True):
        with path.open("w", encoding="utf-8") as to:
            to.writelines(text)
    return paths


def _jobs_of(operator: Operator) -> Callable[[str], str]:
    """By a Glue run's id the stage that it is of."""
    glue = operator.client("glue")

    @cache
    def job_of(run: str) -> str:
        for stage, job in _JOBS.items():
            if run in {one["Id"] for one in glue.get_job_runs(JobName=job)["JobRuns"]}:
                return stage
        return "job"

    return job_of


def _wrong(operator: Operator, day: Worst, rows: int, told: Mapping[str, Any]) -> list[str]:
    code = told["status"] if day.ends == "SUCCEEDED" else told["code"]
    if code != day.ends:
        return [f"{day.name}: {told}"]
    if day.ends != "SUCCEEDED":
        return []
    stored = operator.client("s3").get_object(
        Bucket="reconciliation-output", Key=f"resumos/{DAY}/resumo.json"
    )
    types = json.load(stored["Body"])["types"]
    wanted = dict(zip(("TIPO_1", "TIPO_2", "TIPO_3"), day.types(day.lines(rows)), strict=True))
    return [] if types == wanted else [f"{day.name}: {types}, not {wanted}"]


def _show(day: Worst, rows: int, told: Mapping[str, Any], took_s: float, found: Mapping[str, float]) -> None:
    cells = [_cell(found, kind) for kind in _SHOWN]
    ends = told["status"] if day.ends == "SUCCEEDED" else told["code"]
    print(f"| {day.name} | {day.lines(rows):,} | {ends} | {took_s:.0f} | {' | '.join(cells)} |", flush=True)


def _cell(found: Mapping[str, float], kind: str) -> str:
    peak = max((size for name, size in found.items() if name.endswith(kind)), default=0)
    return f"{peak:.0f}" if peak else ""


if __name__ == "__main__":
    sys.exit(main())
