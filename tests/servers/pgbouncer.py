"""PgBouncer from Debian before a PostgreSQL: each session of ours may be another one's of the server."""

import os
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from typing import Any, Literal

from local import children, postgres
from local.place import HOST
from local.postgres import free_port
from tests.servers.packages import unpacked
from tests.servers.starting import until_reachable

Mode = Literal["session", "transaction"]
_SETTINGS = """
[databases]
{dbname} = host={host} port={server_port} dbname={dbname}
[pgbouncer]
listen_addr = {host}
listen_port = {port}
unix_socket_dir =
auth_type = {auth}
auth_file = {users}
pool_mode = {mode}
default_pool_size = 4
{ignored}
"""


@dataclass(frozen=True)
class Pooler:
    """`secret` is the server's, by way of the pooler; `process` ends it."""

    secret: dict[str, Any]
    process: Popen[bytes]

    def stop(self) -> None:
        children.stop(self.process)


def start(
    folder: Path, secret: dict[str, Any], mode: Mode, ignore: str = "", auth: str = "scram-sha-256"
) -> Pooler:
    """`ignore` are the startup parameters dropped without a word; any unknown one is refused without it.

    Raises RuntimeError, with PgBouncer's words.
    """
    settings, users, log = (folder / name for name in ("pgbouncer.ini", "users", "log"))
    users.write_text(f'"{secret["username"]}" "{secret["password"]}"\n')
    port = free_port()
    ignored = f"ignore_startup_parameters = {ignore}" if ignore else ""
    settings.write_text(
        _SETTINGS.format(
            dbname=secret["dbname"], host=HOST, server_port=secret["port"], port=port, users=users, mode=mode,
            ignored=ignored, auth=auth,
        )
    )  # fmt: skip
    command = [*postgres._user(), *unpacked("pgbouncer").command("usr/sbin/pgbouncer"), str(settings)]
    with log.open("wb") as output:
        process = children.start(command, {"PATH": os.defpath}, folder, output=output)
    until_reachable("PgBouncer", process, port, log)
    return Pooler({**secret, "port": port}, process)
