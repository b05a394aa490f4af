"""Whoever may write checkpoints or what lies between jobs: a code, no crash, and nothing outside is read."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciliation import layout
from reconciliation.adapters.store import Store
from reconciliation.documents.run_document import RunDocument
from reconciliation.errors import ReconciliationError
from reconciliation.layout import Location, RunPaths
from reconciliation.lifecycle.answers import Failed
from reconciliation.lifecycle.opening import Opened, Start
from tests.attacks.anything import ANYTHING, changed, paths
from tests.functions.world import BUCKETS, DAY, JOB, NOW, SETTINGS, World
from tests.lifecycle.in_memory import STARTED, Services, in_memory, left_behind
from tests.memory_s3 import MemoryS3

OURS = (DAY, "JOB-20260216-", "alerts/", "incidents/")


class Watched(MemoryS3):
    """Notes what is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[tuple[str, str]] = set()

    def head_object(self, *, Bucket: str, Key: str, **given: str) -> dict[str, Any]:  # noqa: N803
        self.asked.add((Bucket, Key))
        return super().head_object(Bucket=Bucket, Key=Key, **given)

    def get_object(self, *, Bucket: str, Key: str, **given: str) -> dict[str, Any]:  # noqa: N803
        self.asked.add((Bucket, Key))
        return super().get_object(Bucket=Bucket, Key=Key, **given)

    def list_objects_v2(self, *, Bucket: str, Prefix: str, **given: str) -> dict[str, Any]:  # noqa: N803
        self.asked.add((Bucket, Prefix))
        return super().list_objects_v2(Bucket=Bucket, Prefix=Prefix, **given)

    def list_object_versions(self, *, Bucket: str, Prefix: str, **given: str) -> dict[str, Any]:  # noqa: N803
        self.asked.add((Bucket, Prefix))
        return super().list_object_versions(Bucket=Bucket, Prefix=Prefix, **given)

    def elsewhere(self) -> list[tuple[str, str]]:
        """What was asked for of another bucket, day or job than this run's."""
        return [
            (bucket, key)
            for bucket, key in sorted(self.asked)
            if bucket not in BUCKETS or not any(ours in key for ours in OURS)
        ]


def test_what_is_listed_or_read_elsewhere_is_noted() -> None:
    s3 = Watched()
    store, where = Store(s3), Location("intermediate", "2026-02-17/validated.parquet/")
    assert list(store.list(where)) == list(store.versions(where)) == []
    assert store.get(where / "part") is None
    assert s3.elsewhere() == [("intermediate", where.key), ("intermediate", (where / "part").key)]


class Left(NamedTuple):
    """A run that ended, or whose execution did, and all that stands on S3 of it."""

    world: World
    s3: Watched
    objects: dict[tuple[str, str], dict[str, Any]]
    documents: dict[str, Location]

    def reset(self) -> None:
        self.s3.objects, self.s3.asked = dict(self.objects), set()


@cache
def left(state: str) -> Left:
    """`dead`: its execution is over. `stopped`: before its publication; `half way`: before its comparison."""
    s3 = Watched()
    world = in_memory(s3, Services())
    run = left_behind(world)
    planned = world.planning.plan(run)
    world.do_the_jobs_work(planned.to_dict())
    data = RunPaths.of(SETTINGS.intermediate_bucket, DAY, planned.fingerprint)
    if state == "half way":
        del s3.objects[data.divergences]
        world.store.put(layout.base_snapshot(data.base), b"{}")
    if state != "dead":
        world.closing.close_left_behind(DAY, "dead", NOW, NOW)
    documents = {
        "plan": planned.plan,
        "note": layout.job_record(SETTINGS.checkpoints_bucket, run.job_id),
        "report": layout.validation_report(data.validated),
        "checkpoint": layout.checkpoint(SETTINGS.checkpoints_bucket, run.job_id),
    }
    there = {name: at for name, at in documents.items() if tuple(at) in s3.objects}
    return Left(world, s3, dict(s3.objects), there)


