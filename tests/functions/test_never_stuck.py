"""Functions that die between two writes, data that vanish, people who interfere: no day is stuck or wrong."""

import json
from typing import Any

import pytest

from lambdas import close_run, finish_run, inspect_file, watchdog
from reconciliation import layout
from reconciliation.day import Day, begin_publishing
from reconciliation.lifecycle.telling import Teller
from reconciliation.objects import to_json
from tests.functions.world import DAY, GOOD, KEY, NOW, World, day_of, published_by, resume, stopped


def begins_to_publish(world: World, run: dict[str, Any] | None, fingerprint: str) -> None:
    """What an output job does first, before it dies; without a run, one that was started by hand."""
    held = world.days.read(DAY)
    assert held is not None
    who = (run["job_id"], int(run["attempt"])) if run else None
    world.days.write(held, begin_publishing(held.day, fingerprint, who))


def checkpoint_of(world: World, job_id: str) -> bytes:
    stored = world.store.get(layout.checkpoint("checkpoints", job_id))
    assert stored is not None
    return stored.body


def test_a_forced_run_that_was_stopped_is_resumed_and_replaces_the_day(world: World) -> None:
    world.upload(GOOD)
    world.whole_run("e1", s3_key=KEY)
    before = world.published()
    _, closed = stopped(world, "e2", force_reprocess=True)
    assert world.published() == before
    resumed = resume(world, "e3", closed)
    assert (resumed["decision"], resumed["stage"]) == ("RUN", "output")
    published_by(world, "e3", resumed)
    assert world.published() != before


def test_a_resume_does_not_replace_what_was_published_since(world: World) -> None:
    world.upload(GOOD)
    closed = world.close(inspect_file.handler(world.prepare("e1", s3_key=KEY), None), "TIMEOUT")
    corrected = "2026-02-16/corrected.csv"
    world.upload(GOOD + b"F1;O2;Bia;PETR4;2026-02-16;1.00\n", corrected)
    published_by(world, "e2", world.prepare("e2", s3_key=corrected))
    after = world.published()
    assert resume(world, "e3", closed)["error"] == "NEEDS_FORCE"
    assert world.published() == after


def test_prepare_run_repeated_in_a_resume_is_the_same_run(world: World) -> None:
    world.upload(GOOD)
    _, closed = stopped(world, "e1")
    first = resume(world, "e2", closed)
    again = resume(world, "e2", closed)
    assert {**again, "remaining_s": 0} == {**first, "remaining_s": 0}


@pytest.mark.parametrize("finisher", ["watchdog", "prepare_run"])
def test_an_output_job_by_hand_that_died_is_finished(world: World, finisher: str) -> None:
    """Runbook 2.4."""
    world.upload(GOOD)
    run, _ = stopped(world, "e1")
    begins_to_publish(world, None, run["fingerprint"])
    assert (day_of(world).state, day_of(world).holder) == ("PUBLISHING", None)
    if finisher == "watchdog":
        assert watchdog.handler({}, None)["closed"] == [DAY]
    else:
        assert world.prepare("e2", s3_key=KEY)["result"]["status"] == "ALREADY_PUBLISHED"
    assert day_of(world).state == "PUBLISHED"
    assert world.published() == f"divergences of {run['fingerprint']}".encode()
    assert watchdog.handler({}, None)["closed"] == []


def test_an_output_job_by_hand_whose_data_are_gone_is_given_up(world: World) -> None:
    world.upload(GOOD)
    run, _ = stopped(world, "e1")
    begins_to_publish(world, None, run["fingerprint"])
    world.delete(layout.Location.parse(run["input_path"]))
    assert world.whole_run("e2", s3_key=KEY)["status"] == "SUCCEEDED"
    assert (day_of(world).state, day_of(world).attempt) == ("PUBLISHED", 2)


def test_a_dead_publication_whose_data_are_gone_is_given_up(world: World) -> None:
    world.upload(GOOD)
    run = inspect_file.handler(world.prepare("e1", s3_key=KEY), None)
    world.do_the_jobs_work(run)
    begins_to_publish(world, run, run["fingerprint"])
    world.delete(layout.Location.parse(run["input_path"]))
    closed = world.close(run, "TIMEOUT")
    assert (closed["decision"], day_of(world).state, day_of(world).holder) == ("FAILED", "CLOSED", None)
    assert world.published() is None
    assert world.whole_run("e2", s3_key=KEY)["status"] == "SUCCEEDED"


@pytest.mark.parametrize("gone", ["rejects", "summary"])
def test_a_day_is_not_begun_to_be_published_where_something_is_missing(world: World, gone: str) -> None:
    world.upload(GOOD)
    run = inspect_file.handler(world.prepare("e1", s3_key=KEY), None)
    world.do_the_jobs_work(run)
    paths = world.plan(run).paths
    where = layout.ready_rejects(paths.rejects) if gone == "rejects" else layout.ready_summary(paths.partial)
    world.delete(where)
    with pytest.raises(Exception, match="não existe"):
        world.publish(run)
    assert (day_of(world).state, world.published()) == ("RUNNING", None)
    closed = world.close(run, "States.TaskFailed", json.dumps({"ErrorMessage": f"OUTPUT_FAILED: {where}"}))
    assert closed["error"] == "OUTPUT_FAILED"
    assert resume(world, "e2", closed)["error"] == "CHECKPOINT_REFUSED"


