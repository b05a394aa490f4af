"""Every five minutes: closes what an event should have closed; once a day, the check of runbook 1.1."""

from datetime import UTC, datetime
from typing import Any

from lambdas.context import context


def handler(_event: dict[str, Any], _: object) -> dict[str, Any]:
    """Answers the days that it closed and checked, and what it started. Raises a failure, at the end."""
    watching, now = context().watching, datetime.now(UTC)
    try:
        try:
            closed = watching.close_left_behind(
                now
            )  # first: whatever is wrong with the rest, no day stays held
        finally:
            started = watching.start_waiting(now)
    finally:
        watching.tell_age(now)
        checked = watching.check(now)
    return {"closed": closed, "started": started, "checked": checked}
