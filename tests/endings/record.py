"""Writes the fixtures: `python -m tests.endings.record [NAME…]`, from the checkout's root.

Without names all of them, and those that no scenario has any more are deleted. What changes is a change of
behaviour that somebody can see: look at each with `git diff` before it is committed.
"""

import sys
from collections.abc import Sequence

from tests.endings.catalogue import SCENARIOS
from tests.endings.recording import FIXTURES, path_of, record, to_text


def main(names: Sequence[str]) -> None:
    FIXTURES.mkdir(exist_ok=True)
    for name in names or SCENARIOS:
        path_of(name).write_text(to_text(record(SCENARIOS[name])) + "\n", encoding="utf-8")
    if not names:
        for path in FIXTURES.glob("*.json"):
            if path.stem not in SCENARIOS:
                path.unlink()


if __name__ == "__main__":
    main(sys.argv[1:])
