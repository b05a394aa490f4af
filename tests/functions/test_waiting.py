"""An upload that writes an empty object first: refused at once, and the file itself is run, once."""

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from lambdas import close_run, finish_run, inspect_file, watchdog
from reconciliation import layout
from reconciliation.bounded_json import DOCUMENT_BYTES
from reconciliation.lifecycle.telling import Teller
from reconciliation.lifecycle.waiting import WaitingRoom
from reconciliation.run import execution_name
from reconciliation.waiting import Waiting
from tests.functions.world import DAY, GOOD, KEY, NOW, Starts, World, day_of, end, published_by, start_of

OTHER = f"{DAY}/corrected.csv"
MORE = GOOD + b"F1;O2;Bia;PETR4;2026-02-16;1.00\n"


def empty_then_good(world: World) -> tuple[dict[str, Any], str]:
    """The empty version's run, and the good version, which was refused meanwhile."""
    first = world.prepare("e1", s3_key=KEY, version_id=world.upload(b""))
    version = world.upload(GOOD)
    refused = world.prepare("e2", s3_key=KEY, version_id=version)
    assert refused["error"] == "DAY_BUSY"
    assert "iniciada sozinha" in json.loads(refused["cause"])["message"]
    return first, version


def test_the_file_runs_once_the_empty_one_is_refused(world: World, starts: Starts) -> None:
    first, version = empty_then_good(world)
    assert starts.inputs == {}
    assert end(world, first) == "E_EMPTY"
    ((name, given),) = starts.inputs.items()
    assert given == {"s3_key": KEY, "version_id": version}
    assert name not in ("e1", "e2", execution_name(KEY, version))
    assert end(world, start_of(world, name, starts)) == "SUCCEEDED"
    watchdog.handler({}, None)
    assert len(starts.inputs) == 1
    told = world.alerts()
    assert [alert["codigo"] for alert in told] == ["DAY_BUSY", "E_EMPTY", "SUCCEEDED"]
    assert not any("corrected" in str(alert["proximo_comando"]) for alert in told), "no third file at once"


def test_repeated_events_start_nothing_twice(world: World, starts: Starts) -> None:
    first, version = empty_then_good(world)
    for _ in range(3):
        world.prepare("e2", s3_key=KEY, version_id=version)
    end(world, first)
    for _ in range(3):
        world.waiting_room.start_or_log(DAY)
        watchdog.handler({}, None)
    (name,) = starts.inputs
    run = start_of(world, name, starts)
    assert world.prepare("e2", s3_key=KEY, version_id=version)["result"]["status"] == "DUPLICATE"
    assert end(world, run) == "SUCCEEDED"
    assert world.prepare("e2", s3_key=KEY, version_id=version)["result"]["status"] == "ALREADY_PUBLISHED"
    watchdog.handler({}, None)
    assert list(starts.inputs) == [name]


@pytest.mark.parametrize("events", [(0, 1, 2), (2, 1, 0), (1, 2, 0), (2, 0, 1)])
def test_the_last_of_several_runs_however_their_events_come(
    world: World, starts: Starts, events: tuple[int, ...]
) -> None:
    first = world.prepare("e1", s3_key=KEY, version_id=world.upload(b""))
    versions = [world.upload(GOOD + b"F1;O%d;Ana;PETR4;2026-02-16;1.00\n" % n) for n in range(2, 5)]
    for which in events:
        assert world.prepare(f"t{which}", s3_key=KEY, version_id=versions[which])["error"] == "DAY_BUSY"
    end(world, first)
    (given,) = starts.inputs.values()
    assert given["version_id"] == versions[-1]


