"""`python -m pyspark.workers SOCKET SOCKET MODULE…`: a worker at each socket, until the driver is gone."""

import os
import sys
import traceback
from importlib import import_module
from multiprocessing.connection import Connection
from pickle import loads
from typing import Any


def answer(task: bytes) -> tuple[bool, Any]:
    try:
        stage, where, items = loads(task)
        return True, list(stage(where, iter(items)))
    except Exception:
        return False, traceback.format_exc().partition("\n")[2]


def serve(driver: Connection) -> None:
    while True:
        try:
            driver.send(answer(driver.recv_bytes()))
        except (EOFError, ConnectionError):
            return


def main(given: list[str]) -> None:
    """Forked once their modules are there, which take half a second; none of these starts a thread."""
    sockets = [int(text) for text in given if text.isdigit()]
    for name in given[len(sockets) :]:
        import_module(name)
    for number in sockets:
        if not os.fork():
            for other in set(sockets) - {number}:
                os.close(other)
            serve(Connection(number))
            os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
