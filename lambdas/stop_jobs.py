"""StopJobs: stops every Glue run of an attempt, and answers only when all of them are over."""

from typing import Any

from lambdas.context import context
from reconciliation.documents.run_document import StartedRun
from reconciliation.lifecycle.stopping import stop


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    """`event` is the run document, or the run left behind. Raises StillRunning."""
    run = StartedRun.from_dict(event)
    return {"stopped": stop(context().runs, run.who, run.started_at)}
