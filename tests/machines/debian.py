"""A fresh Debian in a folder, made by debootstrap: what a person has there who has only just come.

It shares this machine's kernel, network and certificates; its programs, users, processes and memory folder
are its own. Nothing that runs there outlives the command that started it.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.machines.row import Row
from tests.servers.packages import keyring_of, own_mirror, unpacked
from tests.targets.checkout import ROOT

MUST_HAVE = ("make", "git", "ca-certificates")
"""What a person brings to Debian's smallest installation."""
PERSON = "ana"
_STANDING_STILL = 'Acquire::Check-Valid-Until "false";\n'
"""A mirror may be of some weeks ago; debootstrap takes it, too."""
_BUNDLE = "/srv/conciliacao.bundle"
_CERTIFICATES = "usr/local/share/ca-certificates"
_APART = ("unshare", "--mount", "--propagation=private", "--pid", "--fork", "--kill-child")
# the shell stays, and buries what others leave, as init would
_WITHIN = """
mount --rbind /dev "$1/dev"
mount -t tmpfs tmpfs "$1/dev/shm"
mount -t proc proc "$1/proc"
chroot "$1" su --login "$2" --command "$3" || exit $?
exit 0
"""


@dataclass(frozen=True)
class Debian:
    """`root` is its folder; `given` the variables that everybody has there."""

    suite: str
    root: Path
    given: Mapping[str, str] = field(default_factory=dict)

    def make(self) -> None:
        """Unless it is there. Raises CalledProcessError; its reasons are in a log beside the folder."""
        if not (self.root / _BUNDLE[1:]).exists():
            _debootstrap(self.suite, self.root)
            for name in ("resolv.conf", "hosts"):
                shutil.copy(Path("/etc") / name, self.root / "etc")
            (self.root / "etc/apt/apt.conf.d/99mirror").write_text(_STANDING_STILL)
            for path in (Path("/") / _CERTIFICATES).glob("*.crt"):
                self.trust(path)
            self.run("root", "update-ca-certificates")
            self.run("root", f"useradd --create-home --shell /bin/sh {PERSON}")
        bundle = ["git", "bundle", "create", "--quiet", self.root / _BUNDLE[1:], "HEAD"]
        subprocess.run(bundle, cwd=ROOT, check=True)

    def trust(self, ca: Path) -> None:
        """Counts from `update-ca-certificates` on."""
        shutil.copy(ca, self.root / _CERTIFICATES)

    def clone(self, user: str, folder: str) -> None:
        """Anew. Raises RuntimeError."""
        code, said = self.run(user, f"rm -rf {folder}; git clone --quiet {_BUNDLE} {folder}")
        if code:
            raise RuntimeError(said)

    def run(self, user: str, command: str, *, is_online: bool = True) -> tuple[int, str]:
        """As somebody who has just logged in: the exit code, and all that was said."""
        apart = [*_APART, *(() if is_online else ("--net",))]
        loopback = "" if is_online else "ip link set lo up\n"
        done = subprocess.run(
            [*apart, "sh", "-ec", loopback + _WITHIN, "sh", self.root, user, command],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False,
        )  # fmt: skip
        return done.returncode, done.stdout

    def row(
        self, user: str, folder: str, command: str, wanted: tuple[int, str], *,
        what: str = "", env: Mapping[str, str] | None = None, is_online: bool = True,
    ) -> Row:  # fmt: skip
        """The command in that folder; `what` says in the table how it was meant."""
        named = {**(self.given if is_online else {}), **(env or {})}
        variables = [f"export {name}={shlex.quote(text)};" for name, text in named.items()]
        began = time.monotonic()
        code, said = self.run(user, " ".join((*variables, f"cd {folder} && {command}")), is_online=is_online)
        took_s = time.monotonic() - began
        return Row(f"Debian {self.suite}", user, what or f"`{command}`", code, said, took_s, wanted)


def _debootstrap(suite: str, root: Path) -> None:
    program = unpacked("debootstrap").root
    mirror, _ = own_mirror()
    keyring = keyring_of(mirror)
    words = [
        "--variant=minbase", f"--include={','.join(MUST_HAVE)}",
        *([f"--keyring={keyring}"] if keyring else []), suite, str(root), mirror,
    ]  # fmt: skip
    with root.with_suffix(".log").open("w") as log:
        subprocess.run(
            [*_APART[:3], "sh", str(program / "usr/sbin/debootstrap"), *words],
            env={**os.environ, "DEBOOTSTRAP_DIR": str(program / "usr/share/debootstrap")},
            stdout=log, stderr=subprocess.STDOUT, check=True,
        )  # fmt: skip
