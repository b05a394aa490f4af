"""A server that cannot be had is no failure, but the last line says so; with CI=true it is one."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TESTS = """
import pytest
from tests.servers.packages import NotInstalled


@pytest.fixture(params=["mysql", "mysql", "chromium"])
def server(request):
    failed = NotInstalled("apt-get: 404 Not Found")
    failed.package = request.param
    raise failed


def test_on_a_server(server):
    pass


def test_without_one():
    pass
"""
CLOSING = "3 tests were left out, as this machine cannot have: chromium (1), mysql (2)"


@pytest.mark.parametrize(
    ("workers", "ci", "code", "said"),
    [
        ("0", "", 0, f"{CLOSING}."),
        ("2", "", 0, f"{CLOSING}."),
        ("2", "true", 1, f"{CLOSING}; with CI=true that is a failure."),
    ],
)
def test_what_was_left_out_is_one_closing_line(
    tmp_path: Path, workers: str, ci: str, code: int, said: str
) -> None:
    (tmp_path / "test_some.py").write_text(TESTS)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "-p", "tests.absent",
         "-p", "no:cacheprovider", "-n", workers, tmp_path],
        cwd=ROOT, env={**os.environ, "CI": ci}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == code, done.stdout
    assert said in done.stdout
    assert re.search(r"1 passed, 3 skipped", done.stdout)
