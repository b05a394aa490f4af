"""Every five minutes: closes what an event should have closed; once a day, the check of runbook 1.1."""

from datetime import UTC, datetime
from typing import Any

from lambdas.context import context


def handler(_event: dict[str, Any], _: object) -> dict[str, object]:
    """Answers the days that it closed and checked, and what it started. Raises a failure, at the end."""
    return context().watching.watch(datetime.now(UTC))
