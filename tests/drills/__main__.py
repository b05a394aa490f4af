"""The playbooks as drills: `make drill`, or `make drill PLAYBOOK=2.3`. Under ten minutes.

On a local stack of its own, one after the other: a real fault, the alert in its time, the runbook's own
commands and the alert's, followed to the letter, and the day published as the oracle says. Each prints its
timeline, in seconds. Exit code 1: one did not end so; it says where it stopped, and its evidence is kept.
"""

import argparse
import signal
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from datetime import date, timedelta
from pathlib import Path

from local.place import DEFAULT_DIRECTORY
from tests import sparks
from tests.drills.drill import ROWS, Drill, play
from tests.drills.evidence import keep, lines_of
from tests.drills.rows import DRILLS, PLAYBOOKS
from tests.faults.desk import Desk
from tests.faults.stack import Hurt, hurt_stack
from tests.warm_cli import warm_cli

FIRST = date(2027, 3, 1)
KEPT = DEFAULT_DIRECTORY / "drills"


def run(drill: Drill, hurt: Hurt, folder: Path, day: date) -> bool:
    """Whether it ended as it must; prints what happened."""
    print(f"\n{drill.playbook} {drill.name}: {drill.says}: {drill.code}", flush=True)
    desk, since_ms = Desk(hurt, day, folder, ROWS), int(time.time() * 1000)
    try:
        play(drill, desk)
    except Exception as exc:  # of whatever kind: the others are still to be run
        keep(KEPT / drill.name, desk, exc, since_ms)
        with suppress(AssertionError):  # what it left at work is not in the next one's way
            desk.wait()
        said = str(exc).strip().splitlines() or [repr(exc)]
        print(*lines_of(desk), f"          NÃO TERMINOU: {said[0][:300]}", sep="\n")
        print(f"          o que ficou está em {KEPT / drill.name}", flush=True)
        return False
    print(*lines_of(desk), sep="\n", flush=True)
    return True


def main() -> int:
    """Answers the exit code."""
    parser = argparse.ArgumentParser(prog="make drill")
    parser.add_argument("--playbook", default="")
    playbook = parser.parse_args().playbook
    chosen = [drill for drill in DRILLS if playbook in ("", drill.playbook)]
    if not chosen:
        raise SystemExit(f"PLAYBOOK={playbook}: use um destes: {', '.join(PLAYBOOKS)}.")
    began = time.monotonic()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a limit of time leaves no folder either
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        hurt = stack.enter_context(hurt_stack(folder / "stack"))
        stack.enter_context(sparks.choosing(hurt.stack))
        stack.enter_context(warm_cli(hurt.stack))
        print(f"Ambiente local no ar em {time.monotonic() - began:.0f} s", flush=True)
        ended = [
            run(drill, hurt, folder / str(number), FIRST + timedelta(days=number))
            for number, drill in enumerate(chosen)
        ]
    print(f"\n{sum(ended)} de {len(ended)} exercícios, em {time.monotonic() - began:.0f} s")
    return int(not all(ended))


if __name__ == "__main__":
    sys.exit(main())
