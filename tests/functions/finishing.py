"""A published day is finished, in the world of the functions."""

from datetime import UTC, datetime
from typing import Any

from reconciliation.day import PUBLISHED
from reconciliation.documents.run_document import StartedRun
from tests.functions.world import DAY, JOB, World

AFTER = datetime(2026, 2, 17, 11, 0, tzinfo=UTC)


def finish(world: World, now: datetime | None = None) -> list[dict[str, Any]]:
    world.write_day(PUBLISHED, holder="arn:e1", alert_id=None, alert_sent=False)
    run = StartedRun(job_id=JOB, attempt=1, day=DAY, started_at=AFTER, execution_arn="arn:e1")
    world.finishing.finish(run, now or datetime.now(UTC))
    return world.alerts()
