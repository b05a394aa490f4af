"""A day is freed whatever became of its run's documents, and by one process, however many try."""

import json
from typing import Any

import pytest

from lambdas import close_run, inspect_file, prepare_run, watchdog
from reconciliation import layout
from reconciliation.bounded_json import DOCUMENT_BYTES
from reconciliation.checkpoint import digest
from reconciliation.day import CLOSED, PUBLISHED, PUBLISHING, begin_publishing
from reconciliation.lifecycle import closing
from reconciliation.objects import ConditionFailed, to_json
from tests.functions.world import DAY, GOOD, KEY, NOW, World, day_of, resume, stopped


@pytest.mark.parametrize(
    "change",
    [
        {"plan": "garbage"},
        {"attempts": "1"},
        {"refused_lines": "3"},
        {"lineage": 7},
        {"checkpoint_sha256": 1},
    ],
)
def test_a_note_that_somebody_changed_keeps_no_day(world: World, change: dict[str, object]) -> None:
    world.upload(GOOD)
    run = inspect_file.handler(world.prepare("e1", s3_key=KEY), None)
    where = layout.job_record("checkpoints", run["job_id"])
    stored = world.store.document(where)
    assert stored is not None
    world.store.put(where, to_json({**stored.json(), **change}))
    closed = world.close(run, "TIMEOUT")
    assert (closed["error"], day_of(world).state, day_of(world).holder) == ("TIMEOUT", CLOSED, None)
    assert resume(world, "e2", closed)["error"] == "CHECKPOINT_REFUSED" or day_of(world).holder == "e2"


@pytest.mark.parametrize("became", [None, b"no JSON", b"[]", b'{"s3_key": 1}', b" " * (DOCUMENT_BYTES + 1)])
def test_a_note_that_is_gone_or_none_any_more_keeps_no_day(world: World, became: bytes | None) -> None:
    """The run ends as it would have; nothing can go on from it, and the file itself can be run anew."""
    world.upload(GOOD)
    run = inspect_file.handler(world.prepare("e1", s3_key=KEY), None)
    where = layout.job_record("checkpoints", run["job_id"])
    if became is None:
        world.delete(where)
    else:
        world.store.put(where, became)
    closed = world.close(run, "TIMEOUT")
    assert (closed["error"], day_of(world).state, day_of(world).holder) == ("TIMEOUT", CLOSED, None)
    (alert,) = world.alerts()
    assert "(job.json) foi apagada ou alterada" in alert["mensagem"]
    assert resume(world, "e2", closed)["error"] == "CHECKPOINT_REFUSED"
    assert world.whole_run("e3", s3_key=KEY)["status"] == "SUCCEEDED"


@pytest.mark.parametrize("key", [KEY, KEY.replace("input", "other"), "", "2026-02-31/x.csv"])
def test_a_refused_resume_offers_no_file_but_the_job_s_own(world: World, key: str) -> None:
    """The note is gone; the checkpoint tells the key, and may be changed: the job's id proves it."""
    world.upload(GOOD)
    run, closed = stopped(world, "e1")
    world.delete(layout.job_record("checkpoints", run["job_id"]))
    where = layout.checkpoint("checkpoints", run["job_id"])
    stored = world.store.document(where)
    assert stored
    told = stored.json()
    world.store.put(where, to_json({**told, "input": {**told["input"], "s3_key": key}}))
    assert "/job.json não existe" in json.loads(resume(world, "e2", closed)["cause"])["message"]
    command = world.alerts()[-1]["proximo_comando"]
    assert ("start-execution" in command, command.startswith("aws s3 ls")) == (key == KEY, key != KEY)


def test_an_earlier_checkpoint_with_a_field_of_another_deployment_keeps_no_day(world: World) -> None:
    world.upload(GOOD)
    run, _ = stopped(world, "e1")
    where, note = (
        layout.checkpoint("checkpoints", run["job_id"]),
        layout.job_record("checkpoints", run["job_id"]),
    )
    stored, noted = world.store.document(where), world.store.document(note)
    assert stored is not None
    assert noted is not None
    body = to_json({**stored.json(), "retry_after": 5})
    world.store.put(where, body)
    world.store.put(note, to_json({**noted.json(), "checkpoint_sha256": digest(body)}))
    _, closed = stopped(world, "e2")
    assert (closed["error"], day_of(world).holder) == ("TIMEOUT", None)


