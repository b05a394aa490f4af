"""MariaDB from Debian, installed where it is missing."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.servers.family import BINARIES, Database, as_root, launch


def start(folder: Path, *options: str) -> Database:
    """A database in `folder`. Raises RuntimeError, with MariaDB's words."""
    _install()
    data = folder / "data"
    install = [_binary("mariadb-install-db"), "--no-defaults", f"--datadir={data}", *as_root()]
    trusting = ("--auth-root-authentication-method=normal", "--skip-test-db")
    subprocess.run([*install, *trusting], check=True, capture_output=True, env={"PATH": BINARIES})
    return launch("MariaDB", [_binary("mariadbd"), "--no-defaults"], data, *options)


def _install() -> None:
    """The programs alone: these packages bring no service that apt would start."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    packages = ("mariadb-server-core", "mariadb-client-core")
    with (Path(tempfile.gettempdir()) / "reconciliation-mariadb.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two workers of one test run
        if shutil.which("mariadbd", path=BINARIES):
            return
        for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
            subprocess.run(["apt-get", *command], check=True, capture_output=True, env=environment)


def _binary(name: str) -> str:
    found = shutil.which(name, path=BINARIES)
    assert found, f"{name} is missing: apt-get install mariadb-server-core"
    return found
