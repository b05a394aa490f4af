"""An operator takes a day's incident over, which stops its reminders (runbook 3.3)."""

from datetime import UTC, datetime
from typing import Any

from lambdas.context import context


def handler(event: object, _: object) -> dict[str, Any]:
    """`event` is `{dia | incidente [, assumido_por]}`; answers how it stands. Raises INVALID_INPUT."""
    return context().taking_over.take(event, datetime.now(UTC))
