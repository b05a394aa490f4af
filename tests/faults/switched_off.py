"""Each mechanism that keeps a day whole, switched off in a copy of the checkout: which test notices?

    python -m tests.faults.switched_off [NAME]

NAME is a part of a mechanism's name; without it, all of them (a few minutes). Prints one line each.
Exit code 1: a mechanism can be switched off and nobody notices, or a test fails while all of them are on.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from local.place import CHECKOUT
from tests.faults.mechanisms import MECHANISMS, Mechanism

_HANGS_S = 300


def main() -> int:
    """Answers the exit code."""
    chosen = [each for each in MECHANISMS if (sys.argv[1:] or [""])[0] in each.name]
    with tempfile.TemporaryDirectory() as folder:
        tracked = subprocess.run(
            ["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, check=True
        ).stdout
        subprocess.run(
            ["xargs", "-0", "cp", "--parents", "-t", folder], cwd=CHECKOUT, input=tracked, check=True
        )
        copy = Path(folder)
        ended, failed = _tested(copy, {test for each in chosen for test in each.tests.split()})
        if ended != 0:
            print(f"with everything on: {failed or 'the tests do not run'}")
            return 1
        survivors = 0
        for mechanism in chosen:
            noticed = _noticed(copy, mechanism)
            survivors += noticed is None
            print(f"{mechanism.name}: {noticed or 'NOBODY NOTICED'}", flush=True)
    return int(survivors > 0)


def _noticed(copy: Path, mechanism: Mechanism) -> str | None:
    """The first test that fails while it is off."""
    file = copy / mechanism.file
    text = file.read_text(encoding="utf-8")
    assert text.count(mechanism.line) == 1, f"{mechanism.file} has not once: {mechanism.line}"
    file.write_text(text.replace(mechanism.line, mechanism.off), encoding="utf-8")
    _, failed = _tested(copy, mechanism.tests.split())
    file.write_text(text, encoding="utf-8")
    return failed


def _tested(copy: Path, tests: Iterable[str]) -> tuple[int, str | None]:
    """Pytest's exit code, and the first test that failed: one that cannot even be collected is none."""
    command = [sys.executable, "-m", "pytest", "-x", "-p", "no:cacheprovider", *sorted(tests)]
    ran = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False, timeout=_HANGS_S)
    failed = [line.split(" - ")[0] for line in ran.stdout.splitlines() if line.startswith("FAILED ")]
    return ran.returncode, failed[0].removeprefix("FAILED ") if failed else None


if __name__ == "__main__":
    sys.exit(main())
