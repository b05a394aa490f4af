"""MariaDB from Debian, installed where it is missing: the server that the MySQL reader is tested on."""

import fcntl
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any

import pymysql

from local import children
from local.place import HOST
from local.postgres import free_port

NAME = "conciliacao"
READER = "reconciliation_ro"
START_S = 20.0
_PATH = f"{os.defpath}:/usr/sbin:/usr/local/sbin:/sbin"


@dataclass(frozen=True)
class Database:
    """Where the started server is; `process` ends it."""

    port: int
    socket: Path
    password: str
    process: Popen[bytes]

    @property
    def reader(self) -> dict[str, str | int]:
        """The secret's members, for the user that may only SELECT."""
        return {
            "engine": "mysql",
            "host": HOST,
            "port": self.port,
            "dbname": NAME,
            "username": READER,
            "password": self.password,
        }

    def owner(self, database: str | None = NAME) -> Any:
        return pymysql.connect(
            unix_socket=str(self.socket), user="root", database=database, charset="utf8mb4", autocommit=True
        )

    def stop(self) -> None:
        children.stop(self.process, 5)


def start(folder: Path, *options: str) -> Database:
    """A database in `folder`. Raises RuntimeError, with MariaDB's words."""
    _install()
    data, log, socket = folder / "data", folder / "log", folder / "s"
    settings = ["--no-defaults", f"--datadir={data}", *(["--user=root"] if os.geteuid() == 0 else [])]
    install = [_binary("mariadb-install-db"), *settings, "--auth-root-authentication-method=normal"]
    subprocess.run([*install, "--skip-test-db"], check=True, capture_output=True, env={"PATH": _PATH})
    port = free_port()
    command = [
        _binary("mariadbd"), *settings, f"--bind-address={HOST}", f"--port={port}", f"--socket={socket}",
        f"--pid-file={folder / 'pid'}", "--skip-name-resolve", "--performance-schema=on",
        "--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=0", *options,
    ]  # fmt: skip
    with log.open("wb") as output:
        process = children.start(command, {"PATH": _PATH}, folder, output=output)
    database = Database(port, socket, secrets.token_urlsafe(12), process)
    _wait(database, log)
    _create(database)
    return database


def _create(database: Database) -> None:
    grant = f"create user {READER}@'%' identified by '{database.password}'"
    with database.owner(None) as connection, connection.cursor() as cursor:
        for statement in (
            f"create database {NAME} character set utf8mb4",
            grant,
            f"grant select on {NAME}.* to {READER}@'%'",
        ):
            cursor.execute(statement)


def _wait(database: Database, log: Path) -> None:
    limit = time.monotonic() + START_S
    while time.monotonic() < limit and database.process.poll() is None:
        with suppress(pymysql.err.OperationalError):
            database.owner(None).close()
            return
        time.sleep(0.05)
    children.stop(database.process)
    raise RuntimeError(
        f"MariaDB did not start; its log says: {log.read_text(errors='replace')[-500:].strip()}"
    )


def _install() -> None:
    """The programs alone: these packages bring no service that apt would start."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    packages = ("mariadb-server-core", "mariadb-client-core")
    with (Path(tempfile.gettempdir()) / "reconciliation-mariadb.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two workers of one test run
        if shutil.which("mariadbd", path=_PATH):
            return
        for command in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
            subprocess.run(["apt-get", *command], check=True, capture_output=True, env=environment)


def _binary(name: str) -> str:
    found = shutil.which(name, path=_PATH)
    assert found, f"{name} is missing: apt-get install mariadb-server-core"
    return found