@pytest.mark.parametrize(
    "frees", ["success", "stopped by hand", "timeout", "finish failed", "closed by a start"]
)
def test_whoever_frees_the_day_starts_it(world: World, starts: Starts, frees: str) -> None:
    world.upload(GOOD)
    run = inspect_file.handler(world.prepare("e1", s3_key=KEY), None)
    other = world.upload(GOOD + b"F1;O2;Bia;PETR4;2026-02-16;1.00\n")
    assert world.prepare("e2", s3_key=KEY)["error"] == "DAY_BUSY"
    world.do_the_jobs_work(run)
    published = frees in ("success", "finish failed")
    if published:
        world.publish(run)
    world.running.discard("e1")
    if frees == "success":
        finish_run.handler(run, None)
    elif frees == "timeout":
        world.close(run, "TIMEOUT")
    elif frees == "finish failed":
        event = {"state": {**run, "finish_failure": {"Error": "States.Timeout"}}, "input": {"s3_key": KEY}}
        close_run.handler({**event, "execution_arn": "e1", "started_at": NOW.isoformat()}, None)
    elif frees == "closed by a start":
        assert world.prepare("e3", s3_key=KEY)["decision"] == "RUN"
        assert len(starts.inputs) <= 1
        return
    else:
        detail = {
            "executionArn": "e1",
            "startDate": NOW.timestamp() * 1000,
            "input": json.dumps({"s3_key": KEY}),
        }
        close_run.handler({"detail": detail}, None)
    (name,) = starts.inputs
    assert starts.inputs[name]["version_id"] == other
    started = start_of(world, name, starts)
    assert (started.get("error") or started["decision"]) == ("NEEDS_FORCE" if published else "RUN")


