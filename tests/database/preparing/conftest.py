"""An empty base of each engine that the stack creates."""

from collections.abc import Callable, Iterator

import pytest

from tests.database.conftest import Server
from tests.database.emptied import Empty, emptied


@pytest.fixture(scope="session", params=["postgres", "mysql"])
def started(request: pytest.FixtureRequest, servers: Callable[[str], Server]) -> Server:
    """Those that the stack creates."""
    return servers(request.param)


@pytest.fixture
def empty(started: Server) -> Iterator[Empty]:
    with emptied(started) as empty:
        yield empty
