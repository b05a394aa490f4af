"""Every five minutes: closes what an event should have closed, follows what goes on, and judges the days."""

from datetime import UTC, datetime
from typing import Any

from lambdas.context import context


def handler(_event: dict[str, Any], _: object) -> dict[str, object]:
    """Answers the days that it closed and judged, and what it started. Raises a failure, at the end."""
    return context().watching.watch(datetime.now(UTC))
