"""The profile of the command line reaches every test that costs much, and `make test-deep` runs them all."""

import re
from pathlib import Path

import pytest

from tests.depth import at_depth

TESTS = Path(__file__).resolve().parent
WHEN_IMPORTED = at_depth(10)  # as a test's settings are made


@pytest.mark.deep
def test_the_profile_is_in_force_when_settings_are_made(pytestconfig: pytest.Config) -> None:
    profile = pytestconfig.getoption("--hypothesis-profile") or "whole"
    assert {"whole": 10, "fast": 10, "deep": 80}[profile] == WHEN_IMPORTED


def test_whatever_draws_by_depth_is_run_where_it_is_deep() -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py")}
    drawing = {name for name, text in texts.items() if re.search(r"at_depth\(|\bON_SERVERS\b", text)}
    assert len(drawing) > 5
    assert not [name for name in drawing if "mark.deep" not in texts[name]]
