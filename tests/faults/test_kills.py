"""SIGKILL to a job's processes: the run ends as a code or goes on, and a resume gives the right answer."""

import json
import signal
from datetime import date
from functools import partial
from pathlib import Path

import pytest

from infra.names import OPERATOR, REPORTS
from local.generated_day import GeneratedDay
from tests.faults.held import OUTPUT_JOB, RECONCILIATION, VALIDATION, hold, while_held
from tests.faults.invariants import watched
from tests.faults.reader import a_reader
from tests.faults.stack import CHECKPOINTS, INTERMEDIATE, OUTPUT, Hurt
from tests.waiting import eventually

pytestmark = pytest.mark.stack


def test_killed_processes_of_each_stage_and_the_resumes(hurt: Hurt) -> None:
    day = GeneratedDay(2_000, date(2026, 5, 7))
    key = hurt.put(day)
    seen = watched(hurt, day)

    def kill_driver() -> None:
        hurt.driver(hurt.glue_run(VALIDATION)).kill()

    first_part = hold(rf"PUT /{INTERMEDIATE}/.*validated\.parquet/.*part-")
    ended = while_held(hurt, seen, {"s3_key": key}, first_part, kill_driver)
    assert (ended["status"], ended["error"]) == ("FAILED", "OUT_OF_MEMORY"), "who else kills with -9?"
    cause = json.loads(ended["cause"])
    assert (cause["stage"], cause["severity"]) == ("validation", "HIGH")
    assert seen.breaches(published=False) == []

    def kill_jvm() -> None:
        hurt.jvm(hurt.glue_run(RECONCILIATION)).kill()

    resume = hurt.resume_of(ended)
    ended = while_held(hurt, seen, resume, hold(rf"PUT /{INTERMEDIATE}/.*base\.parquet/"), kill_jvm)
    assert (ended["status"], ended["error"]) == ("FAILED", "RECONCILIATION_FAILED"), ended
    progress = hurt.json_at(CHECKPOINTS, f"{cause['job_id']}/checkpoint.json")["progress"]
    assert progress["total_lines"] == 2_000 == progress["processed_lines"] + progress["pending_lines"]
    assert 0 < progress["processed_lines"] < 2_000, "refused lines and duplicates are settled"

    def kill_worker() -> None:
        hurt.python_worker(hurt.glue_run(RECONCILIATION)).kill()

    resume = hurt.resume_of(ended)
    ended = while_held(
        hurt, seen, resume, hold(rf"PUT /{INTERMEDIATE}/.*partial\.parquet/.*part-"), kill_worker
    )
    assert ended["status"] == "SUCCEEDED", "Spark tries the lost task again"
    assert seen.breaches(published=True) == []


def test_a_driver_killed_over_the_bases_copy_and_the_resume_copies_anew(hurt: Hurt) -> None:
    """The driver is the base's reader: what it had copied is of a snapshot that nobody can join again."""
    day = GeneratedDay(2_000, date(2026, 5, 21))
    key = hurt.put(day)
    seen = watched(hurt, day)

    def kill_driver() -> None:
        hurt.driver(hurt.glue_run(RECONCILIATION)).kill()

    a_part = hold(rf"PUT /{INTERMEDIATE}/.*base\.parquet/.*part-")
    ended = while_held(hurt, seen, {"s3_key": key, "partition_lines": 1_000}, a_part, kill_driver)
    assert (ended["status"], ended["error"]) == ("FAILED", "OUT_OF_MEMORY"), ended
    assert json.loads(ended["cause"])["stage"] == "reconciliation"
    assert seen.breaches(published=False) == []
    bases = f"{day.reference_date}/base.parquet/"
    left = set(hurt.objects(INTERMEDIATE, bases))
    assert not any(name.endswith("/snapshot.json") for name in left)
    resumed = seen.start(hurt.resume_of(ended))
    assert resumed["status"] == "SUCCEEDED", resumed
    (begun,) = {name.split("/")[2] for name in left}
    anew = {name for name in hurt.objects(INTERMEDIATE, bases) if name.split("/")[2] != begun}
    assert {Path(name).name for name in anew} >= {"begun.json", "snapshot.json"}
    assert seen.breaches(published=True) == []


def kill_output_job(hurt: Hurt) -> None:
    hurt.signal_run(hurt.glue_run(OUTPUT_JOB), signal.SIGKILL)


