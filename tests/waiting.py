"""Waiting for what another process does."""

import time
from collections.abc import Callable
from typing import Any


def eventually(probe: Callable[[], Any], limit_s: float = 30, *, pause_s: float = 0.05) -> Any:
    """What `probe` answers, once that is something."""
    limit = time.monotonic() + limit_s
    while not (found := probe()):
        assert time.monotonic() < limit, "it never came"
        time.sleep(pause_s)
    return found
