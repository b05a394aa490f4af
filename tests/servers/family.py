"""What MariaDB's and MySQL's server have in common: who may come in, and how it is known that they run."""

import os
import secrets
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any

import pymysql

from local import children
from local.place import HOST
from local.postgres import free_port
from tests.servers.packages import Unpacked, alone
from tests.servers.starting import until

NAME = "conciliacao"
READER = "reconciliation_ro"


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
            unix_socket=str(self.socket),
            user="root",
            database=database,
            charset="utf8mb4",
            autocommit=True,
            ssl_disabled=True,
        )

    def stop(self) -> None:
        """Its data is thrown away: nothing to write back."""
        children.stop(self.process)


def launch(name: str, command: Sequence[str], data: Path, *options: str) -> Database:
    """The server that has its data in `data`, with an empty database and a reader. Raises RuntimeError."""
    folder, port = data.parent, free_port()
    log, socket = folder / "log", folder / "s"
    whole = [
        *command, *as_root(), f"--datadir={data}", f"--bind-address={HOST}", f"--port={port}",
        f"--socket={socket}", f"--pid-file={folder / 'pid'}", "--skip-name-resolve",
        f"--tmpdir={folder}",  # not the machine's: each that starts clears it of others' tables
        "--performance-schema=on", "--innodb-buffer-pool-size=64M", "--innodb-flush-log-at-trx-commit=0",
        "--innodb-flush-method=nosync",
        *options,
    ]  # fmt: skip
    with log.open("wb") as output:
        process = children.start(whole, {"PATH": os.defpath}, folder, output=output)
    database = Database(port, socket, secrets.token_urlsafe(12), process)
    until(name, process, log, lambda: database.owner(None).close(), pymysql.err.OperationalError)
    _create(database)
    return database


def initialised(
    name: str, found: Unpacked, template: str, command: Sequence[str], statements: str = ""
) -> Path:
    """Data as a new server has it, made once, beside the program: that takes longer than all the rest."""
    place = found.root.parent
    made = place / template
    if not made.exists():
        with alone(place):
            if not made.exists():
                _initialise(name, command, statements, made)
    return made


def _initialise(name: str, command: Sequence[str], statements: str, made: Path) -> None:
    work = made.with_suffix(".work")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    done = subprocess.run(
        [*command, *as_root(), f"--datadir={work}"],
        input=statements, capture_output=True, text=True, env={"PATH": os.defpath}, check=False,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{name} could not make its data: {done.stderr[-1000:].strip()}")
    work.rename(made)


def as_root() -> list[str]:
    """They refuse root who does not ask for it."""
    return ["--user=root"] if os.geteuid() == 0 else []


def _create(database: Database) -> None:
    with database.owner(None) as connection, connection.cursor() as cursor:
        for statement in (
            f"create database {NAME} character set utf8mb4",
            f"create user {READER}@'%' identified by '{database.password}'",
            f"grant select on {NAME}.* to {READER}@'%'",
        ):
            cursor.execute(statement)
