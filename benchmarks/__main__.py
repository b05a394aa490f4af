"""One day, every contestant in turn on the same data and machine.

    python -m benchmarks --rows 1000000 [--peers all] [--runs 5] [--base-factor 5] [--skew 0.9] [--save]
                         [--jdbc-jar postgresql.jar]

Prints the table, whether the goals hold, and what moved since the saved table. It is under .local/bench/;
`--save` makes it the saved one (benchmarks/saved/, docs/bench.svg). Exit code 1: an answer was wrong that
should be right, or a goal is missed.
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, NoReturn

from tqdm import tqdm

from benchmarks import compare, table
from benchmarks.contestants import Ours, Span, WrongAnswer, scratch
from benchmarks.day import Files, write
from benchmarks.goals import WORK_PROVED, judged
from benchmarks.others import PEERS, Peer, Script
from benchmarks.sampler import sampling
from local.base import Mistake, load_base
from local.generated_day import GeneratedDay
from local.place import DEFAULT_DIRECTORY
from local.progress import room
from local.request import LEAST_ROWS, MOST_ROWS, number_of_rows
from local.stack import Stack, StackError, running_stack

FOLDER = DEFAULT_DIRECTORY / "bench"
_BAR = "{desc} |{bar:30}| {n_fmt} of {total_fmt} runs, {elapsed} gone, {remaining} to go"
USUAL_RUNS, LARGE_ROWS = 5, 10_000_000
SLOW_S = 20.0
"""A peer that is not measured every day runs once where it takes longer."""


def main() -> int:
    """Answers the exit code."""
    signal.signal(signal.SIGTERM, _interrupted)
    given = _arguments()
    day = GeneratedDay(given.rows, skew=given.skew, base_factor=given.base_factor)
    facts: dict[str, Any] = {"rows": given.rows, "skew": given.skew, "runs": given.runs}
    facts |= table.machine()
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        with scratch(FOLDER) as folder:
            measured = _measured(day, folder, given, facts)
    except (WrongAnswer, StackError) as exc:
        print(exc, file=sys.stderr)
        return 1
    print(table.save(FOLDER, measured, facts))
    now = {name: [asdict(figures) for _, figures in runs] for name, runs in measured.items()}
    lines, all_hold = judged(table.rows(measured), given.rows)
    print("\n".join([*lines, *compare.compared(table.saved(facts), facts, now)]))
    if given.save:
        table.keep(FOLDER, facts)
    return 0 if all_hold else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--rows", default="1000000")
    parser.add_argument("--peers", choices=("usual", "all"), default="usual")
    parser.add_argument("--runs", type=int)
    parser.add_argument("--base-factor", type=int, default=5)
    parser.add_argument("--skew", type=float, default=0.0)
    parser.add_argument("--jdbc-jar", type=Path, help="PostgreSQL's driver: one more Spark job reads by it")
    parser.add_argument("--save", action="store_true", help="what the next runs are compared with")
    given = parser.parse_args()
    try:
        given.rows = number_of_rows(given.rows)
    except Mistake:
        raise SystemExit(f"ROWS={given.rows}: write a number from {LEAST_ROWS} to {MOST_ROWS}.") from None
    given.runs = given.runs or (1 if given.rows >= LARGE_ROWS else USUAL_RUNS)
    return given


def _measured(
    day: GeneratedDay, folder: Path, given: argparse.Namespace, facts: dict[str, Any]
) -> dict[str, list[table.Run]]:
    """Every run of every contestant; adds to the `facts`."""
    _say(f"A day of {given.rows:,} lines, its base {given.base_factor} times as long")
    files = write(day, folder / "day")
    _say("Written; the local stack starts")
    with running_stack(folder / "stack") as stack:
        began = time.monotonic()
        facts["base_rows"] = load_base(stack.base_database_url, files.base)
        _say(f"Base loaded in {time.monotonic() - began:.0f} s")
        files.base.unlink()  # nobody reads it again, and at 10 million lines it is 3.6 GB
        contestants = _contestants(stack, day, files, given)
        return _in_turn(contestants, given.runs, int((stack.directory / "lock").read_text()))


def _contestants(
    stack: Stack, day: GeneratedDay, files: Files, given: argparse.Namespace
) -> dict[str, Callable[[], Span]]:
    ours = Ours(stack, day, files)

    def peer(script: Script, **variables: str) -> Callable[[], Span]:
        return Peer(script, stack.base_database_url, day, files.peer_file, FOLDER, variables).run

    found = {table.OURS: ours.end_to_end, table.WORK: ours.work, WORK_PROVED: ours.work_with_proof}
    found |= {name: peer(one) for name, one in PEERS.items() if one.is_usual or given.peers == "all"}
    if given.jdbc_jar:
        by_jdbc = PEERS["Spark DataFrames, COPY"]
        found["Spark DataFrames, JDBC"] = peer(by_jdbc, JDBC_JAR=str(given.jdbc_jar.resolve()))
    return found


def _in_turn(
    contestants: dict[str, Callable[[], Span]], runs: int, server: int
) -> dict[str, list[table.Run]]:
    """On a terminal a bar says who is at work, and how many runs are done of all."""
    measured: dict[str, list[table.Run]] = {name: [] for name in (table.PUBLISHED, *contestants)}
    turns = [(turn, name) for turn in range(1, runs + 1) for name in contestants]
    # what is to go by all of them: one takes fifty times as long as another
    shown: dict[str, Any] = {"disable": None, "leave": False, "smoothing": 0, "bar_format": _BAR, **room()}
    with tqdm(turns, file=sys.stdout, **shown) as bar:
        for turn, name in bar:
            bar.set_description_str(name)
            if turn > 1 and _is_slow(name, measured[name]):
                continue
            with sampling(server) as sampler:
                span = contestants[name]()
            figures = sampler.between(span.began, span.ended)
            measured[name].append((span, figures))
            if name == table.OURS:
                first = replace(span, ended=span.began + span.parts["published_s"], parts={})
                measured[table.PUBLISHED].append((first, sampler.between(first.began, first.ended)))
            _say(f"{turn}/{runs} {name}: {figures.wall_s:.1f} s, {figures.peak_mb:.0f} MB", *span.wrong)
    return measured


def _is_slow(name: str, taken: list[table.Run]) -> bool:
    is_usual = name not in PEERS or PEERS[name].is_usual
    return not is_usual and taken[0][1].wall_s > SLOW_S


def _say(line: str, *wrong: str) -> None:
    """Above the bar, where there is one."""
    for text in (line, *(f"  wrong: {said}" for said in wrong)):
        tqdm.write(text, file=sys.stdout)
    sys.stdout.flush()


def _interrupted(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
