"""How long who asks AWS waits for it, and how often it is asked: the only place that says so.

botocore's own are 60 s to connect and 60 s between two pieces of an answer: in a function that has 60 s, one
connection that says nothing is the end. A read's time is of each piece, not of the whole answer. Sending a
body has the connection's (urllib3), so who sends much at once needs more of that.
"""

from typing import Final

from botocore.config import Config


def _config(connect_s: float, read_s: float, tries: int) -> Config:
    """In standard mode: silence, lost answers, 429, 500 and 503 are tried again, up to 20 s later."""
    return Config(
        connect_timeout=connect_s,
        read_timeout=read_s,
        retries={"mode": "standard", "total_max_attempts": tries},
    )


HASTY: Final = _config(3, 5, 2)
"""For what a run's start or end waits for, and what can be told later: it leaves a function its time."""
HASTY_WITH_QUICKSIGHT: Final = _config(3, 10, 2)
"""The same of a service that takes its seconds."""
PROMPT: Final = _config(3, 10, 7)
"""For a function's objects, runs and alarms, and secrets: each is small, or read on where it broke off, and
one silent connection leaves the function most of its minute. What gives up fails, and is called again."""
COPYING: Final = _config(3, 50, 3)
"""For a function's copies of up to 5 GB, of which S3 may say nothing until they are made: one has nearly all
of a function's minute, and three leave the watchdog some of its four. Who is out of time is called again, and
takes a copy that was made meanwhile for its own (ADR 19)."""
PATIENT: Final = _config(60, 60, 7)
"""For a job, which sends and copies gigabytes, and has no second try: its day's deadline is far."""