def test_an_output_job_killed_while_it_publishes_has_published(hurt: Hurt) -> None:
    day = GeneratedDay(2_000, date(2026, 5, 8))
    key = hurt.put(day)
    seen = watched(hurt, day)
    the_object = hold(rf"PUT /{OUTPUT}/{day.reference_date}/divergencias\.parquet")
    with a_reader(seen):
        ended = while_held(hurt, seen, {"s3_key": key}, the_object, partial(kill_output_job, hurt))
    assert ended["status"] == "SUCCEEDED", ended
    assert seen.breaches(published=True) == []
    assert len(hurt.versions(OUTPUT, seen.key)) == 1


def test_an_output_job_by_hand_that_dies_while_it_publishes_leaves_no_day_stuck(hurt: Hurt) -> None:
    """Runbook 2.4: the run's own output job is stopped, an operator starts it by hand, and that one dies."""
    day = GeneratedDay(2_000, date(2026, 5, 11))
    key = hurt.put(day)
    seen = watched(hurt, day)
    before_publishing = hold(rf"HEAD /{OUTPUT}/resumos/{day.reference_date}")

    def stop_from_outside() -> None:
        run = hurt.glue_run(OUTPUT_JOB)
        hurt.client("glue").batch_stop_job_run(JobName=OUTPUT_JOB, JobRunIds=[run])
        eventually(lambda: not hurt.running_jobs())

    ended = while_held(hurt, seen, {"s3_key": key, "deadline_s": 1200}, before_publishing, stop_from_outside)
    assert (ended["status"], ended["error"]) == ("FAILED", "OUTPUT_FAILED"), ended
    told = json.loads(ended["cause"])["message"]
    assert told == "o job foi parado de fora, à mão ou por outro sistema, antes de terminar"
    paths = {
        "--input_path": f"s3://{INTERMEDIATE}/{day.reference_date}/divergences.parquet",
        "--output_path": f"s3://{OUTPUT}/{seen.key}",
    }
    with hurt.faults(hold(rf"PUT /{OUTPUT}/{day.reference_date}/divergencias\.parquet")) as met:
        run = hurt.client("glue").start_job_run(JobName=OUTPUT_JOB, Arguments=paths)["JobRunId"]
        eventually(lambda: met()[0], 60)
        hurt.signal_run(run, signal.SIGKILL)
    eventually(lambda: not hurt.running_jobs())
    left = hurt.day_object(day.reference_date)
    assert (left["state"], left["holder"]) == ("PUBLISHING", None)
    told = json.loads(hurt.end_of(hurt.start({"s3_key": key}))["output"])
    assert told["status"] == "ALREADY_PUBLISHED", "the next start finishes what the dead job began"
    assert hurt.day_object(day.reference_date)["state"] == "PUBLISHED"
    nobody_but_the_hand = "I3 0 executions say that they published"
    assert seen.breaches(published=True) == [nobody_but_the_hand]


def test_an_output_job_killed_over_the_report_has_published_and_a_pasted_step_makes_it(hurt: Hurt) -> None:
    """The page is the report's commit: without it the day stands, and is told to lack one."""
    day = GeneratedDay(1_000, date(2026, 5, 29))
    key = hurt.put(day)
    seen = watched(hurt, day)
    page = f"relatorios/{day.reference_date}/relatorio.html"
    ended = while_held(hurt, seen, {"s3_key": key}, hold(rf"PUT /{OUTPUT}/relatorios/.*/divergencias\.xlsx"),
                       partial(kill_output_job, hurt))  # fmt: skip
    assert ended["status"] == "SUCCEEDED", ended
    assert seen.breaches(published=True) == []
    assert page not in hurt.objects(OUTPUT, "relatorios/")
    (told,) = hurt.on_slack(f"Dia {day.reference_date}: O dia está publicado, mas falta o relatório")
    given = json.dumps({"--report_day": str(day.reference_date)})
    assert f"aws glue start-job-run --job-name {OUTPUT_JOB} --arguments '{given}'" in told["corpo"]
    hurt.client("glue", OPERATOR).start_job_run(JobName=OUTPUT_JOB, Arguments=json.loads(given))
    eventually(lambda: page in hurt.objects(OUTPUT, "relatorios/"), 60)
    eventually(lambda: not hurt.running_jobs())
    read = hurt.client("s3", REPORTS).get_object(Bucket=OUTPUT, Key=page)
    assert read["ContentType"] == "text/html; charset=utf-8"
