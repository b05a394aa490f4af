"""How long who asks a service waits for it, and how often it is asked."""

from typing import Final

from botocore.config import Config

HASTY: Final = Config(
    connect_timeout=3, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2}
)
"""For what a run's start or end waits for: botocore's own 60 s a try outlive the function's 60 s."""
PATIENT: Final = Config(retries={"mode": "standard", "max_attempts": 6})
"""Where giving up ends a day, whose deadline is far: a busy service may say so five times in a row."""
