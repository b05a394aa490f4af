"""FinishRun: a published day's last steps, outside the deadline."""

from datetime import UTC, datetime
from typing import Any

from lambdas.context import context
from reconciliation.documents.run_document import StartedRun


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    """`event` is the run document. Answers the execution's output."""
    return context().finishing.finish(StartedRun.from_dict(event), datetime.now(UTC)).to_dict()
