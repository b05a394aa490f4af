"""Programs from Debian, unpacked into a folder of their own: no root, and nothing of the machine is changed.

apt runs on settings and lists of its own, with no package taken for installed, so that the program's
libraries come too, libc included; the mirror, its keyring and any proxy are the machine's. The program is
started by the loader that was unpacked with it.
"""

import fcntl
import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

UNSTABLE = "unstable"
_TRIES, _PAUSE_S, _LIMIT_S = 3, 5, 300
_SETTINGS = """
Dir::State "{folder}/state";
Dir::State::status "{folder}/status";
Dir::Cache "{folder}/cache";
Dir::Etc::SourceList "{folder}/none.list";
Dir::Etc::SourceParts "{folder}/sources";
Dir::Etc::Preferences "{folder}/none";
Dir::Etc::PreferencesParts "{folder}/none.d";
APT::Sandbox::User "{user}";
APT::Default-Release "";
APT::Install-Recommends "false";
APT::Install-Suggests "false";
APT::Get::AllowUnauthenticated "false";
Acquire::AllowInsecureRepositories "false";
APT::Keep-Downloaded-Packages "true";
Acquire::Languages "none";
Acquire::Retries "3";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Pre-Install-Pkgs;
#clear DPkg::Post-Invoke;
"""
_SOURCE = """
Types: deb
URIs: {mirror}
Suites: {release}
Components: main
"""


class NotInstalled(RuntimeError):
    """What apt or dpkg could not do, in its own words; tests that lack it are left out (tests/absent.py)."""

    package = ""


_failed: dict[Path, NotInstalled] = {}
"""By place: a process does not try for each test what takes a minute to fail."""


@dataclass(frozen=True)
class Unpacked:
    """A package with all that it depends on, under one root."""

    root: Path

    def command(self, program: str) -> list[str]:
        """How `program`, a path from the root, is started where it lies."""
        libraries = [
            folder for part in ("lib", "usr/lib") for folder in self.root.glob(f"{part}/*-linux-gnu")
        ]
        loader = next(path for folder in libraries for path in sorted(folder.glob("ld-linux*.so.*")))
        path = str(self.root / program)
        return [str(loader), "--argv0", path, "--library-path", ":".join(map(str, libraries)), path]


def cache() -> Path:
    """The folder that outlives the runs."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "reconciliation-servers"


def unpacked(package: str, release: str = "") -> Unpacked:
    """`package` of Debian's `release`, or of the machine's own. Raises NotInstalled, once more at once."""
    place = cache() / (release or "own") / package
    root = place / "root"
    if place in _failed:
        raise _failed[place]
    if not root.exists():
        try:
            with alone(place):
                if not root.exists():
                    _unpack(package, release, place)
        except NotInstalled as exc:
            exc.package = package
            _failed[place] = exc
            raise
    return Unpacked(root)


@contextmanager
def alone(place: Path) -> Iterator[None]:
    """Two workers, or two checkouts, may want the same at once."""
    place.mkdir(parents=True, exist_ok=True)
    with (place / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _unpack(package: str, release: str, place: Path) -> None:
    work = place / "work"
    shutil.rmtree(work, ignore_errors=True)
    _download(package, release, work)
    for archive in sorted((work / "cache" / "archives").glob("*.deb")):
        _run("dpkg-deb", "--extract", str(archive), str(work / "root"))
    (work / "root").rename(place / "root")
    shutil.rmtree(work)


def _download(package: str, release: str, work: Path) -> None:
    """Anew from the lists where it fails: they may name what the mirror has just replaced."""
    settings = _configure(release, work)
    for left in reversed(range(_TRIES)):
        try:
            _run("apt-get", "-c", str(settings), "--error-on=any", "update")
            _run("apt-get", "-c", str(settings), "install", "--yes", "--download-only", package)
        except NotInstalled:
            if not left:
                raise
            time.sleep(_PAUSE_S)
        else:
            return


def _configure(release: str, work: Path) -> Path:
    mirror, own = own_mirror()
    for folder in ("state/lists/partial", "cache/archives/partial", "sources"):
        (work / folder).mkdir(parents=True)
    (work / "status").touch()
    keyring = keyring_of(mirror)
    source = _SOURCE.format(mirror=mirror, release=release or own) + (
        f"Signed-By: {keyring}\n" if keyring else ""
    )
    (work / "sources" / "one.sources").write_text(source)
    settings = work / "apt.conf"
    user = "root" if os.geteuid() == 0 else ""
    settings.write_text(_SETTINGS.format(folder=work, user=user))
    return settings


def own_mirror() -> tuple[str, str]:
    """Where the machine's own apt finds Debian, and the release that the machine is of."""
    known = re.findall(r"'(\S+)/dists/([^/']+)/InRelease'", _run("apt-get", "update", "--print-uris"))
    own = re.search(r"^VERSION_CODENAME=\W?(\w+)", Path("/etc/os-release").read_text(), re.MULTILINE)
    names = {own[1]} if own else {"stable", "testing", UNSTABLE, "sid"}
    found = next(((mirror, release) for mirror, release in known if release in names), None)
    if found is None:
        raise NotInstalled(f"apt's sources name no Debian of {', '.join(sorted(names))}, only {known}")
    return found


def keyring_of(mirror: str) -> str:
    """The keyring that the machine's sources name for the mirror; "" where apt's own is meant."""
    apt = Path("/etc/apt")
    for path in [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*"))]:
        text = (
            path.read_text(errors="replace") if path.suffix in {".list", ".sources"} and path.exists() else ""
        )
        named = re.search(r"signed-by\s*[:=]\s*(/[^\s\]]+)", text, re.IGNORECASE)
        if mirror in text and named:
            return named[1]
    return ""


def _run(*command: str) -> str:
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, timeout=_LIMIT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        raise NotInstalled(f"{command[0]} could not be run: {exc}") from exc
    if done.returncode:
        raise NotInstalled(f"{' '.join(command)}: {(done.stderr or done.stdout)[-1000:].strip()}")
    return done.stdout