def test_folders_that_somebody_made_keep_no_day(world: World) -> None:
    """S3's console writes one as an empty object, of which a listing tells as of any other."""
    for folder in (layout.day_objects("checkpoints"), layout.waitings("checkpoints")):
        world.store.put(folder, b"")
        world.store.put(folder / "antigos/", b"")
    world.upload(GOOD)
    inspect_file.handler(world.prepare("e1", s3_key=KEY), None)
    world.running.discard("e1")
    did = watchdog.handler({}, None)
    assert (did["closed"], did["started"]) == ([DAY], [])
    assert day_of(world).holder is None


def test_a_published_day_that_cannot_be_finished_is_told_as_such(world: World) -> None:
    """Its holder is dead and its summary gone: people hear that, and the day is not held for ever."""
    world.upload(GOOD)
    run = inspect_file.handler(world.prepare("e1", s3_key=KEY), None)
    world.do_the_jobs_work(run)
    world.publish(run)
    world.running.discard("e1")
    world.delete(layout.summary("output", DAY))
    assert watchdog.handler({}, None)["closed"] == [DAY]
    assert [alert["codigo"] for alert in world.alerts()] == ["FINISH_FAILED"]
    assert (day_of(world).state, day_of(world).holder) == (PUBLISHED, None)


@pytest.mark.parametrize("who", ["CloseRun", "watchdog"])
def test_a_publication_by_hand_that_another_is_finishing_is_not_given_up(
    world: World, monkeypatch: pytest.MonkeyPatch, who: str
) -> None:
    world.upload(GOOD)
    run, _ = stopped(world, "e1")
    held = world.days.read(DAY)
    assert held is not None
    world.days.write(held, begin_publishing(held.day, run["fingerprint"], None))

    write = world.days.write

    def late(*_: object) -> None:
        monkeypatch.setattr(world.days, "write", write)
        raise ConditionFailed("another wrote the day")

    with monkeypatch.context() as patched:
        patched.setattr(world.days, "write", late)
        left_behind = {"job_id": run["job_id"], "attempt": "1", "day": DAY, "execution_arn": "",
                       "started_at": "2026-02-16T10:00:00Z"}  # fmt: skip
        if who == "watchdog":
            assert watchdog.handler({}, None)["closed"] == []
        else:
            close_run.handler({"left_behind": left_behind}, None)
    assert day_of(world).state == PUBLISHING
    assert watchdog.handler({}, None)["closed"] == [DAY]
    assert day_of(world).state == PUBLISHED


def test_an_execution_that_began_before_the_deployment_opens_all_the_same(world: World) -> None:
    """Its definition hands over no count, and knows no CLOSE_FIRST; its document has a field more."""
    world.upload(GOOD)
    started = "2026-02-16T10:00:00Z"
    run = prepare_run.handler({"input": {"s3_key": KEY}, "execution_arn": "e1", "started_at": started}, None)
    assert run["decision"] == "RUN"
    assert inspect_file.handler({**run, "deadline_at": "2026-02-16T10:20:00+00:00"}, None)["plan"]
    again = prepare_run.handler(
        {"input": {"s3_key": KEY}, "execution_arn": "e2", "started_at": started}, None
    )
    assert json.loads(again["cause"])["code"] == "DAY_BUSY"


def test_a_run_that_two_close_at_once_is_told_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The event of its end, and the watchdog: the second, whose day was free by then, told once more."""
    world.upload(GOOD)
    world.prepare("e1", s3_key=KEY)
    world.running.discard("e1")
    stop = closing.stop

    def after_the_other(*given: Any) -> None:
        monkeypatch.setattr(closing, "stop", stop)
        world.closing.close_left_behind(DAY, "e1", NOW, NOW)

    monkeypatch.setattr(closing, "stop", after_the_other)
    world.closing.close_left_behind(DAY, "e1", NOW, NOW)
    assert [alert["codigo"] for alert in world.alerts()] == ["ABORTED"]
