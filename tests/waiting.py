"""Waiting for what another process does."""

import time
from collections.abc import Callable
from typing import Any


def eventually(probe: Callable[[], Any], limit_s: float = 30, *, pause_s: float = 0.05) -> Any:
    """What `probe` answers, once that is something; the longer it takes, the less often it is asked."""
    began = time.monotonic()
    while not (found := probe()):
        waited_s = time.monotonic() - began
        assert waited_s < limit_s, "it never came"
        time.sleep(max(pause_s, min(0.3, waited_s / 40)))
    return found
