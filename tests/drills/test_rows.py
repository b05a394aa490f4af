"""Every playbook has its drills, and each names blocks that its page has. `make drill` plays them."""

import pytest

from reconciliation.errors import FAILURES
from tests.drills.drill import Drill, severity_of
from tests.drills.rows import DRILLS, PLAYBOOKS
from tests.runbooks.pages import block_of


@pytest.mark.parametrize("drill", DRILLS, ids=lambda drill: drill.name)
def test_a_drills_blocks_are_on_its_page(drill: Drill) -> None:
    found = [block_of((drill.playbook, text)) for text in drill.blocks]
    assert len(set(found)) == len(found)


def test_every_playbook_has_its_drills() -> None:
    assert sorted({failure.playbook for failure in FAILURES.values()} - {"1.1", "1.2"}) == PLAYBOOKS
    assert len({drill.name for drill in DRILLS}) == len(DRILLS) >= 12


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_a_pages_severity_is_that_of_its_codes(playbook: str) -> None:
    codes = {code: one.severity for code, one in FAILURES.items() if one.playbook == playbook}
    assert set(codes.values()) == {severity_of(playbook)}, codes
