"""An operator takes a day's incident over, which stops its reminders, or ends it (runbook 3.4)."""

from datetime import UTC, datetime
from typing import Any

from lambdas.context import context


def handler(event: object, _: object) -> dict[str, Any]:
    """`event` is `{dia | incidente [, assumido_por | encerrado_por]}`; answers how it stands.

    Raises INVALID_INPUT.
    """
    return context().taking_over.take(event, datetime.now(UTC))
