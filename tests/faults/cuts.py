"""A day cut at many moments, each time resumed to its end: the table of what happened.

    python -m tests.faults.cuts [--cuts 50] [--rows 200000] [--seconds 540]

A cut is a real deadline (`prazo`), a stop of the execution by hand (`stop`), or SIGKILL to the processes of
the job that runs (`kill`). Every third resume is cut too. Prints the table and saves it under .local/faults/;
stopped after --seconds, it goes on where it was when it is called again.
Exit code 1: a result was not the uninterrupted run's, or something that must hold did not.
"""

import argparse
import json
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

import polars as pl

from local import results
from local.days import Day
from local.place import DEFAULT_DIRECTORY
from tests.faults.invariants import Watched, watched
from tests.faults.stack import CHECKPOINTS, Hurt, eventually, hurt_stack

FOLDER = DEFAULT_DIRECTORY / "faults"
KINDS = ("prazo", "stop", "kill")
RESUMES_MAX = 6


@dataclass(frozen=True)
class Cut:
    """How and when (seconds since the start) an attempt of a run is cut."""

    kind: str
    at_s: float


@dataclass(frozen=True)
class Row:
    """What became of a cut. Lines, partitions are the first checkpoint's; `resume_s` the last attempt's."""

    cut: str
    at_s: float
    ends: list[str]
    stage: str | None
    processed: int | None
    pending: int | None
    partitions: str | None
    resumes: int
    resume_s: float
    is_equal: bool
    breaches: list[str]


@dataclass(frozen=True)
class Cuttable:
    """A published day, its file, its uninterrupted result, and how long that took."""

    hurt: Hurt
    day: Day
    key: str
    fresh: pl.DataFrame
    fresh_s: float

    def cut(self, cut: Cut, *, again: bool = False) -> Row:
        """Cuts a forced run of the day, and resumes it to its end; `again` cuts the first resume as well."""
        seen = watched(self.hurt, self.day)
        given: dict[str, Any] = {"s3_key": self.key, "force_reprocess": True}
        attempts, checkpoint = [self._attempt(seen, given, cut)], None
        while attempts[-1]["status"] != "SUCCEEDED" and len(attempts) <= RESUMES_MAX:
            left = self._checkpoint(attempts[-1])
            checkpoint = checkpoint or left
            given = _resume(left) if left else given
            next_cut = Cut("prazo", max(1.0, cut.at_s / 2)) if again and len(attempts) == 1 else None
            attempts.append(self._attempt(seen, given, next_cut))
        found = results.published(self.hurt.client("s3"), self.day.reference_date).frame
        progress = checkpoint["progress"] if checkpoint else {}
        parts = checkpoint["partitions"] if checkpoint else None
        last = attempts[-1]
        return Row(
            cut=cut.kind,
            at_s=round(cut.at_s, 1),
            ends=[str(attempt.get("error") or attempt["status"]) for attempt in attempts],
            stage=checkpoint["error_details"]["stage"] if checkpoint else None,
            processed=progress.get("processed_lines"),
            pending=progress.get("pending_lines"),
            partitions=f"{parts['done']}/{parts['total']}" if parts else None,
            resumes=len(attempts) - 1,
            resume_s=round((last["stopDate"] - last["startDate"]).total_seconds(), 1),
            is_equal=found.equals(self.fresh),
            breaches=seen.breaches(published=True),
        )

    def _attempt(self, seen: Watched, given: dict[str, Any], cut: Cut | None) -> dict[str, Any]:
        if cut and cut.kind == "prazo":
            return seen.start({**given, "deadline_s": max(1, round(cut.at_s))})
        arn = self.hurt.start(given)
        seen.executions.append(arn)
        if cut:
            time.sleep(cut.at_s)
            if cut.kind == "stop":
                self.hurt.client("stepfunctions").stop_execution(executionArn=arn)
            else:
                self._kill(arn)
        return self.hurt.end_of(arn)

    def _kill(self, arn: str) -> None:
        """The job that runs, or else the next one that does."""
        machine = self.hurt.client("stepfunctions")
        eventually(
            lambda: (
                self.hurt.processes() or machine.describe_execution(executionArn=arn)["status"] != "RUNNING"
            ),
            60,
        )
        self.hurt.signal_run(None, signal.SIGKILL)

    def _checkpoint(self, ended: dict[str, Any]) -> dict[str, Any] | None:
        """The closed attempt's; None where it was stopped before it held the day."""
        self._until_closed()
        held = self.hurt.day_object(self.day.reference_date)
        if held["state"] != "CLOSED":
            return None
        return dict(self.hurt.json_at(CHECKPOINTS, f"{held['job_id']}/checkpoint.json"))

    def _until_closed(self) -> None:
        """A stop that came while PrepareRun was at work is closed by the watchdog, five minutes later."""
        limit = time.monotonic() + 5
        while self.hurt.day_object(self.day.reference_date)["holder"]:
            if time.monotonic() > limit:
                self.hurt.client("lambda").invoke(FunctionName="reconciliation-watchdog", Payload=b"{}")
            time.sleep(0.1)