@pytest.mark.parametrize("act", ["deletes", "overwrites"])
def test_a_published_object_that_somebody_touched_does_not_block_the_next_run(world: World, act: str) -> None:
    world.upload(GOOD)
    world.whole_run("e1", s3_key=KEY)
    where = layout.published("output", DAY)
    if act == "deletes":
        world.delete(where)
    else:
        world.store.put(where, b"by hand")
    assert world.whole_run("e2", s3_key=KEY)["status"] == "SUCCEEDED"
    assert (world.published() or b"").startswith(b"divergences of ")


def test_an_inspection_that_ends_after_its_run_was_closed(world: World, monkeypatch: Any) -> None:
    """It had written the day; its note of the job comes after CloseRun's."""
    world.upload(GOOD)
    run = world.prepare("e1", s3_key=KEY)
    update, late = world.records.update, []
    monkeypatch.setattr(world.records, "update", lambda record, **changes: late.append((record, changes)))
    inspect_file.handler(run, None)
    monkeypatch.setattr(world.records, "update", update)
    closed = world.close(run, "TIMEOUT")
    for record, changes in late:
        update(record, **changes)
    resumed = resume(world, "e2", closed)
    assert (resumed["decision"], resumed["attempt"]) == ("RUN", "2")
    assert resumed["resumed_plan"], "the inspection was not in vain"


