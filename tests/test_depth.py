"""The profile of the command line reaches every test that costs much, and `make test-deep` runs them all."""

from pathlib import Path

import pytest

from tests.depth import at_depth

TESTS = Path(__file__).resolve().parent
WHEN_IMPORTED = at_depth(10)  # as a test's settings are made


@pytest.mark.deep
def test_the_profile_is_in_force_when_settings_are_made(pytestconfig: pytest.Config) -> None:
    profile = pytestconfig.getoption("--hypothesis-profile") or "whole"
    assert {"whole": 10, "fast": 10, "deep": 40}[profile] == WHEN_IMPORTED


def test_whatever_draws_by_depth_is_run_where_it_is_deep() -> None:
    drawing = [path for path in TESTS.rglob("test_*.py") if "at_depth(" in path.read_text(encoding="utf-8")]
    assert len(drawing) > 5
    assert not [path.name for path in drawing if "mark.deep" not in path.read_text(encoding="utf-8")]
