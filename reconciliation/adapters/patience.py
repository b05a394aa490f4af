"""How long a function waits for a service whose silence must not be its own end."""

from typing import Final

from botocore.config import Config

HASTY: Final = Config(
    connect_timeout=3, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2}
)
"""For what a run's start or end waits for: botocore's own 60 s and five tries outlive the function's 60 s."""