def cuttable(hurt: Hurt, day: Day) -> Cuttable:
    """Publishes the day once, uninterrupted."""
    key = hurt.put(day)
    seen = watched(hurt, day)
    ended = seen.start({"s3_key": key})
    assert ended["status"] == "SUCCEEDED", ended
    assert seen.breaches(published=True) == []
    fresh = results.published(hurt.client("s3"), day.reference_date).frame
    return Cuttable(hurt, day, key, fresh, (ended["stopDate"] - ended["startDate"]).total_seconds())


def moments(count: int, fresh_s: float) -> Iterator[Cut]:
    """Spread over the run, the same for the same arguments; a fifth of them about the second of its end."""
    dice = random.Random(count)
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        if number % 5 == 4:
            yield Cut("prazo" if kind == "kill" else kind, fresh_s + dice.uniform(-1, 0.5))
        else:
            yield Cut(kind, 0.5 + (fresh_s - 1) * (number + dice.random()) / count)


def table(rows: list[Row], fresh_s: float) -> str:
    """Markdown, for people."""
    head = (
        "corte",
        "s",
        "fim",
        "etapa",
        "processadas",
        "pendentes",
        "partições",
        "retomadas",
        "última (s)",
        "igual",
    )
    lines = [f"Sem cortes: {fresh_s:.1f} s", "", f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    for row in rows:
        cells = (
            row.cut, row.at_s, " → ".join(row.ends), row.stage, row.processed, row.pending, row.partitions,
            row.resumes, row.resume_s, "sim" if row.is_equal and not row.breaches else f"NÃO {row.breaches}",
        )  # fmt: skip
        lines.append(f"| {' | '.join('–' if cell is None else str(cell) for cell in cells)} |")
    stages = Counter(row.stage or "publicado" for row in rows)
    return "\n".join([*lines, "", f"{len(rows)} cortes: {dict(stages)}"])


def _resume(checkpoint: dict[str, Any]) -> dict[str, Any]:
    where = f"{checkpoint['checkpoint_location']}checkpoint.json"
    return {"job_id": checkpoint["job_id"], "checkpoint_location": where, "reprocess_from_checkpoint": True}


def main() -> int:
    """Answers the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.cuts", description=__doc__.splitlines()[0])
    parser.add_argument("--cuts", type=int, default=50)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    given = parser.parse_args()
    began, saved = time.monotonic(), FOLDER / f"cuts-{given.cuts}-{given.rows}.json"
    signal.signal(signal.SIGTERM, _interrupted)
    FOLDER.mkdir(parents=True, exist_ok=True)
    rows = [Row(**row) for row in json.loads(saved.read_text())] if saved.exists() else []
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder, hurt_stack(Path(folder)) as hurt:
        uncut = cuttable(hurt, Day(given.rows, date(2026, 2, 16)))
        print(f"uninterrupted: {uncut.fresh_s:.1f} s", flush=True)
        for number, cut in list(enumerate(moments(given.cuts, uncut.fresh_s)))[len(rows) :]:
            if time.monotonic() - began > given.seconds:
                break
            rows.append(uncut.cut(cut, again=number % 3 == 0))
            print(number + 1, rows[-1], flush=True)
            saved.write_text(json.dumps([asdict(row) for row in rows], indent=1))
    print(told := table(rows, uncut.fresh_s))
    saved.with_suffix(".md").write_text(f"{told}\n")
    return int(any(row.breaches or not row.is_equal for row in rows))


def _interrupted(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
