"""How long an explanation takes, what it reads, and its memory: `python -m tests.explain.measure [ROWS]`.

A generated day (of 1,000,000 lines by default) is made in this process and published on the local stack's S3,
with 89 published days before it, copies of it. Each question is asked in a process of its own: in the
checkout's environment, and cold, with the function's own package alone. The answers are in .local/explain/.
Exit code 1: one took longer, or needed more, than `GOAL_S` and `GOAL_MB` allow.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from zipfile import ZipFile

import boto3
import polars as pl

from infra.packaging import build
from local.place import CHECKOUT
from local.stack import running_stack
from reconciliation import layout
from reconciliation.adapters.store import Store
from reconciliation.layout import Location
from reconciliation.plan import Plan
from tests.explain import ask
from tests.explain.measured_day import published

BUCKETS = ("ingress", "intermediate", "checkpoints", "output")
TEXTS = Path(".local") / "explain"
ENVIRONMENT = (
    *("REGION", "ACCOUNT_ID", "SUFFIX", "STATE_MACHINE_ARN", "ALERTS_TOPIC_ARN"),
    *("VALIDATION_JOB", "RECONCILIATION_JOB", "OUTPUT_JOB"),
)
"""What the function is given, and does not use."""
GOAL_S: Final = {1_000_000: 1.0, 10_000_000: 2.0}
"""By the day's lines, an answer's, once the process has started."""
GOAL_MB: Final = 300
_PYTHON: Final = Path(sys.base_prefix) / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
"""Without the checkout's environment; of the version that Lambda runs (infra/functions.py)."""


def main(rows: int) -> int:
    """Answers the exit code."""
    with TemporaryDirectory() as name, running_stack(Path(name) / "stack", deployed=False) as stack:
        os.environ |= stack.env
        s3, store = boto3.client("s3"), Store()
        for bucket in BUCKETS:
            s3.create_bucket(
                Bucket=bucket,
                CreateBucketConfiguration={"LocationConstraint": os.environ["AWS_DEFAULT_REGION"]},
            )
        began = time.monotonic()
        plan = published(store, s3, rows, Path(name))
        print(f"{rows} lines, {plan.partitions} parts, made in {time.monotonic() - began:.0f} s")
        package = _unpacked(Path(name) / "package")
        warm = [sys.executable, "-m", "tests.explain.ask"]
        cold = ["taskset", "-c", "0", str(_PYTHON), "-s", "-S", "-B", ask.__file__]
        print(f"{'question':30} outcome       seconds  first  import  objects  reads      MB  memory MB")
        missed = 0
        for question, event in questions(store, plan).items():
            missed += _measured(rows, question, asked(warm, event, {}))
            _forget(package)
            missed += _measured(rows, f"{question}, cold", asked(cold, event, {"PYTHONPATH": str(package)}))
    return int(missed > 0)


def _unpacked(folder: Path) -> Path:
    """The function's own package, as Lambda has it; it is said how large that is."""
    with ZipFile(build(CHECKOUT, CHECKOUT / "build").explain) as package:
        package.extractall(folder)
        size_mb = sum(info.file_size for info in package.infolist()) / 2**20
    print(f"package: {size_mb:.0f} MiB unpacked; cold is one core and {_PYTHON.name}, its files not yet read")
    return folder


def _forget(folder: Path) -> None:
    """The kernel drops what it keeps of these files, as in a container that is new."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())  # what is not yet on the disk is kept
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def questions(store: Store, plan: Plan) -> dict[str, dict[str, str]]:
    """One of each fate: of a part's middle, and not the first of its kind."""

    def keys(where: Location) -> list[str]:
        stored = store.get(where)
        assert stored
        return pl.read_parquet(BytesIO(stored.body), columns=["ordem_id"])["ordem_id"].drop_nulls().to_list()

    valid = keys(layout.part(plan.paths.validated, 0))
    rejects = keys(layout.part(plan.paths.rejects, 0))
    divergent = keys(layout.published("output", plan.day))
    known = {*divergent, *rejects}
    equal = next(key for key in valid[len(valid) // 2 :] if key not in known)
    day = {"dia": plan.day}
    return {
        "divergent, 90 days": {"ordem_id": divergent[len(divergent) // 2], **day},
        "equal": {"ordem_id": equal, **day},
        "equal, no day given": {"ordem_id": equal},
        "refused": {"ordem_id": rejects[len(rejects) // 2], **day},
        "unknown, 64 spellings": {"ordem_id": f"{equal}-x1", **day},
        "equal, no history": {"ordem_id": equal, **day, "desde": plan.day},
    }


def asked(command: Sequence[str], event: dict[str, str], more: Mapping[str, str]) -> dict[str, Any]:
    """In a process of its own, with the function's variables."""
    variables = {**dict.fromkeys(ENVIRONMENT, "-"), "RULES": "{}", "TUNING": "{}", "RESPONSE_MINUTES": "{}"}
    buckets = {f"{name.upper()}_BUCKET": name for name in BUCKETS}
    done = subprocess.run(
        [*command, json.dumps(event)],
        check=True,
        stdout=subprocess.PIPE,
        env={**os.environ, **variables, **buckets, **more},
    )
    return dict(json.loads(done.stdout))


def _measured(rows: int, question: str, told: Mapping[str, Any]) -> bool:
    """Prints it, keeps its text, and says whether it misses the goal."""
    answer, median_s, memory_mb = told["answer"], told["median_s"], told["memory_mb"]
    read, outcome = answer["lido"], answer["codigo"] or answer["explicacao"]["desfecho"]
    is_missed = median_s > GOAL_S.get(rows, GOAL_S[10_000_000]) or memory_mb > GOAL_MB
    print(
        f"{question:30} {outcome:13} {median_s:7.2f} {told['first_s']:6.2f} {told['import_s']:7.2f}"
        f" {read['objetos']:8} {read['leituras']:6} {read['bytes'] / 1e6:7.1f} {memory_mb:10.0f}"
        f"{' MISSED' if is_missed else ''}",
        flush=True,
    )
    TEXTS.mkdir(parents=True, exist_ok=True)
    (TEXTS / f"{rows} {question}.txt").write_text(answer["texto"])
    return is_missed


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000))
