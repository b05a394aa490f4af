"""Forty checkpoints that are not what they seem, given to the real machine: refused, nothing published."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from local.generated_day import GeneratedDay
from tests.faults.held import RECONCILIATION, hold, while_held
from tests.faults.invariants import Watched, watched
from tests.faults.stack import CHECKPOINTS, INTERMEDIATE, OUTPUT, Hurt
from tests.waiting import eventually

pytestmark = pytest.mark.stack
Body = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Stopped:
    """A day of which two attempts were stopped, the second half way through its comparison."""

    hurt: Hurt
    seen: Watched
    resume: dict[str, Any]
    checkpoint: bytes
    first: bytes
    """The first attempt's checkpoint."""

    @property
    def job_id(self) -> str:
        return str(self.resume["job_id"])

    @property
    def key(self) -> str:
        return f"{self.job_id}/checkpoint.json"

    @property
    def plan(self) -> str:
        fingerprint = json.loads(self.checkpoint)["fingerprint"]
        return f"{self.seen.day.reference_date}/validated.parquet/{fingerprint}/plan.json"

    def part(self, kind: str) -> str:
        """A part that the comparison still needs; a resume's data may be of two fingerprints."""
        prefix = self.hurt.json_at(INTERMEDIATE, self.plan)["paths"][kind]
        return f"{prefix.split('/', 3)[3]}part-00006.parquet"

    def refused(self, given: dict[str, Any]) -> str:
        """The reason. Nothing was published, and the day is free as before."""
        before = self.hurt.day_object(self.seen.day.reference_date)
        ended = self.hurt.end_of(self.hurt.start(given))
        assert (ended["status"], ended["error"]) == ("FAILED", "CHECKPOINT_REFUSED"), ended
        assert self.hurt.day_object(self.seen.day.reference_date) == before
        assert self.hurt.objects(OUTPUT, str(self.seen.day.reference_date)) == []
        assert self.hurt.running_jobs() == []
        return str(json.loads(ended["cause"])["message"])

    @contextmanager
    def object(self, bucket: str, key: str, body: bytes | None) -> Iterator[None]:
        """With another body there, or none."""
        s3 = self.hurt.client("s3")
        usual = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        if body is None:
            s3.delete_object(Bucket=bucket, Key=key)
        else:
            s3.put_object(Bucket=bucket, Key=key, Body=body)
        try:
            yield
        finally:
            s3.put_object(Bucket=bucket, Key=key, Body=usual)


@pytest.fixture(scope="module")
def stopped(hurt: Hurt) -> Stopped:
    day = GeneratedDay(2_000, date(2026, 5, 20))
    key = hurt.put(day)
    seen = watched(hurt, day)
    with hurt.faults(hold(rf"PUT /{INTERMEDIATE}/.*validated\.parquet/.*part-")):
        resume = hurt.resume_of(seen.start({"s3_key": key, "deadline_s": 1}))
    checkpoint = f"{resume['job_id']}/checkpoint.json"
    first = hurt.client("s3").get_object(Bucket=CHECKPOINTS, Key=checkpoint)["Body"].read()

    def kill() -> None:
        """And nothing goes on until the job is gone: its two workers are both held at a late part."""
        hurt.driver(hurt.glue_run(RECONCILIATION)).kill()
        eventually(lambda: not hurt.running_jobs())

    late_parts = hold(rf"PUT /{INTERMEDIATE}/.*partial\.parquet/.*part-0000[5-7]", times=3)
    while_held(hurt, seen, resume, late_parts, kill)
    second = hurt.client("s3").get_object(Bucket=CHECKPOINTS, Key=checkpoint)["Body"].read()
    assert 0 < json.loads(second)["partitions"]["done"] < 8, second
    return Stopped(hurt, seen, resume, second, first)


def with_field(path: str, value: Any) -> Body:
    """`path` names a field, `a.b` one of a field's; None as a value removes it."""

    def change(body: bytes) -> bytes:
        content = json.loads(body)
        *folder, name = path.split(".")
        where = content[folder[0]] if folder else content
        if value is None:
            del where[name]
        else:
            where[name] = value
        return json.dumps(content, ensure_ascii=False, sort_keys=True).encode()

    return change


