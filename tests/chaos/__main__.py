"""Days with faults drawn by a seed, some side by side, and what must hold held against what came.

    python -m tests.chaos [--runs 100] [--seed 1] [--from 0] [--side 2] [--seconds 540] [--again] [--table]

A line for each run, a table at the end; both stay in .local/chaos/. Stopped, by --seconds or by Ctrl-C, it
goes on where it was: runs of this commit that are done are left out, unless --again. --table shows
what there is.
Exit code 1: a run broke. Its seed and number repeat it, and its evidence is kept.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NoReturn

from local import children
from local.place import CHECKOUT, DEFAULT_DIRECTORY
from tests.chaos import campaign

FOLDER = DEFAULT_DIRECTORY / "chaos"
_LIMITS = {
    "runs": (1, 100_000),
    "seed": (0, 100_000),
    "from": (0, 100_000),
    "side": (1, 8),
    "seconds": (1, 86_400),
}
_KEPT_AS = {"from": "first"}
"""Python keeps the word for itself."""
_NICE = 10


def main() -> int:
    given = _arguments()
    FOLDER.mkdir(parents=True, exist_ok=True)
    results, commit = FOLDER / f"seed-{given.seed}.jsonl", _commit()
    chosen = range(given.first, given.first + given.runs)
    done = {line["run"] for line in campaign.lines_of(results, commit)}
    wanted = [run for run in chosen if given.again or run not in done]
    began = time.time()
    if wanted and not given.table:
        _play(wanted, results, commit, given)
    lines = [line for line in campaign.lines_of(results, commit) if line["run"] in chosen]
    told = f"{campaign.table(lines)}\n\n{campaign.in_short(lines)}; seed {given.seed}, commit {commit}"
    (FOLDER / f"seed-{given.seed}.md").write_text(f"{told}\n")
    print(told, f"({time.time() - began:.0f} s)")
    return int(any(line["breaks"] for line in lines))


def _play(wanted: list[int], results: Path, commit: str, given: argparse.Namespace) -> None:
    """Lanes take every so many-th run each, until all are done, time is up, or somebody stops it."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _interrupted)
    os.nice(_NICE)
    count = min(given.side, len(wanted))
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        lanes = [
            children.start(
                [sys.executable, "-m", "tests.chaos.lane", str(Path(folder) / f"lane-{number}"), str(results),
                 commit, str(given.seed), *map(str, wanted[number::count])],
                dict(os.environ), CHECKOUT, output=(FOLDER / f"lane-{number}.log").open("wb"),
            )
            for number in range(count)
        ]  # fmt: skip
        try:
            _show(lanes, results, time.monotonic() + given.seconds)
        except KeyboardInterrupt:
            print("stopped: what is done is kept, and the same command goes on", flush=True)
        finally:
            for one in lanes:
                children.stop(one, grace_s=30)


def _show(lanes: list[subprocess.Popen[bytes]], results: Path, limit: float) -> None:
    shown = results.stat().st_size if results.exists() else 0
    while time.monotonic() < limit:
        living = [one for one in lanes if one.poll() is None]
        if results.exists():
            with results.open("rb") as file:
                file.seek(shown)
                new = file.read()
            new = new[: new.rfind(b"\n") + 1]
            shown += len(new)
            for line in campaign.parsed(new):
                print(campaign.told(line), flush=True)
        if not living:
            if any(one.returncode for one in lanes):
                raise SystemExit(f"a lane fell over: see {FOLDER}/lane-*.log")
            return
        time.sleep(0.5)


def _commit() -> str:
    """With `+` where files were changed since."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=CHECKOUT, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    return (git("rev-parse", "--short", "HEAD") or "none") + ("+" if git("status", "--porcelain") else "")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__.splitlines()[0])
    for name, usual in (("runs", "100"), ("seed", "1"), ("from", "0"), ("side", "2")):
        parser.add_argument(f"--{name}", dest=_KEPT_AS.get(name, name), default=usual)
    parser.add_argument("--seconds", default="86400")
    parser.add_argument("--again", action="store_true")
    parser.add_argument("--table", action="store_true")
    given = parser.parse_args()
    for name, (least, most) in _LIMITS.items():
        kept_as = _KEPT_AS.get(name, name)
        text = getattr(given, kept_as)
        if not (text.isascii() and text.isdecimal() and len(text) < 9 and least <= int(text) <= most):
            raise SystemExit(f"{name.upper()}={text}: write a number from {least} to {most}.")
        setattr(given, kept_as, int(text))
    return given


def _interrupted(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