def test_a_prepare_run_that_died_after_it_took_the_day(world: World, monkeypatch: Any) -> None:
    world.upload(GOOD)
    stopped(world, "e1")

    def die(*_: Any, **__: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(world.records, "update", die)
        with pytest.raises(RuntimeError):
            world.prepare("e2", s3_key=KEY, force_reprocess=True)
    assert (day_of(world).holder, day_of(world).attempt) == ("e2", 2)
    event = {"state": {"failure": {"Error": "Lambda.Unknown", "Cause": ""}}, "input": {"s3_key": KEY}}
    closed = close_run.handler({**event, "execution_arn": "e2", "started_at": NOW.isoformat()}, None)
    checkpoint = json.loads(checkpoint_of(world, day_of(world).job_id))
    assert (checkpoint["attempt"], checkpoint["fingerprint"]) == (2, None), "not the first attempt's data"
    resumed = resume(world, "e3", closed)
    assert (resumed["attempt"], resumed["stage"], resumed["resumed_plan"]) == ("3", "validation", None)


def test_a_truncated_checkpoint_does_not_keep_the_next_run_open(world: World) -> None:
    world.upload(GOOD)
    run, _ = stopped(world, "e1")
    where = layout.checkpoint("checkpoints", run["job_id"])
    world.store.put(where, checkpoint_of(world, run["job_id"])[:20])
    again, closed = stopped(world, "e2")
    assert closed["error"] == "TIMEOUT"
    assert json.loads(checkpoint_of(world, run["job_id"]))["attempt"] == int(again["attempt"]) == 2


def test_a_close_run_that_died_ends_as_it_had_begun(world: World, monkeypatch: Any) -> None:
    """Its checkpoint says TIMEOUT; the watchdog, who knows nothing of that, finishes the same end."""
    world.upload(GOOD)
    run = inspect_file.handler(world.prepare("e1", s3_key=KEY), None)
    with monkeypatch.context() as patched:
        patched.setattr(Teller, "try_to_tell", lambda *_: False)
        world.close(run, "TIMEOUT")
        assert world.prepare("e2", s3_key=KEY)["error"] == "DAY_BUSY"
    before = checkpoint_of(world, run["job_id"])
    assert day_of(world).holder == "e1"
    assert [alert["codigo"] for alert in world.alerts()] == ["DAY_BUSY"]
    assert watchdog.handler({}, None)["closed"] == [DAY]
    assert checkpoint_of(world, run["job_id"]) == before
    assert [alert["codigo"] for alert in world.alerts()] == ["TIMEOUT"]


def test_an_end_that_somebody_changed_is_decided_anew(world: World, monkeypatch: Any) -> None:
    """CloseRun wrote its checkpoint and died; what stands there since is not its own."""
    world.upload(GOOD)
    run = inspect_file.handler(world.prepare("e1", s3_key=KEY), None)
    with monkeypatch.context() as patched:
        patched.setattr(Teller, "try_to_tell", lambda *_: False)
        world.close(run, "TIMEOUT")
    changed = checkpoint_of(world, run["job_id"]).replace(b'"TIMEOUT"', b'"ABORTED"')
    world.store.put(layout.checkpoint("checkpoints", run["job_id"]), changed)
    assert world.close(run, "TIMEOUT")["error"] == "TIMEOUT"
    assert [alert["codigo"] for alert in world.alerts()] == ["TIMEOUT"]


def test_a_job_that_publishes_while_its_run_is_closed_is_a_success(world: World, monkeypatch: Any) -> None:
    world.upload(GOOD)
    run = inspect_file.handler(world.prepare("e1", s3_key=KEY), None)
    world.do_the_jobs_work(run)
    write, late = world.days.write, [run]

    def overtaken(*given: Any) -> Any:
        if late:
            world.publish(late.pop())
        return write(*given)

    monkeypatch.setattr(world.days, "write", overtaken)
    assert world.close(run, "TIMEOUT")["decision"] == "FINISH"
    assert day_of(world).state == "PUBLISHED"


def test_a_finish_run_that_died_after_its_last_write_is_no_failure(world: World) -> None:
    world.upload(GOOD)
    run = inspect_file.handler(world.prepare("e1", s3_key=KEY), None)
    world.do_the_jobs_work(run)
    world.publish(run)
    finish_run.handler(run, None)
    event = {"state": {**run, "finish_failure": {"Error": "States.Timeout"}}, "input": {"s3_key": KEY}}
    closed = close_run.handler({**event, "execution_arn": "e1", "started_at": NOW.isoformat()}, None)
    assert (closed["decision"], closed["result"]["status"]) == ("DONE", "SUCCEEDED")
    assert [alert["codigo"] for alert in world.alerts()] == ["SUCCEEDED"]


def test_a_day_that_the_lifecycle_forgot_needs_force_all_the_same(world: World) -> None:
    """The day object is older than the bucket keeps it; what is published is not."""
    world.upload(GOOD)
    world.whole_run("e1", s3_key=KEY)
    world.delete(layout.day_object("checkpoints", DAY))
    world.upload(GOOD + b"F1;O2;Bia;PETR4;2026-02-16;1.00\n")
    assert world.prepare("e2", s3_key=KEY)["error"] == "NEEDS_FORCE"
    assert world.whole_run("e3", s3_key=KEY, force_reprocess=True)["status"] == "SUCCEEDED"


def test_a_forged_plan_is_refused(world: World) -> None:
    world.upload(GOOD)
    run, closed = stopped(world, "e1")
    plan = world.plan(run).to_dict()
    world.store.put(layout.Location.parse(run["plan"]), to_json({**plan, "job_id": "JOB-20260216-000000"}))
    assert resume(world, "e2", closed)["error"] == "CHECKPOINT_REFUSED"


def test_a_job_that_sleeps_while_it_publishes_overwrites_no_later_result(
    world: World, monkeypatch: Any
) -> None:
    """It wakes up between PUBLISHING and its copy: its run was finished for it, and another one came."""
    world.upload(GOOD)
    run = inspect_file.handler(world.prepare("e1", s3_key=KEY), None)
    world.do_the_jobs_work(run)
    copy, asleep = world.store.copy, [True]

    def sleepy(*given: Any) -> str:
        if asleep:
            asleep.clear()
            closed = world.close(run, "TIMEOUT")
            assert finish_run.handler(closed, None)["status"] == "SUCCEEDED"
            world.whole_run("e2", s3_key=KEY, force_reprocess=True)
        return copy(*given)

    monkeypatch.setattr(world.store, "copy", sleepy)
    with pytest.raises(Exception, match="outra execução publicou"):
        world.publish(run)
    assert day_of(world).attempt == 2
    assert world.published() == f"divergences of {day_of(world).fingerprint}".encode()


def test_a_start_closes_the_dead_run_that_holds_the_day(world: World) -> None:
    """Its event was lost, and the watchdog has not come yet."""
    world.upload(GOOD)
    dead = inspect_file.handler(world.prepare("e1", s3_key=KEY), None)
    world.running.discard("e1")
    run = world.prepare("e2", s3_key=KEY)
    assert (run["decision"], run["attempt"]) == ("RUN", "2")
    kept = world.store.get(layout.checkpoint("checkpoints", dead["job_id"]))
    assert kept is not None
    assert (kept.json()["attempt"], kept.json()["status"]) == (1, "ABORTED")
    assert [alert["codigo"] for alert in world.alerts()] == ["ABORTED"]


def test_a_close_run_that_died_after_it_told_people_tells_them_once(world: World, monkeypatch: Any) -> None:
    world.upload(GOOD)
    run = inspect_file.handler(world.prepare("e1", s3_key=KEY), None)

    def die(*_: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(Day, "released", die)
        with pytest.raises(RuntimeError):
            world.close(run, "TIMEOUT")
    assert (day_of(world).holder, day_of(world).alert_sent) == ("e1", True)
    assert world.close(run, "TIMEOUT")["error"] == "TIMEOUT"
    assert day_of(world).holder is None
    assert [alert["codigo"] for alert in world.alerts()] == ["TIMEOUT"]
