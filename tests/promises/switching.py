"""A mechanism switched off: in a copy of the checkout, where its tests are run."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from local.place import CHECKOUT
from tests.promises.mechanism import Mechanism

_SET_UP = "the setup of "
_FAILED = re.compile(r"(FAILED|ERROR) (\S+::.+?)(?: - |$)")
"""A file that cannot be collected has no `::`."""
_HANGS_S = 600
"""With one mechanism off; all of the tests take some minutes, and `timeout` takes 0 for no limit."""


@contextmanager
def copied() -> Iterator[Path]:
    """A folder with the checkout's files as they stand, and its built wheels, which nobody fetches twice."""
    tracked = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(tracked, cwd=CHECKOUT, capture_output=True, check=True).stdout
    there = b"\0".join(name for name in listed.split(b"\0") if name and (CHECKOUT / name.decode()).exists())
    with tempfile.TemporaryDirectory() as folder:
        copying = ["xargs", "-0", "cp", "--parents", "-t", folder]
        subprocess.run(copying, cwd=CHECKOUT, input=there, check=True)
        wheels = CHECKOUT / "build" / "wheels"
        if wheels.exists():
            (Path(folder) / "build").mkdir()
            (Path(folder) / "build" / "wheels").symlink_to(wheels.resolve())
        yield Path(folder)


def noticed(copy: Path, mechanism: Mechanism) -> str | None:
    """The first test that fails while it is off; its setup, where that passes with the mechanism on again."""
    file = copy / mechanism.file
    text = file.read_text(encoding="utf-8")
    assert text.count(mechanism.line) == 1, f"{mechanism.file} has not once: {mechanism.line}"
    file.write_text(text.replace(mechanism.line, mechanism.off), encoding="utf-8")
    tests = mechanism.tests.split()
    try:
        _, failed = outcome_of(copy, tests, _HANGS_S)
    finally:
        file.write_text(text, encoding="utf-8")
    if failed and failed.startswith(_SET_UP) and outcome_of(copy, tests)[0] != 0:
        return None
    return failed


def outcome_of(copy: Path, tests: Iterable[str], limit_s: int = 0) -> tuple[int, str | None]:
    """Pytest's exit code, and the first test that failed: one that cannot even be collected is none.

    A setup that fails is one. It says which, and not by what two documents differ: that takes ten times as
    long. What hangs is none.
    """
    words = ("-x", "-q", "-p", "no:cacheprovider", "--assert=plain", "--tb=no")
    command = ["timeout", str(limit_s), sys.executable, "-m", "pytest", *words, *sorted(tests)]
    ran = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    failed = [said for line in ran.stdout.splitlines() if (said := _FAILED.match(line))]
    return ran.returncode, (_SET_UP if failed[0][1] == "ERROR" else "") + failed[0][2] if failed else None
