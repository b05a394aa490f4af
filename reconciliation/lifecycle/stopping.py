"""Stops every Glue run of an attempt, and answers only when all of them are over."""

from datetime import datetime

from reconciliation.lifecycle.ports import GlueRuns
from reconciliation.run import Attempt


class StillRunning(Exception):
    """Runs were asked to stop and have not yet: the state machine calls again."""


def stop(runs: GlueRuns, attempt: Attempt, started: datetime) -> list[str]:
    """The ids of the attempt's runs, all of them over. Raises StillRunning."""
    of_attempt = runs.of(attempt, started)
    alive = [run for run in of_attempt if not run.is_over]
    if alive:
        runs.stop(alive)
        raise StillRunning(", ".join(run.run_id for run in alive))
    return [run.run_id for run in of_attempt]
