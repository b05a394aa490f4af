"""A file under another name that met a busy day: heard once the day is published, whatever its bytes."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from lambdas import inspect_file, watchdog
from reconciliation import layout
from reconciliation.bounded_json import DOCUMENT_BYTES
from reconciliation.lifecycle.publishing import publish
from tests.functions.world import DAY, GOOD, KEY, Starts, World, end, published_by, start_of

OTHER = f"{DAY}/corrected.csv"
MORE = GOOD + b"F1;O2;Bia;PETR4;2026-02-16;1.00\n"


def other_beside(world: World, body: bytes) -> dict[str, Any]:
    """The run of a good file, and that other file of the day, which was refused meanwhile."""
    world.upload(GOOD)
    first = world.prepare("e1", s3_key=KEY)
    world.upload(body, OTHER)
    refused = world.prepare("e2", s3_key=OTHER)
    assert refused["error"] == "DAY_BUSY"
    assert "NEEDS_FORCE" in json.loads(refused["cause"])["message"]
    return first


def open_codes(world: World) -> list[str]:
    standing = world.teller.incidents.read(DAY)
    return [matter.last.code for matter in standing.matters] if standing else []


def test_another_file_is_heard_once_the_day_is_published(world: World, starts: Starts) -> None:
    assert end(world, other_beside(world, MORE)) == "SUCCEEDED"
    ((name, given),) = starts.inputs.items()
    assert given["s3_key"] == OTHER
    assert start_of(world, name, starts)["error"] == "NEEDS_FORCE"
    assert open_codes(world) == ["NEEDS_FORCE"]
    watchdog.handler({}, None)
    assert list(starts.inputs) == [name]


def test_the_same_bytes_under_another_name_ring_once(world: World, starts: Starts) -> None:
    assert end(world, other_beside(world, GOOD)) == "SUCCEEDED"
    (name,) = starts.inputs
    assert start_of(world, name, starts)["result"]["status"] == "ALREADY_PUBLISHED"
    watchdog.handler({}, None)
    assert [alert["codigo"] for alert in world.alerts()] == ["DAY_BUSY", "SUCCEEDED"]
    assert open_codes(world) == []


def test_another_file_starts_nothing_of_a_day_that_is_not_published(world: World, starts: Starts) -> None:
    """A person chooses; whichever of the two is published then, the other one is heard."""
    first = other_beside(world, MORE)
    world.close(first, "TIMEOUT")
    watchdog.handler({}, None)
    assert starts.inputs == {}
    assert open_codes(world) == ["DAY_BUSY", "TIMEOUT"]
    assert end(world, world.prepare("e3", s3_key=KEY)) == "SUCCEEDED"
    (name,) = starts.inputs
    assert start_of(world, name, starts)["error"] == "NEEDS_FORCE"


@pytest.mark.parametrize("key", [KEY, OTHER])
@pytest.mark.parametrize("becomes", ["removed", "newer"])
def test_a_version_that_is_not_its_file_s_newest_any_more_is_not_run(
    world: World, starts: Starts, key: str, becomes: str
) -> None:
    """It was sent by mistake, say; of the same file it would even be published, where the first one fails."""
    world.upload(GOOD if key == OTHER else b"")
    first = world.prepare("e1", s3_key=KEY)
    version = world.upload(MORE, key)
    assert world.prepare("e2", s3_key=key, version_id=version)["error"] == "DAY_BUSY"
    if becomes == "removed":
        world.delete(layout.Location("ingress", key))
    else:
        world.upload(b"", key)
    end(world, first)
    (name,) = starts.inputs
    told = len(world.alerts())
    assert start_of(world, name, starts)["result"]["status"] == "NOT_NEWEST"
    watchdog.handler({}, None)
    assert (list(starts.inputs), told, world.alerts()) == ([name], 2, [])
    asked = world.prepare("e3", s3_key=key, version_id=version)  # by a person, who may
    assert (asked["decision"], asked.get("error")) in [("RUN", None), ("REFUSED", "NEEDS_FORCE")]


def test_what_s3_does_not_answer_counts_as_no_removal(
    world: World, starts: Starts, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert end(world, other_beside(world, MORE)) == "SUCCEEDED"
    (name,) = starts.inputs
    head = world.store.head

    def refused(where: layout.Location, version_id: str | None = None) -> Any:
        if where.bucket == "ingress" and version_id is None:
            raise ClientError({"Error": {"Code": "403"}}, "HeadObject")
        return head(where, version_id)

    with monkeypatch.context() as patched:
        patched.setattr(world.store, "head", refused)
        with pytest.raises(ClientError):
            start_of(world, name, starts)
    assert start_of(world, name, starts)["error"] == "NEEDS_FORCE"


def test_a_start_that_has_its_day_keeps_it_whatever_comes_then(world: World, starts: Starts) -> None:
    """PrepareRun is asked again: its first answer was lost."""
    world.upload(b"")
    first = world.prepare("e1", s3_key=KEY)
    assert world.prepare("e2", s3_key=KEY, version_id=world.upload(GOOD))["error"] == "DAY_BUSY"
    assert end(world, first) == "E_EMPTY"
    (name,) = starts.inputs
    run = start_of(world, name, starts)
    world.upload(MORE)
    assert start_of(world, name, starts) == run


@pytest.mark.parametrize("newer", [False, True])
def test_another_file_that_a_person_starts_is_not_started_again(
    world: World, starts: Starts, newer: bool
) -> None:
    world.close(other_beside(world, MORE), "TIMEOUT")
    if newer:
        world.upload(MORE + b"F1;O3;Bia;PETR4;2026-02-16;1.00\n", OTHER)
    assert end(world, world.prepare("e3", s3_key=OTHER)) == "SUCCEEDED"
    watchdog.handler({}, None)
    assert starts.inputs == {}


def test_a_forced_run_that_fails_leaves_what_stood_published(world: World, starts: Starts) -> None:
    world.upload(GOOD)
    published_by(world, "e0", world.prepare("e0", s3_key=KEY))
    forced = world.prepare("e1", s3_key=KEY, force_reprocess=True)
    world.upload(MORE, OTHER)
    assert world.prepare("e2", s3_key=OTHER)["error"] == "DAY_BUSY"
    world.close(forced, "TIMEOUT")
    (name,) = starts.inputs
    assert start_of(world, name, starts)["error"] == "NEEDS_FORCE"


def test_a_day_that_is_published_by_hand_is_looked_at_by_the_watchdog(world: World, starts: Starts) -> None:
    """Who publishes so is no run, and frees no day (runbook 2.4)."""
    first = inspect_file.handler(other_beside(world, MORE), None)
    world.do_the_jobs_work(first)
    world.close(first, "TIMEOUT")
    source, target = (layout.Location.parse(first[name]) for name in ("input_path", "output_path"))
    publish(world.store, world.days, source, target, None)
    assert starts.inputs == {}
    assert watchdog.handler({}, None)["started"] == list(starts.inputs) != []


def test_of_several_other_files_each_is_heard_by_its_newest_version(world: World, starts: Starts) -> None:
    first = other_beside(world, b"")
    newest = {OTHER: world.upload(MORE, OTHER), f"{DAY}/third.csv": world.upload(MORE, f"{DAY}/third.csv")}
    for number, key in enumerate(newest):
        assert world.prepare(f"n{number}", s3_key=key)["error"] == "DAY_BUSY"
    assert end(world, first) == "SUCCEEDED"
    assert {given["s3_key"]: given["version_id"] for given in starts.inputs.values()} == newest
    assert {start_of(world, name, starts)["error"] for name in [*starts.inputs]} == {"NEEDS_FORCE"}


def test_a_mark_that_cannot_be_followed_holds_up_no_other(world: World, starts: Starts) -> None:
    first = other_beside(world, MORE)
    world.store.put(layout.waiting("checkpoints", DAY), b" " * (DOCUMENT_BYTES + 1))
    assert end(world, first) == "SUCCEEDED"
    assert [given["s3_key"] for given in starts.inputs.values()] == [OTHER]
