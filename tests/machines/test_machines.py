"""What setting up takes for granted of uv, asked of the one that is pinned.

Whole machines: `python -m tests.machines`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.machines.debian import MUST_HAVE
from tests.machines.gateway import Gateway, gateway
from tests.machines.mounting import CAN_MOUNT, IN_ITS_OWN_NAMESPACE
from tests.machines.served import served
from tests.targets.checkout import ROOT

STORE = "/etc/ssl/certs/ca-certificates.crt"
NOTED = {
    "METADATA": "Metadata-Version: 2.1\nName: small\nVersion: 1\n",
    "WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
}


def uv(place: Path, env: Mapping[str, str], *words: str, before: tuple[str, ...] = ()) -> tuple[int, str]:
    usual = {"PATH": os.defpath, "HOME": str(place), "UV_HTTP_RETRIES": "0"}
    done = subprocess.run(
        [*before, sys.executable, "-m", "uv", *words], env={**usual, **env}, cwd=place,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout


def test_an_interpreter_of_another_hash_is_refused(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "cpython.tar.gz", "w:gz") as archive:
        archive.add(__file__, "python/bin/python3.11")
    with served(tmp_path, is_right=False) as fetched:
        code, said = uv(tmp_path, fetched, "python", "install", "--no-bin", "3.11")
    assert code
    assert "Hash mismatch" in said


def test_an_image_has_what_a_fresh_machine_is_given() -> None:
    """Git with its folder, too: tests copy what it lists."""
    steps = (ROOT / "Dockerfile").read_text()
    assert set(MUST_HAVE) <= set(steps[steps.index("apt-get install") :].split())
    assert ".git" not in (ROOT / ".dockerignore").read_text().split()


@pytest.mark.skipif(
    not (CAN_MOUNT and Path(STORE).exists()), reason="only root puts a certificate into the system's store"
)
@pytest.mark.parametrize("is_proxy", [True, False])
@pytest.mark.parametrize("is_trusted", [True, False])
def test_the_system_s_store_decides_whom_uv_believes(
    tmp_path: Path, *, is_proxy: bool, is_trusted: bool
) -> None:
    packages = tmp_path / "packages"
    packages.mkdir()
    with zipfile.ZipFile(packages / "small-1-py3-none-any.whl", "w") as wheel:
        for name, text in {**NOTED, "RECORD": ""}.items():
            wheel.writestr(f"small-1.dist-info/{name}", text)
    with gateway(packages, tmp_path) as found:
        mounting = f'mount --bind "$0" {STORE}; exec "$@"'
        before = (*IN_ITS_OWN_NAMESPACE, "sh", "-ec", mounting, str(found.ca)) if is_trusted else ()
        installing = ("pip", "install", "--target", str(tmp_path / "there"), "small==1")
        env = {"UV_SYSTEM_CERTS": "1", **_asked(found, is_proxy=is_proxy)}
        code, said = uv(tmp_path, env, *installing, before=before)
    assert (code == 0) == is_trusted, said
    assert ("UnknownIssuer" in said) != is_trusted
    assert bool(found.asked["uv"]) == is_trusted


def _asked(found: Gateway, *, is_proxy: bool) -> dict[str, str]:
    if is_proxy:
        return {**found.as_proxy, "UV_DEFAULT_INDEX": "https://index.example/simple"}
    return {"UV_DEFAULT_INDEX": found.as_index["PIP_INDEX_URL"]}
