"""`make setup` as on other machines: each Python of this one first on the PATH, and then 3.11 nowhere.

    python -m tests.machines [PYTHON ...]

Each row is a checkout and a home of its own, set up for real from pip's index: half a minute.
Where 3.11 is missing uv fetches an archive made of this machine's own CPython, by a catalogue with its hash
(`UV_PYTHON_DOWNLOADS_JSON_URL`); with a wrong hash it must refuse. Exit code 1: a row ended otherwise.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from tests.machines.served import archived, served
from tests.targets.checkout import Checkout

TOOLS = (
    "make",
    "awk",
    "sh",
    "env",
    "flock",
    "find",
    "rm",
    "mkdir",
    "touch",
    "uname",
    "getconf",
    "dirname",
    "id",
)
TOOLS += ("grep", "ls", "cat", "printf")


def main() -> int:
    """Answers the exit code."""
    faults = 0
    pythons = sys.argv[1:] or [
        str(path) for path in sorted(Path(sys.base_prefix).parent.glob("*/bin/python3"))
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        archived(folder)
        for python in (*pythons, ""):
            with served(folder) as fetched:
                faults += not _row(folder, python, fetched, ("A Python is needed",))
        with served(folder, is_right=False) as fetched:
            faults += not _row(folder, pythons[-1], fetched, ("Hash mismatch", "could not fetch Python 3.11"))
    return int(faults > 0)


def _row(folder: Path, python: str, fetched: Mapping[str, str], said_wrong: tuple[str, ...]) -> bool:
    """Whether it is set up, or refused as it should be; prints the row."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        place = Path(name)
        tools = place / "bin"
        tools.mkdir()
        for tool in TOOLS:
            (tools / tool).symlink_to(str(shutil.which(tool, path=os.defpath + ":/sbin:/usr/sbin")))
        if python:
            (tools / "python3").symlink_to(python)
        checkout = Checkout.copied(place / "checkout", linked=False)
        env = {"PATH": str(tools), "HOME": str(place), **fetched}
        began = time.monotonic()
        done = subprocess.run(
            ["make", "setup"], cwd=checkout.folder, env=env, capture_output=True, text=True, check=False
        )
        took_s = time.monotonic() - began
        said = (done.stdout + done.stderr).strip()
        made = checkout.folder / ".venv" / "bin" / "python"
        version = (
            subprocess.run([made, "-VV"], capture_output=True, text=True, check=False).stdout
            if made.exists()
            else ""
        )
        print(
            f"| {python or 'no Python'} | {done.returncode} | {took_s:.0f} s | {version.strip()} | {said} |",
            flush=True,
        )
        return done.returncode == 0 or any(text in said for text in said_wrong)


if __name__ == "__main__":
    sys.exit(main())
