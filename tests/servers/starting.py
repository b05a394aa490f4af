"""Waiting for a server that was started."""

import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from subprocess import Popen

from local import children
from local.place import HOST

START_S = 60.0


def until_reachable(name: str, process: Popen[bytes], port: int, log: Path) -> None:
    """Until something listens at `port`. Raises RuntimeError."""
    until(name, process, log, lambda: socket.create_connection((HOST, port), 1).close(), OSError)


def until(
    name: str, process: Popen[bytes], log: Path, reach: Callable[[], None], unreached: type[Exception]
) -> None:
    """Until `reach` no longer raises `unreached`. Raises RuntimeError, with the server's own last words."""
    limit = time.monotonic() + START_S
    while time.monotonic() < limit and process.poll() is None:
        with suppress(unreached):
            reach()
            return
        time.sleep(0.02)
    children.stop(process)
    said = log.read_text(errors="replace")[-1000:].strip()
    raise RuntimeError(f"{name} did not start; its log says: {said}")
