"""The functions, from an input to the end of its run, on moto. The jobs' work is written by hand."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lambdas import finish_run, inspect_file, prepare_run, watchdog
from reconciliation import layout
from reconciliation.day import begin_publishing
from reconciliation.objects import to_json
from tests import documents
from tests.functions.world import DAY, GOOD, KEY, World, resume, stopped


def test_a_day_is_published_and_people_are_told_once(world: World) -> None:
    world.upload(GOOD)
    result = world.whole_run("e1", s3_key=KEY)
    assert (result["status"], result["attempt"], result["checkpoint_location"]) == ("SUCCEEDED", 1, None)
    assert [alert["codigo"] for alert in world.alerts()] == ["SUCCEEDED"]
    held = world.days.read(DAY)
    assert held is not None
    assert (held.day.state, held.day.holder) == ("PUBLISHED", None)


def test_the_same_bytes_again_do_nothing_other_bytes_need_force(world: World) -> None:
    world.upload(GOOD)
    world.whole_run("e1", s3_key=KEY)
    before = world.published()
    assert world.prepare("e2", s3_key=KEY)["result"]["status"] == "ALREADY_PUBLISHED"
    world.upload(GOOD)  # another version, the same bytes
    assert world.prepare("e3", s3_key=KEY)["result"]["status"] == "ALREADY_PUBLISHED"
    world.upload(GOOD + b"F1;O2;Bia;PETR4;2026-02-16;1.00\n")
    refused = world.prepare("e4", s3_key=KEY)
    assert (refused["decision"], refused["error"]) == ("REFUSED", "NEEDS_FORCE")
    cause = json.loads(refused["cause"])
    assert (cause["severity"], cause["status"]) == ("MEDIUM", "NEEDS_FORCE")
    assert world.published() == before
    assert world.whole_run("e5", s3_key=KEY, force_reprocess=True)["status"] == "SUCCEEDED"
    assert world.published() != before


def test_one_day_one_run(world: World) -> None:
    world.upload(GOOD)
    first = world.prepare("e1", s3_key=KEY)
    assert world.prepare("e1", s3_key=KEY)["attempt"] == first["attempt"], "the same state, repeated"
    assert world.prepare("e2", s3_key=KEY)["result"]["status"] == "DUPLICATE"
    world.upload(GOOD + b"\n", "2026-02-16/corrected.csv")
    assert world.prepare("e3", s3_key="2026-02-16/corrected.csv", force_reprocess=True)["error"] == "DAY_BUSY"


@pytest.mark.parametrize("off", [timedelta(minutes=-10), timedelta(minutes=10)])
def test_a_host_whose_clock_is_off_leaves_the_run_its_time(world: World, off: timedelta) -> None:
    """AWS takes requests signed up to a quarter of an hour off. PrepareRun was asked again after 240 s."""
    world.upload(GOOD)
    started = datetime.now(UTC) - off
    event = {
        "input": {"s3_key": KEY}, "execution_arn": "e1", "started_at": started.isoformat(),
        "asked_at": (started + timedelta(seconds=240)).isoformat(), "closed_before": 1,
    }  # fmt: skip
    assert 940 < prepare_run.handler(event, None)["remaining_s"] <= 960


@pytest.mark.parametrize(
    ("ahead_s", "left_s"), [(0, 1020), (600, 1012), (-600, 1140)], ids=["right", "ahead", "behind"]
)
def test_the_minutes_of_the_tries_before_are_not_given_to_the_run(
    world: World, ahead_s: int, left_s: int
) -> None:
    """180 s are gone: one minute until the state was entered, and two tries that ended by their timeout.

    A host's clock is believed as far as these can have taken.
    """
    world.upload(GOOD)
    started = datetime.now(UTC) - timedelta(seconds=ahead_s + 180)
    event = {
        "input": {"s3_key": KEY}, "execution_arn": "e1", "started_at": started.isoformat(),
        "asked_at": (started + timedelta(seconds=60)).isoformat(), "tried_before": 2, "closed_before": 0,
    }  # fmt: skip
    assert left_s - 20 < prepare_run.handler(event, None)["remaining_s"] <= left_s


def test_a_refused_file_leaves_a_checkpoint_and_one_alert(world: World) -> None:
    world.upload(b"a;b\n1;2\n3;4\n")
    run = world.prepare("e1", s3_key=KEY)
    with pytest.raises(Exception, match="linha 1") as refused:
        inspect_file.handler(run, None)
    assert type(refused.value).__name__ == "E_HEADER"
    closed = world.close(run, "E_HEADER", json.dumps({"errorMessage": str(refused.value)}))
    again = world.close(run, "E_HEADER", "")
    cause = json.loads(closed["cause"])
    assert (closed["error"], cause["stage"], cause["severity"]) == ("E_HEADER", "validation", "CRITICAL")
    assert again == closed
    assert [alert["codigo"] for alert in world.alerts()] == ["E_HEADER"]
    stored = world.store.get(layout.checkpoint("checkpoints", run["job_id"]))
    assert stored is not None
    progress = stored.json()["progress"]
    assert (progress["total_lines"], progress["processed_lines"], progress["pending_lines"]) == (2, 0, 2)
    assert world.published() is None


def test_the_timer_closes_the_run_and_a_resume_goes_on(world: World) -> None:
    world.upload(GOOD)
    run = inspect_file.handler(world.prepare("e1", s3_key=KEY, deadline_s=90), None)
    validation = documents.report(*[1] * 8)
    world.store.put(layout.validation_report(world.plan(run).paths.validated), to_json(validation))
    closed = world.close(run, "TIMEOUT")
    cause = json.loads(closed["cause"])
    assert (cause["status"], cause["message"]) == ("TIMEOUT", "Processamento excedeu 90 segundos")
    world.do_the_jobs_work(run)
    with pytest.raises(Exception, match="CLOSED"):
        world.publish(run)  # the cancelled job wakes up
    assert world.published() is None
    given = {"job_id": run["job_id"], "reprocess_from_checkpoint": True}
    wrong = world.prepare("e2", **given, checkpoint_location="s3://elsewhere/checkpoint.json")
    assert wrong["error"] == "CHECKPOINT_REFUSED"
    resumed = world.prepare("e3", **given, checkpoint_location=cause["checkpoint_location"])
    assert (resumed["decision"], resumed["attempt"], resumed["job_id"]) == ("RUN", "2", run["job_id"])


def test_the_same_resume_again_has_nothing_to_do_while_the_first_is_at_work(world: World) -> None:
    """A command pasted four times is one run and no alarm: this version is in process, as of a file."""
    world.upload(GOOD)
    _, closed = stopped(world, "e1")
    first = resume(world, "e2", closed)
    assert (first["decision"], first["attempt"]) == ("RUN", "2")
    again = [resume(world, f"e{number}", closed) for number in (3, 4, 5)]
    assert {each["result"]["status"] for each in again} == {"DUPLICATE"}
    elsewhere = {"job_id": first["job_id"], "reprocess_from_checkpoint": True}
    forged = world.prepare("e6", **elsewhere, checkpoint_location="s3://elsewhere/checkpoint.json")
    assert forged["error"] == "CHECKPOINT_REFUSED"
    assert [alert["codigo"] for alert in world.alerts()] == ["TIMEOUT", "CHECKPOINT_REFUSED"]


def test_the_same_resume_again_has_nothing_to_do_once_the_first_has_published(world: World) -> None:
    world.upload(GOOD)
    _, closed = stopped(world, "e1")
    run = inspect_file.handler(resume(world, "e2", closed), None)
    world.do_the_jobs_work(run)
    world.publish(run)
    assert finish_run.handler(run, None)["status"] == "SUCCEEDED"
    world.running.discard("e2")
    again = resume(world, "e3", closed)
    assert again["result"]["status"] == "ALREADY_PUBLISHED", again
    assert [alert["codigo"] for alert in world.alerts()] == ["TIMEOUT", "SUCCEEDED"]
    world.store.put(layout.published("output", DAY), b"by hand")
    assert resume(world, "e4", closed)["error"] == "CHECKPOINT_REFUSED"


def test_a_job_that_died_while_publishing_is_finished(world: World) -> None:
    world.upload(GOOD)
    run = inspect_file.handler(world.prepare("e1", s3_key=KEY), None)
    world.do_the_jobs_work(run)
    held = world.days.read(DAY)
    assert held is not None
    world.days.write(held, begin_publishing(held.day, run["fingerprint"], (run["job_id"], 1)))
    closed = world.close(run, "TIMEOUT")
    assert closed["decision"] == "FINISH"
    assert world.published() is not None
    assert finish_run.handler(closed, None)["status"] == "SUCCEEDED"


def test_a_day_is_never_stuck(world: World) -> None:
    """The execution was stopped and its event got lost: the watchdog closes it, once."""
    world.upload(GOOD)
    run = inspect_file.handler(world.prepare("e1", s3_key=KEY), None)
    assert watchdog.handler({}, None)["closed"] == [], "it still runs"
    world.running.discard("e1")
    assert watchdog.handler({}, None)["closed"] == [DAY]
    assert watchdog.handler({}, None)["closed"] == []
    assert [alert["codigo"] for alert in world.alerts()] == ["ABORTED"]
    stored = world.store.get(layout.checkpoint("checkpoints", run["job_id"]))
    assert stored is not None
    assert stored.json()["status"] == "ABORTED"
    assert world.prepare("e2", s3_key=KEY)["decision"] == "RUN"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"s3_key": "2026-02-16/gone.csv"}, "INPUT_GONE"),
        ({"s3_key": "16-02-2026/a.csv"}, "E_S3_KEY"),
        ({"s3_key": KEY, "deadline_s": 1201}, "INVALID_INPUT"),
    ],
)
def test_what_cannot_be_run_is_refused_and_told(world: World, given: dict[str, Any], code: str) -> None:
    refused = world.prepare("e1", **given)
    assert (refused["error"], json.loads(refused["cause"])["status"]) == (code, "FAILED")
    assert [alert["codigo"] for alert in world.alerts()] == [code]


@pytest.mark.parametrize(("asked", "got"), [({}, 2), ({"workers": 7}, 7), ({"base_readers": 16}, 5)])
def test_a_run_has_the_workers_that_its_file_needs_or_its_input_says(
    world: World, asked: dict[str, int], got: int
) -> None:
    world.upload(GOOD)
    prepared = world.prepare("e1", s3_key=KEY, **asked)
    assert prepared["workers"] == asked.get("workers"), "nobody has counted the lines yet"
    assert inspect_file.handler(prepared, None)["workers"] == got
