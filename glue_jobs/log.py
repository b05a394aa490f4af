"""Facts on standard output, one line each: what happened, how much, how long. Never a row or a secret."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


def fact(event: str, **values: Any) -> None:
    print(json.dumps({"event": event, **values}, ensure_ascii=False), flush=True)  # noqa: T201 - Glue's log


@contextmanager
def timed(event: str, **values: Any) -> Iterator[dict[str, Any]]:
    """Says the event with its `elapsed_s` once it succeeded; more values may be added on the way."""
    began, said = time.monotonic(), dict(values)
    yield said
    fact(event, **said, elapsed_s=round(time.monotonic() - began, 3))
