"""A report that was missing, and is made by hand: its incident ends by itself (runbook 2.4)."""

from datetime import UTC, datetime

from reconciliation import places
from reconciliation.day import PUBLISHED
from reconciliation.event import Facts
from tests.functions.world import DAY, JOB, World, day_of

RUN: Facts = {"day": DAY, "job_id": JOB, "attempt": 1}


def test_a_report_that_is_made_ends_what_was_told_of_it(world: World) -> None:
    """Only that of what stands published; and what else is told of the day stays open."""
    now = datetime.now(UTC)
    world.write_published()
    etag = str(day_of(world).published_etag)
    world.write_day(PUBLISHED, published_etag=etag, alert_id=None)
    world.delete(places.report_page("output", DAY))
    world.finishing.reporting.tell_missing(day_of(world), now, execution_arn="arn:e1", started=now)
    world.teller.tell(world.teller.event("QUICKSIGHT_FAILED", "x", now, execution_arn="arn:e1", **RUN))
    world.leave_report(DAY, "an earlier publication's")
    world.reminding.remind(now)
    assert open_codes(world) == ["REPORT_FAILED", "QUICKSIGHT_FAILED"]
    world.leave_report(DAY, etag)
    world.reminding.remind(now)
    assert open_codes(world) == ["QUICKSIGHT_FAILED"]


def open_codes(world: World) -> list[str]:
    standing = world.incidents.read(DAY)
    assert standing is not None
    return [matter.last.code for matter in standing.matters]