@st.composite
def bodies(draw: Any, document: bytes) -> bytes:
    """That document with another value somewhere, without a member, with one twice, cut, or anything else."""
    content = json.loads(document)
    if draw(st.integers(0, 9)) == 0:
        return bytes(draw(st.one_of(st.binary(max_size=50), st.just(document[: len(document) // 2]))))
    where = draw(st.sampled_from(list(paths(content))))
    if draw(st.integers(0, 5)) == 0:
        text = json.dumps(content)
        return text.replace("{", '{"job_id": "JOB-20260216-000000", ', draw(st.integers(1, 2))).encode()
    return json.dumps(changed(content, where, draw(ANYTHING))).encode()


def asked_to_resume(world: World, job_id: str) -> Opened:
    at = layout.checkpoint(SETTINGS.checkpoints_bucket, job_id)
    resume = {"job_id": job_id, "checkpoint_location": str(at), "reprocess_from_checkpoint": True}
    start = Start(given=resume, execution_arn="new", started=STARTED, closed_before=0, clock=lambda: STARTED)
    return world.opening.open(start)


@pytest.mark.parametrize("state", ["stopped", "half way"])
@given(data=st.data())
def test_a_resume_of_changed_documents(state: str, data: st.DataObject) -> None:
    """It is refused, or goes on within its own data: what no other document contradicts is nobody's lie."""
    run = left(state)
    run.reset()
    name = data.draw(st.sampled_from(sorted(run.documents)))
    where = run.documents[name]
    Store(run.s3).put(where, data.draw(bodies(run.objects[where]["body"])))
    opened = asked_to_resume(run.world, run.documents["note"].key.split("/")[0])
    if isinstance(opened, RunDocument):
        _planned(run.world, opened)
    else:
        assert isinstance(opened, Failed)
        assert opened.result.code in ("CHECKPOINT_REFUSED", "INPUT_GONE", "NEEDS_FORCE")
    assert run.s3.elsewhere() == []


def _planned(world: World, run: RunDocument) -> None:
    try:
        planned = world.planning.plan(run)
    except ReconciliationError as exc:
        assert exc.code in ("CHECKPOINT_REFUSED", "INPUT_GONE", "LOCK_LOST")
        return
    assert planned.input_path == layout.divergences(SETTINGS.intermediate_bucket, DAY)
    assert planned.output_path == layout.published(SETTINGS.output_bucket, DAY)


@given(data=st.data())
def test_a_dead_runs_changed_documents_hold_no_day(data: st.DataObject) -> None:
    run = left("dead")
    run.reset()
    name = data.draw(st.sampled_from(sorted(run.documents)))
    where = run.documents[name]
    Store(run.s3).put(where, data.draw(bodies(run.objects[where]["body"])))
    run.world.closing.close_left_behind(DAY, "dead", NOW, NOW)
    held = run.world.days.read(DAY)
    assert held is not None
    assert (held.day.state, held.day.holder) == ("CLOSED", None)
    assert run.s3.elsewhere() == []


def _elsewhere() -> Iterator[tuple[str, str]]:
    for bucket, day in (("somebody-elses", DAY), (SETTINGS.intermediate_bucket, "2026-02-13")):
        for name in ("validated", "rejects", "base", "partial", "divergences"):
            yield name, str(getattr(RunPaths.of(bucket, day, "f" * 32), name))


@pytest.mark.parametrize(("name", "elsewhere"), [*_elsewhere()])
def test_a_plan_of_other_data_is_none(name: str, elsewhere: str) -> None:
    run = left("half way")
    run.reset()
    where = run.documents["plan"]
    plan = changed(json.loads(run.objects[where]["body"]), ("paths", name), elsewhere)
    Store(run.s3).put(where, json.dumps(plan).encode())
    opened = asked_to_resume(run.world, run.documents["note"].key.split("/")[0])
    assert isinstance(opened, Failed)
    assert opened.result.code == "CHECKPOINT_REFUSED"
    assert run.s3.elsewhere() == []


@pytest.mark.parametrize("number", [0, -1, 10**5 + 1, 10**39])
def test_a_plan_of_so_many_partitions_is_none(number: int) -> None:
    """Nobody counts them one by one."""
    run = left("half way")
    run.reset()
    where = run.documents["plan"]
    plan = changed(json.loads(run.objects[where]["body"]), ("partitions",), number)
    Store(run.s3).put(where, json.dumps(plan).encode())
    del run.s3.objects[run.documents["report"]]
    opened = asked_to_resume(run.world, run.documents["note"].key.split("/")[0])
    assert isinstance(opened, Failed)
    assert opened.result.code == "CHECKPOINT_REFUSED"


def test_a_part_that_the_plan_has_not_holds_no_day() -> None:
    """Somebody put it there: CloseRun counted its lines by a list that ends before."""
    run = left("dead")
    run.reset()
    fingerprint = run.documents["plan"].key.split("/")[2]
    partial = RunPaths.of(SETTINGS.intermediate_bucket, DAY, fingerprint).partial
    Store(run.s3).put(layout.part(partial, 99_999), b"x")
    run.world.closing.close_left_behind(DAY, "dead", NOW, NOW)
    held = run.world.days.read(DAY)
    assert held is not None
    assert (held.day.state, held.day.holder) == ("CLOSED", None)


@pytest.mark.parametrize("name", ["summary", "rejects"])
@pytest.mark.parametrize("elsewhere", ["s3://somebody-elses/2026-02-16/x", "s3://intermediate/2026-02-13/x"])
def test_what_is_ready_names_nothing_elsewhere(name: str, elsewhere: str) -> None:
    """S3 would copy it into what is published."""
    run = left("stopped")
    run.reset()
    ready = layout.divergences(SETTINGS.intermediate_bucket, DAY)
    stored = run.world.store.get(ready)
    assert stored is not None
    run.world.store.put(ready, stored.body, {**stored.metadata, name: elsewhere})
    document = {"input_path": str(ready), "output_path": str(layout.published("output", DAY))}
    with pytest.raises(ReconciliationError, match="outro lugar") as refused:
        run.world.publish({**document, "job_id": JOB, "attempt": "1"})
    assert refused.value.code == "OUTPUT_FAILED"
    assert run.s3.elsewhere() == []
