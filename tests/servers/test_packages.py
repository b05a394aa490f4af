"""Unpacking a package where apt has its troubles: it is played here, and real under the databases' tests."""

from pathlib import Path

import pytest

from tests.servers import packages
from tests.servers.packages import NotInstalled, unpacked

MIRROR = "'http://mirror.example/debian/dists/{}/InRelease' mirror.example_InRelease 0\n"


class Apt:
    """apt-get and dpkg-deb; `failures` are the commands that fail, each once."""

    def __init__(self, *failures: str, release: str) -> None:
        self.failures = list(failures)
        self.release = release
        self.asked: list[tuple[str, ...]] = []

    def __call__(self, *command: str) -> str:
        self.asked.append(command)
        if "--print-uris" in command:
            return MIRROR.format(self.release)
        for word in command:
            if word in self.failures:
                self.failures.remove(word)
                raise NotInstalled(f"{word}: 404 Not Found")
        if "install" in command:
            (Path(command[2]).parent / "cache" / "archives" / "one.deb").touch()
        if command[0] == "dpkg-deb":
            Path(command[-1]).mkdir()
        return ""


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "of an é'user"))
    monkeypatch.setattr(packages.time, "sleep", lambda _: None)


def own_release() -> str:
    lines = Path("/etc/os-release").read_text().splitlines()
    return next((line[17:].strip('"') for line in lines if line.startswith("VERSION_CODENAME=")), "sid")


@pytest.mark.parametrize("failures", [(), ("update",), ("install", "install"), ("update", "install")])
def test_a_download_that_fails_is_tried_again(
    monkeypatch: pytest.MonkeyPatch, failures: tuple[str, ...]
) -> None:
    apt = Apt(*failures, release=own_release())
    monkeypatch.setattr(packages, "_run", apt)
    place = unpacked("some-server", packages.UNSTABLE).root
    asked = len(apt.asked)
    assert place.is_dir()
    assert unpacked("some-server", packages.UNSTABLE).root == place
    assert len(apt.asked) == asked, "it is there"
    assert {path.name for path in place.parent.iterdir()} == {"root", "lock"}


def test_what_apt_said_last_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    apt = Apt(*["install"] * 3, release=own_release())
    monkeypatch.setattr(packages, "_run", apt)
    with pytest.raises(NotInstalled, match="install: 404 Not Found"):
        unpacked("some-server")
    packages._failed.clear()  # as in the next process
    apt.failures.append("--extract")
    with pytest.raises(NotInstalled, match="--extract: 404"):
        unpacked("some-server")
    packages._failed.clear()
    assert unpacked("some-server").root.is_dir(), "nothing half made stays"


def test_what_failed_is_not_tried_for_each_test(monkeypatch: pytest.MonkeyPatch) -> None:
    apt = Apt(*["install"] * 3, release=own_release())
    monkeypatch.setattr(packages, "_run", apt)
    for _ in range(2):
        with pytest.raises(NotInstalled) as failed:
            unpacked("some-server")
        assert failed.value.package == "some-server"
    assert sum("install" in asked for asked in apt.asked) == 3


def test_a_machine_without_debian_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "_run", Apt(release="jammy-of-others"))
    with pytest.raises(NotInstalled, match="apt's sources name no Debian"):
        unpacked("some-server")


def test_a_machine_without_apt_is_told() -> None:
    with pytest.raises(NotInstalled, match="apt-of-nobody could not be run"):
        packages._run("apt-of-nobody", "update")
