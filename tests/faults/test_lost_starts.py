"""A start whose answer is lost: Step Functions starts the job again, and two of one attempt run at once.

Glue carried the first one out, and nobody waits for it. Whichever comes first, nothing is published but the
right answer, once.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from local.generated_day import GeneratedDay
from tests.faults.held import OUTPUT_JOB, RECONCILIATION, VALIDATION, hold, while_held
from tests.faults.invariants import Watched, watched
from tests.faults.stack import INTERMEDIATE, OUTPUT, Hurt
from tests.waiting import eventually

pytestmark = pytest.mark.stack
PAGE = "relatorios/{}/relatorio.html"


def twice_at_once(
    hurt: Hurt, day: GeneratedDay, job: str, held_at: str, until: Callable[[], None]
) -> tuple[Watched, dict[str, Any]]:
    """The run's end: of that job's two runs the first is held there until that is so."""
    nth = (VALIDATION, RECONCILIATION, OUTPUT_JOB).index(job) + 1
    lost = {"service": "glue", "do": "drop", "target": "StartJobRun", "every": nth, "times": 1}
    given, before = {"s3_key": hurt.put(day)}, hurt.runs_of(job)
    seen = watched(hurt, day)

    def in_the_second() -> None:
        eventually(lambda: hurt.runs_of(job) == before + 2, 60)
        until()

    with hurt.faults(lost):
        ended = while_held(hurt, seen, given, hold(held_at), in_the_second)
    failures = [event.get("taskFailedEventDetails") for event in hurt.history(seen.executions[-1])]
    assert "Glue.SdkClientException" in {failure["error"] for failure in failures if failure}
    return seen, ended


@pytest.mark.parametrize(
    ("of_march", "job", "held_at"),
    [
        (1, VALIDATION, rf"PUT /{INTERMEDIATE}/.*validated\.parquet/.*part-"),
        (2, RECONCILIATION, rf"PUT /{INTERMEDIATE}/.*partial\.parquet/.*part-"),
        (3, RECONCILIATION, rf"PUT /{INTERMEDIATE}/.*/divergences\.parquet"),
        (4, OUTPUT_JOB, rf"PUT /{OUTPUT}/.*divergencias\.parquet"),
        (5, OUTPUT_JOB, rf"PUT /{OUTPUT}/relatorios/.*/divergencias\.xlsx"),
    ],
    ids=["validated", "compared", "reconciled", "published", "reported"],
)
def test_the_day_is_published_once_and_has_its_report(
    hurt: Hurt, of_march: int, job: str, held_at: str
) -> None:
    day = GeneratedDay(2_000, date(2026, 3, of_march))

    def the_second_is_over() -> None:
        hurt.end_of_glue_run(job, hurt.client("glue").get_job_runs(JobName=job)["JobRuns"][0]["Id"])

    seen, ended = twice_at_once(hurt, day, job, held_at, the_second_is_over)
    assert ended["status"] == "SUCCEEDED", ended
    assert seen.breaches(published=True) == []
    assert len(hurt.versions(OUTPUT, seen.key)) == 1
    assert hurt.objects(OUTPUT, PAGE.format(day.reference_date))


def test_a_base_that_is_being_copied_is_waited_for(hurt: Hurt) -> None:
    """Two copies would be of two snapshots; both jobs go on with the one, side by side."""
    day = GeneratedDay(2_000, date(2026, 3, 6))
    a_part, begun = (rf"PUT /{INTERMEDIATE}/.*base\.parquet/.*{name}" for name in ("part-", "begun"))
    with hurt.faults({"service": "s3", "do": "see", "target": begun}) as met:
        seen, ended = twice_at_once(
            hurt, day, RECONCILIATION, a_part, lambda: eventually(lambda: met()[0] == 2, 60)
        )
    assert ended["status"] == "SUCCEEDED", ended
    assert seen.breaches(published=True) == []
    assert len(hurt.versions(OUTPUT, seen.key)) == 1
    assert hurt.objects(OUTPUT, PAGE.format(day.reference_date))
