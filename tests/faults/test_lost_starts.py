"""A start whose answer is lost: Step Functions starts the job again, and two of one attempt run at once.

Glue carried the first one out, and nobody waits for it. Whichever comes first, nothing is published but the
right answer, once, and where the run ends people are told how it goes on.
"""

import json
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


def twice_at_once(hurt: Hurt, day: GeneratedDay, job: str, held_at: str) -> tuple[Watched, dict[str, Any]]:
    """The run's end: of that job's two runs the first is held there until the second is over."""
    nth = (VALIDATION, RECONCILIATION, OUTPUT_JOB).index(job) + 1
    lost = {"service": "glue", "do": "drop", "target": "StartJobRun", "every": nth, "times": 1}
    given, before = {"s3_key": hurt.put(day)}, hurt.runs_of(job)
    seen = watched(hurt, day)

    def until_the_second_is_over() -> None:
        eventually(lambda: hurt.runs_of(job) == before + 2, 60)
        newest = hurt.client("glue").get_job_runs(JobName=job)["JobRuns"][0]
        hurt.end_of_glue_run(job, newest["Id"])

    with hurt.faults(lost):
        ended = while_held(hurt, seen, given, hold(held_at), until_the_second_is_over)
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
    seen, ended = twice_at_once(hurt, day, job, held_at)
    assert ended["status"] == "SUCCEEDED", ended
    assert seen.breaches(published=True) == []
    assert len(hurt.versions(OUTPUT, seen.key)) == 1
    assert hurt.objects(OUTPUT, PAGE.format(day.reference_date))


def test_a_base_that_is_being_copied_is_copied_by_nobody_else_and_the_resume_ends_the_day(hurt: Hurt) -> None:
    """Two copies would be of two snapshots."""
    day = GeneratedDay(2_000, date(2026, 3, 6))
    a_part = rf"PUT /{INTERMEDIATE}/.*base\.parquet/.*part-"
    seen, ended = twice_at_once(hurt, day, RECONCILIATION, a_part)
    assert (ended["status"], ended["error"]) == ("FAILED", "RECONCILIATION_FAILED"), ended
    told = json.loads(ended["cause"])["message"]
    assert told == "outra execução do job já copia a base desta tentativa; retome do checkpoint"
    assert seen.breaches(published=False) == []
    assert seen.start(hurt.resume_of(ended))["status"] == "SUCCEEDED"
    assert seen.breaches(published=True) == []
