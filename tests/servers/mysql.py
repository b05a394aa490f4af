"""Oracle's MySQL from Debian's unstable suite, with the settings that it brings."""

import shutil
from pathlib import Path

from tests.servers.family import Database, initialised, launch
from tests.servers.packages import UNSTABLE, Unpacked, unpacked

_SMALL = "--innodb-redo-log-capacity=8M"  # it is copied for each start
_QUICK = ("--innodb-redo-log-capacity=128M", "--innodb-doublewrite=off", "--skip-log-bin", "--mysqlx=off")


def start(folder: Path, *options: str, lower_case_table_names: int = 0) -> Database:
    """A database in `folder`. Raises RuntimeError, with MySQL's words; NotInstalled."""
    found = unpacked("mysql-server-core", UNSTABLE)
    named = f"--lower-case-table-names={lower_case_table_names}"  # must be as it was initialised
    command = [*found.command("usr/sbin/mysqld"), "--no-defaults", *_places(found), named]
    template = initialised(
        "MySQL", found, f"data-{lower_case_table_names}", [*command, "--initialize-insecure", _SMALL]
    )
    data = folder / "data"
    shutil.copytree(template, data, ignore=shutil.ignore_patterns("auto.cnf"))  # the server's identity
    return launch("MySQL", command, data, *_QUICK, *options)


def _places(found: Unpacked) -> list[str]:
    """The program looks for them where Debian installs them."""
    share = found.root / "usr" / "share" / "mysql"
    return [
        f"--basedir={found.root / 'usr'}", f"--lc-messages-dir={share}",
        f"--character-sets-dir={share / 'charsets'}",
        f"--plugin-dir={found.root / 'usr' / 'lib' / 'mysql' / 'plugin'}", "--secure-file-priv=NULL",
    ]  # fmt: skip
