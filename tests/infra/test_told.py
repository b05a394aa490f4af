"""Drawn days on which runs fail while Slack and SNS come and go: each code opens once, and nothing is lost.

The incidents of the five playbooks and the counts: `python -m tests.told`.
"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.depth import at_depth
from tests.infra.template import Template
from tests.told.delivery import delivered
from tests.told.limits import broken
from tests.told.stories import START, lived_through

STEPS = st.sampled_from(["RDS_AUTH", "RDS_UNREACHABLE", "BASE_EMPTY"]) | st.sampled_from(["Slack", "SNS"])


@pytest.mark.deep
@settings(max_examples=at_depth(4), deadline=None)
@given(st.lists(STEPS | st.integers(1, 25), min_size=6, max_size=12))
def test_of_a_drawn_day_each_code_opens_once_and_nothing_is_lost(
    template: Template, steps: list[str | int]
) -> None:
    with delivered(template) as on:
        on.start_at(START)
        lived_through(on, steps)
        on.pass_minutes(20)
        assert broken(on) == []
