"""Spark's own Python daemon, without two waits that cost each task 75 of 88 ms on one machine.

Runs inside a job (`spark.python.daemon.module`), copied beside it: the checkout is not on a job's path.
"""

import socket
import sys
from typing import Any

# Each task makes every importer read its archive's directory again, and Spark's jar has thousands of entries.
# All that is in these archives is installed here, too.
_ARCHIVES = (".jar", "pyspark.zip", "-src.zip")
sys.path[:] = [entry for entry in sys.path if not entry.endswith(_ARCHIVES)]
for _entry in [entry for entry in sys.path_importer_cache if entry.endswith(_ARCHIVES)]:
    del sys.path_importer_cache[_entry]

from pyspark import daemon  # noqa: E402

_worker = daemon.worker


def _quick_worker(sock: Any, authenticated: bool) -> Any:
    # the JVM sends a task in two writes, and holds the second back until the first is acknowledged
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
    return _worker(sock, authenticated)


if __name__ == "__main__":
    daemon.worker = _quick_worker
    daemon.manager()
