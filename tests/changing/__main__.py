"""Each change of docs/changing.md made in a copy of the checkout, then with one file left out: who says so?

    python -m tests.changing [NAME]

NAME is a part of a change's name; without it, all of them. Prints a line for each whole change and each file.
Exit code 1: a whole change does not pass its checks, or a file can be left out unnoticed.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from local.place import CHECKOUT
from tests.changing.changes import CHANGES, Change


def main() -> int:
    """Answers the exit code."""
    faults = 0
    with tempfile.TemporaryDirectory() as folder:
        tracked = subprocess.run(
            ["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, check=True
        ).stdout
        subprocess.run(
            ["xargs", "-0", "cp", "--parents", "-t", folder], cwd=CHECKOUT, input=tracked, check=True
        )
        for change in (each for each in CHANGES if (sys.argv[1:] or [""])[0] in each.name):
            failed = _failed(Path(folder), change)
            faults += failed is not None
            print(f"{change.name}: {failed or f'{len(change.files)} files, its checks pass'}", flush=True)
            for file in change.files:
                noticed = _failed(Path(folder), change, left_out=file)
                faults += noticed is None
                print(f"  without {file}: {noticed or 'NOBODY NOTICED'}", flush=True)
    return int(faults > 0)


def _failed(copy: Path, change: Change, left_out: str = "") -> str | None:
    """What the first failing check says of the change without a file's edits; the copy is as before then."""
    before = {file: (copy / file).read_text() for file in change.files}
    for edit in change.edits:
        if edit.file != left_out:
            (copy / edit.file).write_text(edit.of((copy / edit.file).read_text()))
    try:
        return next((said for check in change.checks if (said := _said(copy, check))), None)
    finally:
        for file, text in before.items():
            (copy / file).write_text(text)


def _said(copy: Path, check: str) -> str | None:
    """The test, or the line of mypy's, that fails; None where the check passes."""
    quietly = ["-x", "-p", "no:cacheprovider"] if check.startswith("pytest") else []
    command = [sys.executable, "-B", "-m", *check.split(), *quietly]
    ran = subprocess.run(command, cwd=copy, capture_output=True, text=True, check=False)
    if ran.returncode == 0:
        return None
    lines = ran.stdout.splitlines()
    failed = [line for line in lines if line.startswith(("FAILED ", "ERROR ")) or ": error:" in line]
    return (failed or lines or [ran.stderr])[0].split(" - ")[0].removeprefix("FAILED ").removeprefix("ERROR ")


if __name__ == "__main__":
    sys.exit(main())
