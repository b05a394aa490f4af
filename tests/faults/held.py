"""A run that is held at one of its requests, while something is done to it."""

import threading
from collections.abc import Callable
from typing import Any

from tests.faults.invariants import Watched
from tests.faults.stack import Hurt
from tests.waiting import eventually

VALIDATION, RECONCILIATION, OUTPUT_JOB = (
    "reconciliation-validation-job",
    "reconciliation-job",
    "reconciliation-output-job",
)


def hold(target: str, **more: Any) -> dict[str, Any]:
    """The rule that holds the reply to one such request of S3 back."""
    return {"service": "s3", "do": "hold", "target": target, "times": 1, **more}


def while_held(
    hurt: Hurt, seen: Watched, given: dict[str, Any], rule: dict[str, Any], act: Callable[[], None]
) -> dict[str, Any]:
    """The execution's end; `act` was done once a request had met the rule, before its reply came."""
    ended: list[dict[str, Any]] = []
    with hurt.faults(rule) as met:
        run = threading.Thread(target=lambda: ended.append(seen.start(given)))
        run.start()
        eventually(lambda: met()[0], 120)
        act()
    run.join()
    return ended[0]
