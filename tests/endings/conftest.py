"""A deployment in process, on which nothing has run yet."""

from collections.abc import Iterator

import pytest

from tests.endings import jobs
from tests.endings.world import World, opened


@pytest.fixture
def world() -> Iterator[World]:
    with opened(jobs.USUAL) as found:
        yield found
