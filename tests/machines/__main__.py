"""The two commands on machines that this one is not; the table of docs/machines.md is made of what it prints.

    python -m tests.machines pythons [PYTHON ...]
    python -m tests.machines debian [--suites bookworm,trixie] [--groups bare,person] [--folder FOLDER]

`pythons` sets up by each Python of this machine. `debian` makes fresh Debians and walks the groups there in
their order (`tests/machines/fresh.py`): it wants root, a quarter of an hour for each and up to 20 GB with all
that they cache, and removes them, unless FOLDER is named: there they stay, and the next call goes on with
them. Where a suite has no Python 3.11, uv fetches an archive made of this machine's own. Exit code 1: a row
ended otherwise than it should.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.machines import fresh, pythons
from tests.machines.debian import Debian
from tests.machines.row import Row
from tests.machines.served import archived, served


def main(words: Sequence[str]) -> int:
    """Answers the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.machines")
    kinds = parser.add_subparsers(dest="kind", required=True)
    kinds.add_parser("pythons").add_argument("python", nargs="*")
    of_debian = kinds.add_parser("debian")
    of_debian.add_argument("--suites", default="bookworm,trixie")
    of_debian.add_argument("--groups", default=",".join(fresh.GROUPS))
    of_debian.add_argument("--folder", type=Path)
    given = parser.parse_args(words)
    if given.kind == "pythons":
        return _printed(pythons.rows(given.python))
    if os.geteuid() != 0:
        parser.error("debootstrap, mount and chroot want root")
    with _place(given.folder) as folder:
        return _printed(_on_debians(folder, given.suites.split(","), given.groups.split(",")))


def _on_debians(folder: Path, suites: Sequence[str], groups: Sequence[str]) -> Iterator[Row]:
    for suite in suites:
        root = folder / suite
        with _without_3_11(folder) as fetched:
            debian = Debian(suite, root, fetched if suite != "bookworm" else {})
            debian.make()
            for group in groups:
                yield from fresh.GROUPS[group](debian)


@contextmanager
def _without_3_11(folder: Path) -> Iterator[dict[str, str]]:
    if not (folder / "cpython.tar.gz").exists():
        archived(folder)
    with served(folder) as fetched:
        yield fetched


@contextmanager
def _place(folder: Path | None) -> Iterator[Path]:
    """On a disk: a Debian is too large for a /tmp in memory."""
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    made = Path(tempfile.mkdtemp(dir="/var/tmp", prefix="machines-"))
    made.chmod(0o755)
    try:
        yield made
    finally:
        shutil.rmtree(made)


def _printed(rows: Iterator[Row]) -> int:
    faults = 0
    print("| machine | who | what | exit code | took | said |\n|---|---|---|---|---|---|", flush=True)
    for row in rows:
        faults += not row.is_right
        print(row, flush=True)
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
