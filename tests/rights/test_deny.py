"""The loop that denies each right (`python -m tests.rights.deny`), on a drawn few, in the scenarios alone."""

from pathlib import Path

import pytest

from tests.rights import kept
from tests.rights.deny import denial, scenarios
from tests.rights.deny.__main__ import drawn
from tests.rights.granted import Right

S3 = "arn:aws:s3:::reconciliation-"


@pytest.mark.parametrize(
    ("role", "action", "resource", "scenario"),
    [
        ("reconciliation-close-run", "s3:PutObject", "checkpoints/days/*", "timeout_in_reconciliation"),
        ("reconciliation-finish-run", "s3:GetObject", "output/resumos/*", "published"),
    ],
)
def test_a_right_that_is_needed_is_missed(role: str, action: str, resource: str, scenario: str) -> None:
    right = Right(role, action, f"{S3}{resource}")
    found = scenarios.without(right, scenario)
    assert found.is_refused
    assert found.is_seen, found


def test_a_right_that_is_not_needed_is_not_missed(tmp_path: Path) -> None:
    found = scenarios.without(Right("reconciliation-finish-run", "s3:DeleteObject", "*"), "published")
    assert (found.is_refused, found.is_seen) == (False, False)
    denial.add(tmp_path / "kept", found)
    assert denial.read(tmp_path / "kept") == [found]


def test_a_sample_has_each_role() -> None:
    rights = [use.right for use in kept.read()]
    some = drawn(rights, 30, 7)
    assert (len(some), len(set(some))) == (30, 30)
    assert {right.role for right in some} == {right.role for right in rights}
    assert some == drawn(rights, 30, 7)
    assert some != drawn(rights, 30, 8)
