"""The days that most questions are asked of."""

import pytest

from tests.explain.days import Ran, three_days


@pytest.fixture
def ran() -> Ran:
    return three_days()
