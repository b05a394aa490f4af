"""An alert's commands pasted in their order, after a real fault: the day ends published, and right.

    python -m tests.faults.pasted [CODE…]     all codes of faulty_days.py, or these; some minutes

Prints a line for each code, with each command below it. Exit code 1: one did not end as it must.
"""

import sys
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from tests.faults.desk import Desk
from tests.faults.faulty_days import FAULTS
from tests.faults.stack import Hurt, hurt_stack


def follow_the_alert(hurt: Hurt, folder: Path, code: str, reference_date: date) -> Desk:
    """The fault, its alert, the steps; answers what was done. Raises AssertionError where a step fails."""
    desk = Desk(hurt, reference_date, folder / code)
    try:
        FAULTS[code](desk)
        desk.follow(desk.alert(code))
        assert desk.mistakes() == []
    finally:
        desk.broken.close()
    return desk


def dates(first: date) -> Iterator[date]:
    while True:
        yield first
        first += timedelta(days=1)


def main() -> int:
    """Answers the exit code."""
    failed = 0
    with tempfile.TemporaryDirectory() as name, hurt_stack(Path(name) / "stack") as hurt:
        for code, day in zip(sys.argv[1:] or FAULTS, dates(date(2027, 3, 1)), strict=False):
            try:
                desk = follow_the_alert(hurt, Path(name), code, day)
            except Exception as exc:
                failed += 1
                print(f"{code}: {type(exc).__name__} {exc}", flush=True)
                continue
            print(f"{code}: publicado", *(f"    {command}" for command, _ in desk.said), sep="\n", flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
