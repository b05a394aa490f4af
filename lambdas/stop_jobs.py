"""Stops every Glue run of this attempt, and answers only when all of them are over."""

from datetime import UTC, datetime
from typing import Any

from lambdas.context import Context, context, moment


class StillRunning(Exception):
    """Runs were asked to stop and have not yet: the state machine calls again."""


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    """`event` is the run document. Raises StillRunning."""
    return {"stopped": stop(context(), event["job_id"], int(event["attempt"]), moment(event["started_at"]))}


def stop(found: Context, job_id: str, attempt: int, since: datetime) -> list[str]:
    """The ids of the attempt's runs, all of them over."""
    runs = found.runs.of(job_id, attempt, since.replace(microsecond=0).astimezone(UTC))
    alive = [run for run in runs if not run.is_over]
    if alive:
        found.runs.stop(alive)
        raise StillRunning(", ".join(run.run_id for run in alive))
    return [run.run_id for run in runs]
