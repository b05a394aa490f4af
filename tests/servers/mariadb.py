"""MariaDB from the machine's own release of Debian."""

import shutil
from pathlib import Path

from tests.servers.family import Database, initialised, launch
from tests.servers.packages import Unpacked, unpacked

_TABLES = (
    "*_system_tables.sql", "*_performance_tables.sql", "*_system_tables_data.sql", "fill_help_tables.sql",
    "maria_add_gis_sp_bootstrap.sql", "*_sys_schema.sql",
)  # fmt: skip
_PASSWORDS = "create database mysql;\nuse mysql;\nset @auth_root_socket = null;\n"
_BOOTSTRAP = ("--bootstrap", "--log-warnings=0", "--max-allowed-packet=8M")


def start(folder: Path, *options: str) -> Database:
    """A database in `folder`. Raises RuntimeError, with MariaDB's words; NotInstalled."""
    found = unpacked("mariadb-server-core")
    command = [*found.command("usr/sbin/mariadbd"), "--no-defaults", *_places(found)]
    data = folder / "data"
    shutil.copytree(initialised("MariaDB", found, "data", [*command, *_BOOTSTRAP], _tables(found)), data)
    return launch("MariaDB", command, data, "--debug-no-sync", *options)  # thrown away, whatever happens


def _tables(found: Unpacked) -> str:
    """As `mariadb-install-db` feeds them to the server: that script looks only where Debian installs them."""
    scripts = [next(_share(found).glob(pattern)) for pattern in _TABLES]
    return _PASSWORDS + "\n".join(script.read_text() for script in scripts)


def _places(found: Unpacked) -> list[str]:
    share = _share(found)
    return [
        f"--basedir={found.root / 'usr'}", f"--lc-messages-dir={share}",
        f"--character-sets-dir={share / 'charsets'}",
    ]  # fmt: skip


def _share(found: Unpacked) -> Path:
    """Its name has changed with the releases."""
    return next(found.root.glob("usr/share/*/fill_help_tables.sql")).parent
