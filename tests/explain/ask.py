"""One question to the function's code, in this process: `python -m tests.explain.ask '{"ordem_id": …}'`.

Tells as JSON how long the import took (what a cold start adds), the first answer, and the next ones' median.
"""

import json
import re
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

BEGAN = time.monotonic()
TRIES = 3


def told(event: dict[str, str]) -> dict[str, Any]:
    from lambdas.explain import handler  # noqa: PLC0415 - how long this takes is told

    imported = time.monotonic()
    seconds, answers = [], []
    for _ in range(TRIES + 1):
        started = time.monotonic()
        answers.append(handler(event, None))
        seconds.append(time.monotonic() - started)
    (peak,) = re.findall(
        r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text()
    )  # ru_maxrss has the parent's
    return {
        "import_s": imported - BEGAN, "first_s": seconds[0], "median_s": median(seconds[1:]),
        "memory_mb": int(peak) / 1024, "answer": answers[-1],
    }  # fmt: skip


if __name__ == "__main__":
    sys.stdout.write(json.dumps(told(json.loads(sys.argv[1]))))
