"""local/packages.py: whole or not there, once for each content."""

import os
import time
from pathlib import Path

import pytest

from local.packages import KEPT_S, forget_unused, installed, unpacked
from tests.local.conftest import archive


def test_what_is_unpacked_is_not_unpacked_again(tmp_path: Path) -> None:
    target = tmp_path / "code" / "digest"
    assert (unpacked(lambda: archive({"a/b.py": "1"}), target) / "a" / "b.py").read_text() == "1"
    assert (unpacked(lambda: pytest.fail("read twice"), target) / "a" / "b.py").read_text() == "1"


def test_all_wheels_of_the_bundle_are_installed_together(tmp_path: Path) -> None:
    wheels = {
        "a-1.whl": archive({"a/__init__.py": ""}),
        "wheels/b-1.whl": archive({"b.py": ""}),
        "README": "no",
    }
    folder = installed(lambda: archive(dict(wheels)), tmp_path / "digest")
    assert sorted(path.name for path in folder.iterdir()) == ["a", "b.py"]


def test_a_broken_archive_leaves_no_package(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="not a zip file"):
        unpacked(lambda: b"broken", tmp_path / "digest")
    assert not (tmp_path / "digest").exists()


def test_only_what_was_used_lately_is_kept(tmp_path: Path) -> None:
    old, used = tmp_path / "code" / "old", tmp_path / "code" / "used"
    for folder in (old, used):
        unpacked(lambda: archive({"a.py": ""}), folder)
        os.utime(folder, (0, time.time() - KEPT_S - 60))
    unpacked(lambda: pytest.fail("read twice"), used)
    forget_unused(tmp_path)
    assert (old.exists(), used.exists()) == (False, True)
