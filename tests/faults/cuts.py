"""A day cut at many moments, each time resumed to its end: the table of what happened.

    python -m tests.faults.cuts [--cuts 50] [--rows 200000] [--seconds 540]

A cut is a real deadline (`prazo`), a stop of the execution by hand (`stop`), or SIGKILL to the processes of
the job that runs (`kill`): at a share of the time that the run takes, or at the very moment in which it
writes a given object. Every third resume is cut too. Prints the table and saves it under .local/faults/;
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
from itertools import cycle
from pathlib import Path
from typing import Any, NoReturn

import polars as pl

from local import results
from local.base import Mistake
from local.generated_day import GeneratedDay
from local.place import DEFAULT_DIRECTORY
from local.request import number_of_rows
from tests.faults.invariants import Watched, watched
from tests.faults.stack import CHECKPOINTS, INTERMEDIATE, OUTPUT, Hurt, hurt_stack
from tests.waiting import eventually

FOLDER = DEFAULT_DIRECTORY / "faults"
KINDS = ("prazo", "stop", "kill")
MARKS = {
    "plan": "validated.*/plan.json",
    "parte válida": "validated.*/part-00003",
    "validação": "validation.json",
    "base": "base.*/part-00004",
    "cópia da base": "snapshot.json",
    **{f"partição {n}": f"partial.*/part-0000{n}" for n in (1, 3, 5, 7)},
    "resultado": f"{INTERMEDIATE}.*/divergences.parquet",
    "publicação": f"{OUTPUT}.*/divergencias.parquet",
    "resumo": f"{OUTPUT}/resumos",
}
"""Names of moments: the first write of such an object, done and not answered yet."""
RESUMES_MAX = 6
CUTS_MAX = 1_000


@dataclass(frozen=True)
class Cut:
    """How an attempt of a run is cut, and when: at that share of the usual time, or at a mark."""

    kind: str
    share: float = 0
    mark: str = ""


@dataclass(frozen=True)
class Row:
    """What became of a cut. Lines, partitions are the first checkpoint's; `resume_s` the last attempt's."""

    cut: str
    moment: str
    ends: list[str]
    stage: str | None
    processed: int | None
    pending: int | None
    partitions: str | None
    resumes: int
    resume_s: float
    is_equal: bool
    breaches: list[str]


@dataclass
class Cuttable:
    """A published day, its file, its uninterrupted result, and how long such a run took last."""

    hurt: Hurt
    day: GeneratedDay
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
            next_cut = Cut("prazo", 0.4) if again and len(attempts) == 1 else None
            attempts.append(self._attempt(seen, given, next_cut))
        found = results.published(self.hurt.client("s3"), self.day.reference_date).frame
        progress = checkpoint["progress"] if checkpoint else {}
        parts = checkpoint["partitions"] if checkpoint else None
        last = attempts[-1]
        last_s = (last["stopDate"] - last["startDate"]).total_seconds()
        moment = cut.mark or f"{cut.share * self.fresh_s:.1f} s"
        if len(attempts) == 1:
            self.fresh_s = last_s  # nothing was cut: as fast as the machine is now
        return Row(
            cut=cut.kind,
            moment=moment,
            ends=[str(attempt.get("error") or attempt["status"]) for attempt in attempts],
            stage=checkpoint["error_details"]["stage"] if checkpoint else None,
            processed=progress.get("processed_lines"),
            pending=progress.get("pending_lines"),
            partitions=f"{parts['done']}/{parts['total']}" if parts else None,
            resumes=len(attempts) - 1,
            resume_s=round(last_s, 1),
            is_equal=found.equals(self.fresh),
            breaches=seen.breaches(published=True),
        )

    def _attempt(self, seen: Watched, given: dict[str, Any], cut: Cut | None) -> dict[str, Any]:
        if cut and cut.kind == "prazo":
            return seen.start({**given, "deadline_s": max(1, round(cut.share * self.fresh_s))})
        at_mark = (
            {"service": "s3", "do": "hold", "target": f"PUT .*{MARKS[cut.mark]}", "times": 1}
            if cut and cut.mark
            else None
        )
        with self.hurt.faults(*([at_mark] if at_mark else [])) as met:
            arn = self.hurt.start(given)
            seen.executions.append(arn)
            if at_mark:
                eventually(lambda: met()[0], 120)
            elif cut:
                time.sleep(max(0.5, cut.share * self.fresh_s))
            if cut and cut.kind == "stop":
                self.hurt.client("stepfunctions").stop_execution(executionArn=arn)
            elif cut:
                self._kill(arn)
        return self._end_of(arn, seen)

    def _end_of(self, arn: str, seen: Watched) -> dict[str, Any]:
        """A run that was stopped while it published is a success, whoever finishes it."""
        ended = self.hurt.end_of(arn)
        if ended["status"] == "ABORTED":
            self._until_closed()
            if self.hurt.day_object(self.day.reference_date)["state"] == "PUBLISHED" and seen.is_replaced():
                seen.published_all_the_same.add(arn)
                return {**ended, "status": "SUCCEEDED", "error": "ABORTED, publicada"}
        return ended

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


def cuttable(hurt: Hurt, day: GeneratedDay) -> Cuttable:
    """Publishes the day once, uninterrupted."""
    key = hurt.put(day)
    seen = watched(hurt, day)
    ended = seen.start({"s3_key": key})
    assert ended["status"] == "SUCCEEDED", ended
    breaches = seen.breaches(published=True)
    assert not breaches, breaches
    fresh = results.published(hurt.client("s3"), day.reference_date).frame
    return Cuttable(hurt, day, key, fresh, (ended["stopDate"] - ended["startDate"]).total_seconds())


def moments(count: int) -> Iterator[Cut]:
    """Every second at a mark, every tenth about the second of the end, the others spread over all of it."""
    dice, marks = random.Random(count), cycle(MARKS)
    for number in range(count):
        if number % 2:
            yield Cut(("stop", "kill")[number // 2 % 2], mark=next(marks))
        elif number % 10 == 0:
            yield Cut("prazo" if number % 20 else "stop", share=dice.uniform(0.9, 1.05))
        else:
            yield Cut(KINDS[number // 2 % 3], share=(number + dice.random()) / count)


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
            row.cut, row.moment, " → ".join(row.ends), row.stage, row.processed, row.pending, row.partitions,
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
    parser.add_argument("--cuts", default="50")
    parser.add_argument("--rows", default="200000")
    parser.add_argument("--seconds", type=float, default=float("inf"))
    given = parser.parse_args()
    try:
        given.rows = number_of_rows(given.rows)
    except Mistake as exc:
        raise SystemExit(str(exc)) from None
    if not given.cuts.isdecimal() or not 1 <= int(given.cuts) <= CUTS_MAX:
        raise SystemExit(f"CUTS={given.cuts}: use um número de 1 a {CUTS_MAX}.")
    given.cuts = int(given.cuts)
    began, saved = time.monotonic(), FOLDER / f"cuts-{given.cuts}-{given.rows}.json"
    signal.signal(signal.SIGTERM, _interrupted)
    FOLDER.mkdir(parents=True, exist_ok=True)
    rows = [Row(**row) for row in json.loads(saved.read_text())] if saved.exists() else []
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder, hurt_stack(Path(folder)) as hurt:
        uncut = cuttable(hurt, GeneratedDay(given.rows, date(2026, 2, 16)))
        print(f"Sem cortes: {uncut.fresh_s:.1f} s", flush=True)
        for number, cut in list(enumerate(moments(given.cuts)))[len(rows) :]:
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