def test_a_starter_that_dies_leaves_it_to_the_watchdog(
    world: World, starts: Starts, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, version = empty_then_good(world)
    error = ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow down"}}, "StartExecution")

    def throttled(*_: Any) -> bool:
        raise error

    with monkeypatch.context() as patched:
        patched.setattr(world.executions, "start", throttled)
        assert end(world, first) == "E_EMPTY", "the run that ended is not touched by it"
        with pytest.raises(ClientError):
            watchdog.handler({}, None)
    assert watchdog.handler({}, None)["started"] == list(starts.inputs)
    assert watchdog.handler({}, None)["started"] == []
    assert [given["version_id"] for given in starts.inputs.values()] == [version]


def test_a_day_that_is_freed_while_the_mark_is_written(
    world: World, starts: Starts, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = world.prepare("e1", s3_key=KEY, version_id=world.upload(b""))
    version = world.upload(GOOD)
    write, codes = world.waits.write, []

    def late(*given: Any) -> None:
        codes.append(end(world, first))
        monkeypatch.setattr(world.waits, "write", write)
        write(*given)

    monkeypatch.setattr(world.waits, "write", late)
    assert world.prepare("e2", s3_key=KEY, version_id=version)["error"] == "DAY_BUSY"
    assert codes == ["E_EMPTY"]
    assert [given["version_id"] for given in starts.inputs.values()] == [version]


def test_no_mark_is_left_by_what_an_operator_means_otherwise(world: World, starts: Starts) -> None:
    old = world.upload(GOOD)
    first = world.prepare("e1", s3_key=KEY, version_id=world.upload(b""))
    for given in (
        {"s3_key": KEY, "version_id": old},
        {"s3_key": KEY, "version_id": old, "force_reprocess": True},
    ):
        refused = world.prepare("e2", **given)
        assert (refused["error"], "sozinha" in refused["cause"]) == ("DAY_BUSY", False)
    world.upload(GOOD + b"\n")
    assert "sozinha" not in world.prepare("e3", s3_key=KEY, force_reprocess=True)["cause"]
    world.upload(GOOD, OTHER)
    assert "sozinho" not in world.prepare("e4", s3_key=OTHER, force_reprocess=True)["cause"]
    end(world, first)
    watchdog.handler({}, None)
    assert starts.inputs == {}


def test_an_operator_who_is_quicker_than_the_watchdog(
    world: World, starts: Starts, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, version = empty_then_good(world)
    with monkeypatch.context() as patched:
        patched.setattr(WaitingRoom, "start_or_log", lambda *_: None)
        end(world, first)
    run = world.prepare("e3", s3_key=KEY, version_id=version)
    assert end(world, run) == "SUCCEEDED"
    assert watchdog.handler({}, None)["started"] == []
    assert starts.inputs == {}


def test_an_older_version_that_takes_the_day_first(world: World, starts: Starts) -> None:
    """The start finds the day taken by an operator's run of the old version, and waits once more."""
    first, version = empty_then_good(world)
    end(world, first)
    (name,) = starts.inputs
    old = world.prepare("e3", s3_key=KEY, version_id=first["input"]["version_id"])
    assert start_of(world, name, starts)["error"] == "DAY_BUSY"
    assert end(world, old) == "E_EMPTY"
    again = list(starts.inputs)[-1]
    assert again != name
    assert starts.inputs[again]["version_id"] == version
    assert end(world, start_of(world, again, starts)) == "SUCCEEDED"


def test_a_version_that_was_deleted_meanwhile_ends_as_ever(world: World, starts: Starts) -> None:
    first, version = empty_then_good(world)
    boto3.client("s3").delete_object(Bucket="ingress", Key=KEY, VersionId=version)
    end(world, first)
    (name,) = starts.inputs
    assert start_of(world, name, starts)["error"] == "INPUT_GONE"


@pytest.mark.parametrize("body", [b"[" * 100_000, b" " * (DOCUMENT_BYTES + 1)], ids=["nested", "long"])
def test_a_mark_that_somebody_wrote_stops_no_run(world: World, starts: Starts, body: bytes) -> None:
    world.store.put(layout.waiting("checkpoints", DAY), body)
    first = world.prepare("e1", s3_key=KEY, version_id=world.upload(b""))
    version = world.upload(GOOD)
    assert world.prepare("e2", s3_key=KEY, version_id=version)["error"] == "DAY_BUSY"
    world.store.put(layout.waiting("checkpoints", DAY), body)
    assert end(world, first) == "E_EMPTY"
    assert end(world, world.prepare("e3", s3_key=KEY, version_id=version)) == "SUCCEEDED"


def test_the_watchdog_goes_on_after_a_mark_that_it_cannot_read(world: World, starts: Starts) -> None:
    world.store.put(layout.waiting("checkpoints", "2026-02-15"), b" " * (DOCUMENT_BYTES + 1))
    mark = Waiting(day=DAY, s3_key=KEY, version_id=world.upload(GOOD), job_id="JOB-20260216-000001", epoch=1)
    world.waits.write(world.waits.of_same_file(DAY), mark)
    with pytest.raises(ValueError, match="2026-02-15"):
        watchdog.handler({}, None)
    assert list(starts.inputs) == [mark.execution_name]


def test_a_mark_that_somebody_wrote_is_written_over(world: World, starts: Starts) -> None:
    where = layout.waiting("checkpoints", DAY)
    world.store.put(where, b"[" * 100_000)
    first, version = empty_then_good(world)
    world.store.put(where, b'{"a": 1}')
    assert end(world, first) == "E_EMPTY"
    assert day_of(world).holder is None
    published_by(world, "e3", world.prepare("e3", s3_key=KEY, version_id=version))


def test_a_dead_holder_whose_alert_was_not_taken(
    world: World, starts: Starts, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.prepare("e1", s3_key=KEY, version_id=world.upload(b""))
    world.running.discard("e1")
    version = world.upload(GOOD)
    with monkeypatch.context() as patched:
        patched.setattr(Teller, "try_to_tell", lambda *_: False)
        assert "sozinha" in world.prepare("e2", s3_key=KEY, version_id=version)["cause"]
    assert watchdog.handler({}, None)["closed"] == [DAY]
    assert [given["version_id"] for given in starts.inputs.values()] == [version]


def test_the_mark_is_a_document() -> None:
    mark = Waiting(day=DAY, s3_key=KEY, version_id="v", job_id="JOB-20260216-000001", epoch=3)
    assert Waiting.from_dict(mark.to_dict()) == mark
    assert "awaits_publication" not in mark.to_dict(), "a deployment that does not know it reads this one"
    assert mark.execution_name == f"{execution_name(KEY, 'v')}-3"
