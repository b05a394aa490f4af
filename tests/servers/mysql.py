"""Oracle's MySQL from Debian's unstable suite, with the settings that it brings."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.servers.family import Database, as_root, launch
from tests.servers.packages import UNSTABLE, Unpacked, alone, unpacked

_PACKAGE = "mysql-server-core"
_SMALL = "--innodb-redo-log-capacity=8M"  # it is copied for each start
_QUICK = ("--innodb-redo-log-capacity=128M", "--innodb-doublewrite=off", "--skip-log-bin", "--mysqlx=off")


def start(folder: Path, *options: str, lower_case_table_names: int = 0) -> Database:
    """A database in `folder`. Raises RuntimeError, with MySQL's words; NotInstalled."""
    found = unpacked(_PACKAGE, UNSTABLE)
    command = _command(found)
    named = f"--lower-case-table-names={lower_case_table_names}"  # must be as it was initialised
    data = folder / "data"
    shutil.copytree(_initialised(command, named, found.root.parent), data)
    return launch("MySQL", command, data, named, *_QUICK, *options)


def _initialised(command: list[str], named: str, place: Path) -> Path:
    """Data as a new server has it, made once: initialising takes longer than all the rest."""
    template = place / named.strip("-")
    if not template.exists():
        with alone(place):
            if not template.exists():
                _initialise(command, named, template)
    return template


def _initialise(command: list[str], named: str, template: Path) -> None:
    work = template.with_suffix(".work")
    shutil.rmtree(work, ignore_errors=True)
    made = subprocess.run(
        [*command, *as_root(), "--initialize-insecure", f"--datadir={work}", named, _SMALL],
        capture_output=True, text=True, env={"PATH": os.defpath}, check=False,
    )  # fmt: skip
    if made.returncode:
        raise RuntimeError(f"MySQL could not make its data: {made.stderr[-1000:].strip()}")
    (work / "auto.cnf").unlink()  # the server's identity: each one makes its own
    work.rename(template)


def _command(found: Unpacked) -> list[str]:
    """All its own files are named, since the program looks for them where Debian installs them."""
    share = found.root / "usr" / "share" / "mysql"
    return [
        *found.command("usr/sbin/mysqld"), "--no-defaults", f"--basedir={found.root / 'usr'}",
        f"--lc-messages-dir={share}", f"--character-sets-dir={share / 'charsets'}",
        f"--plugin-dir={found.root / 'usr' / 'lib' / 'mysql' / 'plugin'}", "--secure-file-priv=NULL",
    ]  # fmt: skip