ELSEWHERE = "s3://somebody-elses/2026-05-20/"
CHANGES: dict[str, Body] = {
    "empty": lambda _: b"",
    "half": lambda body: body[: len(body) // 2],
    "one byte short": lambda body: body[:-1],
    "one byte more": lambda body: body + b" ",
    "not JSON": lambda _: b"checkpoint",
    "a list": lambda body: b"[" + body + b"]",
    "null": lambda _: b"null",
    "UTF-16": lambda body: body.decode().encode("utf-16"),
    "NULs": lambda body: bytes(len(body)),
    "another job": with_field("job_id", "JOB-20260520-000000"),
    "another day's job": with_field("job_id", "JOB-20260519-123456"),
    "no job": with_field("job_id", None),
    "attempt 1": with_field("attempt", 1),
    "attempt 3": with_field("attempt", 3),
    "attempt as text": with_field("attempt", "2"),
    "no attempt": with_field("attempt", None),
    "another fingerprint": with_field("fingerprint", "0" * 32),
    "no fingerprint": with_field("fingerprint", None),
    "another file": with_field("input.s3_key", "2026-05-20/other.csv"),
    "another day's file": with_field("input.s3_key", "2026-05-19/input.csv"),
    "another version": with_field("input.version_id", "null"),
    "another content": with_field("input.sha256", "0" * 64),
    "no input": with_field("input", None),
    "other rules": with_field("rules_sha256", "0" * 64),
    "no rules": with_field("rules_sha256", None),
    "all lines processed": with_field("progress.pending_lines", 0),
    "lines as text": with_field("progress.total_lines", "2000"),
    "no progress": with_field("progress", None),
    "all partitions done": with_field("partitions.done", 8),
    "fewer partitions": with_field("partitions.total", 4),
    "valid rows elsewhere": with_field("intermediate_data.validated_data", f"{ELSEWHERE}validated.parquet/"),
    "base elsewhere": with_field("intermediate_data.base_data", f"{ELSEWHERE}base.parquet/x/"),
    "results elsewhere": with_field("intermediate_data.divergences", f"{ELSEWHERE}divergences.parquet"),
    "no intermediate data": with_field("intermediate_data", None),
    "its place elsewhere": with_field("checkpoint_location", "s3://reconciliation-checkpoints/JOB-20260520-000000/"),
    "ready to publish": with_field("error_details.stage", "output"),
    "a success": with_field("status", "SUCCEEDED"),
    "another start": with_field("start_time", "2026-05-20T00:00:00Z"),
    "a field more": with_field("force_reprocess", value=True),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_changed_checkpoint_is_refused(stopped: Stopped, change: Body) -> None:
    with stopped.object(CHECKPOINTS, stopped.key, change(stopped.checkpoint)):
        assert stopped.refused(stopped.resume)


def test_an_earlier_attempts_checkpoint_is_refused(stopped: Stopped) -> None:
    with stopped.object(CHECKPOINTS, stopped.key, stopped.first):
        assert "última tentativa" in stopped.refused(stopped.resume)


@pytest.mark.parametrize(
    "where",
    [
        "s3://somebody-elses-bucket/{job_id}/checkpoint.json",
        "s3://reconciliation-checkpoints/JOB-20260520-000000/checkpoint.json",
        "s3://reconciliation-checkpoints/{job_id}/../{job_id}/checkpoint.json",
        "s3://reconciliation-checkpoints/{job_id}/checkpoint-1.json",
        "s3://reconciliation-checkpoints/days/2026-05-20.json",
        "/{job_id}/checkpoint.json",
    ],
)
def test_another_place_is_refused(stopped: Stopped, where: str) -> None:
    location = where.format(job_id=stopped.job_id)
    assert "só pode estar em" in stopped.refused({**stopped.resume, "checkpoint_location": location})


@pytest.mark.parametrize("kind", ["validated", "rejects", "base"])
def test_data_that_lack_a_part_are_refused(stopped: Stopped, kind: str) -> None:
    key = stopped.part(kind)
    with stopped.object(INTERMEDIATE, key, None):
        assert key in stopped.refused(stopped.resume)


@pytest.mark.parametrize("forge", [lambda body: body[:-2], with_field("job_id", "JOB-20260520-000000")])
def test_a_plan_that_is_not_the_jobs_own_is_refused(stopped: Stopped, forge: Body) -> None:
    body = stopped.hurt.client("s3").get_object(Bucket=INTERMEDIATE, Key=stopped.plan)["Body"].read()
    with stopped.object(INTERMEDIATE, stopped.plan, forge(body)):
        assert stopped.refused(stopped.resume)


def test_what_can_be_computed_again_is(stopped: Stopped) -> None:
    """Last of all: the untouched checkpoint is taken, though two commits are missing."""
    day = stopped.seen.day.reference_date
    s3 = stopped.hurt.client("s3")
    gone = [key for key in stopped.hurt.objects(INTERMEDIATE, str(day)) if key.endswith("/validation.json")]
    gone += [key for key in stopped.hurt.objects(INTERMEDIATE, f"{day}/partial.parquet/") if "part-" in key][
        :1
    ]
    assert len(gone) == 2
    for key in gone:
        s3.delete_object(Bucket=INTERMEDIATE, Key=key)
    ended = stopped.seen.start(stopped.resume)
    assert ended["status"] == "SUCCEEDED", ended
    assert [found for found in stopped.seen.breaches(published=True) if not found.startswith("I5")] == []
