"""What is published S3 copies by itself: whoever publishes, a job or a function, never holds it."""

from collections.abc import Callable
from typing import Any

import pytest

from lambdas import finish_run, inspect_file
from reconciliation import day as days
from reconciliation import layout
from reconciliation.errors import ReconciliationError
from reconciliation.layout import Location
from reconciliation.lifecycle import publishing
from reconciliation.lifecycle.publishing import COPIED
from reconciliation.objects import FINGERPRINT, StoredObject
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


@pytest.fixture
def read(world: World, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The keys of what was read, whole or a part of it."""
    keys, get, get_range = list[str](), world.store.get, world.store.get_range

    def noted(reads: Any) -> Any:
        def reading(where: Location, *given: Any, **more: Any) -> Any:
            keys.append(where.key)
            return reads(where, *given, **more)

        return reading

    monkeypatch.setattr(world.store, "get", noted(get))
    monkeypatch.setattr(world.store, "get_range", noted(get_range))
    return keys


@pytest.mark.parametrize("copied", ["nothing", "the Parquet", "the rejects, too"])
def test_nobody_reads_what_is_published(
    world: World, dead: dict[str, Any], read: list[str], monkeypatch: pytest.MonkeyPatch, copied: str
) -> None:
    """Whatever the job had copied, and the day not noted, when it died: CloseRun has 60 s, and S3 4 GB."""
    if copied != "nothing":
        dies = {"the Parquet": "withdraw_page", "the rejects, too": "_swap"}[copied]
        with monkeypatch.context() as patched:
            patched.setattr(publishing, dies, lambda *_: {}["killed"])
            with pytest.raises(KeyError):
                world.publish(dead)
    assert world.close(dead, "TIMEOUT")["decision"] == "FINISH"
    assert not [key for key in read if key.endswith(".parquet")]
    assert world.published() == f"divergences of {dead['fingerprint']}".encode()
    assert finish_run.handler(dead, None)["status"] == "SUCCEEDED"


@pytest.mark.parametrize("pieces", [4, 10_000])
@pytest.mark.parametrize(
    ("stands", "ends"), [("the same", "FINISH"), ("altered at its end", "FAILED"), ("longer", "FAILED")]
)
def test_an_earlier_release_s_copy_is_taken_where_it_is_the_same(
    world: World, dead: dict[str, Any], monkeypatch: pytest.MonkeyPatch, pieces: int, stands: str, ends: str
) -> None:
    """The job's copy was done, and the day's note of it was not; it does not say what it is of."""
    monkeypatch.setattr(publishing, "_PIECE_BYTES", pieces)
    ready = f"divergences of {dead['fingerprint']}".encode()
    body = {"the same": ready, "altered at its end": ready[:-1] + b"!", "longer": ready + b"!"}[stands]
    etag = world.store.put(PUBLISHED, body, {FINGERPRINT: dead["fingerprint"]})
    assert world.close(dead, "TIMEOUT")["decision"] == ends
    assert day_of(world).state == ("PUBLISHED" if ends == "FINISH" else "CLOSED")
    standing = world.store.head(PUBLISHED)
    assert standing is not None
    assert standing.etag == etag


@pytest.mark.parametrize(("stands", "ends"), [("the same", "FINISH"), ("another", "FAILED")])
def test_what_was_copied_from_another_is_taken_only_where_it_is_the_same(
    world: World, dead: dict[str, Any], stands: str, ends: str
) -> None:
    """What is ready was written anew since: by KMS its ETag is another, of the same bytes, too."""
    ready = f"divergences of {dead['fingerprint']}".encode()
    body = {"the same": ready, "another": ready[:-1] + b"!"}[stands]
    world.store.put(PUBLISHED, body, {FINGERPRINT: dead["fingerprint"], COPIED: '"another"'})
    assert world.close(dead, "TIMEOUT")["decision"] == ends
    assert day_of(world).state == {"FINISH": "PUBLISHED", "FAILED": "CLOSED"}[ends]


def meanwhile(world: World, monkeypatch: pytest.MonkeyPatch, key: str, act: Callable[[], object]) -> None:
    """Somebody acts between the look at what is ready and its copy to a key that ends so."""
    copy = world.store.copy

    def late(ready: StoredObject, where: Location, *given: Any) -> str:
        if where.key.endswith(key):
            act()
        return copy(ready, where, *given)

    monkeypatch.setattr(world.store, "copy", late)


@pytest.mark.parametrize(
    ("copied", "act"),
    [("divergencias.parquet", "delete"), ("divergencias.parquet", "replace"), ("rejeitos.parquet", "delete")],
)
def test_what_is_gone_between_the_look_and_the_copy_is_no_other_runs_publication(
    world: World, dead: dict[str, Any], monkeypatch: pytest.MonkeyPatch, copied: str, act: str
) -> None:
    """An operator, too, is told to reprocess the day, and not that it is another run's (runbook 2.4)."""
    rejects = layout.ready_rejects(world.plan(dead).paths.rejects)
    ready = Location.parse(dead["input_path"]) if copied.startswith("div") else rejects
    acts = {"delete": lambda: world.delete(ready), "replace": lambda: world.store.put(ready, b"another")}
    meanwhile(world, monkeypatch, copied, acts[act])
    with pytest.raises(
        ReconciliationError, match="não existe mais, ou foi trocado; reprocesse o dia"
    ) as told:
        world.publish(dead)
    assert told.value.code == "OUTPUT_FAILED"
    assert world.close(dead, "TIMEOUT")["decision"] == "FAILED"
    assert day_of(world).state == "CLOSED"


def test_what_another_published_meanwhile_is_its_own_though_its_data_are_ready_there_too(
    world: World, dead: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def another() -> None:
        world.store.put(Location.parse(dead["input_path"]), b"another's")
        world.store.put(PUBLISHED, b"another's", {FINGERPRINT: "another"})

    meanwhile(world, monkeypatch, "divergencias.parquet", another)
    with pytest.raises(ReconciliationError, match="outra execução publicou") as told:
        world.publish(dead)
    assert told.value.code == "LOCK_LOST"
