"""What is published S3 copies by itself: whoever publishes, a job or a function, never holds it."""

from typing import Any

import pytest

from lambdas import finish_run, inspect_file
from reconciliation import day as days
from reconciliation import layout
from reconciliation.layout import Location
from reconciliation.lifecycle import publishing
from reconciliation.objects import FINGERPRINT
from tests.functions.world import DAY, GOOD, KEY, World, day_of

PUBLISHED = layout.published("output", DAY)


@pytest.fixture
def dead(world: World) -> dict[str, Any]:
    """A run whose output job said PUBLISHING, and died."""
    world.upload(GOOD)
    run = inspect_file.handler(world.prepare("e1", s3_key=KEY), None)
    world.do_the_jobs_work(run)
    held = world.days.read(DAY)
    assert held is not None
    world.days.write(held, days.begin_publishing(held.day, run["fingerprint"], (run["job_id"], 1)))
    return run


def test_nobody_reads_what_is_published(
    world: World, dead: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    read, get = list[str](), world.store.get

    def noted(where: Location, *given: Any) -> Any:
        read.append(where.key)
        return get(where, *given)

    monkeypatch.setattr(world.store, "get", noted)
    assert world.close(dead, "TIMEOUT")["decision"] == "FINISH"
    assert not [key for key in read if key.endswith(".parquet")]
    assert world.published() == f"divergences of {dead['fingerprint']}".encode()
    assert finish_run.handler(dead, None)["status"] == "SUCCEEDED"


@pytest.mark.parametrize("pieces", [4, 10_000])
@pytest.mark.parametrize(
    ("stands", "ends"), [("the same", "FINISH"), ("altered at its end", "FAILED"), ("longer", "FAILED")]
)
def test_what_stands_there_of_this_run_is_taken_where_it_is_the_same(
    world: World, dead: dict[str, Any], monkeypatch: pytest.MonkeyPatch, pieces: int, stands: str, ends: str
) -> None:
    """The job's copy was done, and the day's note of it was not."""
    monkeypatch.setattr(publishing, "_PIECE_BYTES", pieces)
    ready = f"divergences of {dead['fingerprint']}".encode()
    body = {"the same": ready, "altered at its end": ready[:-1] + b"!", "longer": ready + b"!"}[stands]
    etag = world.store.put(PUBLISHED, body, {FINGERPRINT: dead["fingerprint"]})
    assert world.close(dead, "TIMEOUT")["decision"] == ends
    assert day_of(world).state == ("PUBLISHED" if ends == "FINISH" else "CLOSED")
    standing = world.store.head(PUBLISHED)
    assert standing is not None
    assert standing.etag == etag


def test_what_is_gone_between_the_look_and_the_copy_is_given_up(
    world: World, dead: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = world.store.copy

    def late(*given: Any) -> str:
        world.delete(Location.parse(dead["input_path"]))
        return copy(*given)

    monkeypatch.setattr(world.store, "copy", late)
    assert world.close(dead, "TIMEOUT")["decision"] == "FAILED"
    assert (day_of(world).state, world.published()) == ("CLOSED", None)
