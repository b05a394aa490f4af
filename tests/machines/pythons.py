"""`make setup` with each Python of this machine first on the PATH, and 3.11 nowhere else.

Each row is a checkout and a home of its own, set up for real from pip's index: half a minute. Where 3.11 is
missing uv fetches an archive made of this machine's own CPython, by a catalogue with its hash.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.machines.row import Row
from tests.machines.served import archived, served
from tests.targets.checkout import Checkout

TOOLS = (
    *("awk", "cat", "dirname", "env", "find", "flock", "getconf", "grep", "id", "ls", "make", "mkdir"),
    *("printf", "rm", "sh", "touch", "uname"),
)
SET_UP = (0, r"Python 3\.11\.")
NO_PYTHON = (2, "A Python is needed that makes environments")
WRONG_HASH = (2, r"Hash mismatch[\s\S]*?uv could not fetch Python 3.11")


def rows(pythons: Sequence[str]) -> Iterator[Row]:
    """Of these, or of all that lie beside this one's installation; then of none, and by a wrong hash."""
    found = sorted(Path(sys.base_prefix).parent.glob("*/bin/python3"), key=_version)
    chosen = list(pythons or map(str, found))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        archived(folder)
        with served(folder) as fetched:
            for python in chosen:
                can = _version(Path(python)) >= (3, 9)
                yield _row(folder, python, fetched, SET_UP if can else NO_PYTHON)
            yield _row(folder, "", fetched, NO_PYTHON)
        others = [python for python in chosen if (3, 9) <= _version(Path(python)) != (3, 11)]
        with served(folder, is_right=False) as fetched:
            for other in others[:1]:
                yield _row(folder, other, fetched, WRONG_HASH, what="`make setup`, of another hash")


def _version(python: Path) -> tuple[int, int]:
    said = subprocess.run(
        [python, "-c", "import json, sys; print(json.dumps(list(sys.version_info[:2])))"],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    major, minor = json.loads(said)
    return major, minor


def _row(
    folder: Path, python: str, fetched: Mapping[str, str], wanted: tuple[int, str], what: str = "`make setup`"
) -> Row:
    """Where it was set up, its Python says last which one it is."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        place = Path(name)
        tools = place / "bin"
        tools.mkdir()
        for tool in TOOLS:
            (tools / tool).symlink_to(str(shutil.which(tool, path=os.defpath + ":/sbin:/usr/sbin")))
        if python:
            (tools / "python3").symlink_to(python)
        checkout = Checkout.copied(place / "checkout", linked=False)
        began = time.monotonic()
        done = subprocess.run(
            ["sh", "-c", "make setup && .venv/bin/python -VV"],
            cwd=checkout.folder, env={"PATH": str(tools), "HOME": str(place), **fetched},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip
        took_s = time.monotonic() - began
        first = f"Python {'.'.join(map(str, _version(Path(python))))} first" if python else "no Python"
        return Row(f"this one, {first}", "root", what, done.returncode, done.stdout, took_s, wanted)
