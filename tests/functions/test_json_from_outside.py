"""Whatever somebody wrote into a bucket or an input ends with the right code, and holds no day."""

import json
from typing import Any

import boto3
import pytest

from lambdas import close_run, finish_run, inspect_file, prepare_run
from reconciliation import layout
from reconciliation.adapters.database.secret import read_secret
from reconciliation.bounded_json import DOCUMENT_BYTES, JsonRefused
from reconciliation.layout import Location
from reconciliation.lifecycle.relaying import Message, read
from reconciliation.objects import to_json
from tests.functions.world import DAY, GOOD, KEY, NOW, World, day_of, published_by, resume, stopped

DEEP = b"[" * 100_000 + b"]" * 100_000
BROKEN = {
    "nested": DEEP,
    "nested objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "too long": b" " * (DOCUMENT_BYTES + 1),
    "no JSON": b'{"a": ',
    "no object": b"[]",
    "other names": b'{"a": 1}',
    "not a number": b'{"data_lines": NaN, "parts": Infinity}',
}
broken = pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN.keys())


@broken
def test_a_checkpoint_that_somebody_wrote(world: World, body: bytes) -> None:
    world.upload(GOOD)
    run, closed = stopped(world, "e1")
    world.store.put(layout.checkpoint("checkpoints", run["job_id"]), body)
    refused = resume(world, "e2", closed)
    assert (refused["error"], day_of(world).holder) == ("CHECKPOINT_REFUSED", None)
    assert [alert["codigo"] for alert in world.alerts()] == ["TIMEOUT", "CHECKPOINT_REFUSED"]


@broken
@pytest.mark.parametrize("document", ["plan", "note", "report"])
def test_what_a_resume_needs(world: World, document: str, body: bytes) -> None:
    world.upload(GOOD)
    run, closed = stopped(world, "e1")
    where = {
        "plan": Location.parse(run["plan"]),
        "note": layout.job_record("checkpoints", run["job_id"]),
        "report": layout.validation_report(world.plan(run).paths.validated),
    }[document]
    world.store.put(where, body)
    refused = resume(world, "e2", closed)
    assert (refused["error"], day_of(world).holder) == ("CHECKPOINT_REFUSED", None)


@broken
def test_a_plan_that_changes_after_the_resume_took_the_day(world: World, body: bytes) -> None:
    world.upload(GOOD)
    run, closed = stopped(world, "e1")
    resumed = resume(world, "e2", closed)
    world.store.put(Location.parse(run["plan"]), body)
    with pytest.raises(Exception, match="truncado ou alterado") as refused:
        inspect_file.handler(resumed, None)
    assert type(refused.value).__name__ == "CHECKPOINT_REFUSED"
    ended = world.close(resumed, "CHECKPOINT_REFUSED", json.dumps({"errorMessage": str(refused.value)}))
    assert (ended["error"], day_of(world).holder) == ("CHECKPOINT_REFUSED", None)


@broken
@pytest.mark.parametrize("document", ["plan", "report", "checkpoint"])
def test_no_day_stays_held_by_a_run_whose_documents_were_changed(
    world: World, document: str, body: bytes
) -> None:
    world.upload(GOOD)
    run = inspect_file.handler(world.prepare("e1", s3_key=KEY), None)
    world.do_the_jobs_work(run)
    where = {
        "plan": Location.parse(run["plan"]),
        "report": layout.validation_report(world.plan(run).paths.validated),
        "checkpoint": layout.checkpoint("checkpoints", run["job_id"]),
    }[document]
    world.store.put(where, body)
    closed = world.close(run, "TIMEOUT")
    assert (closed["error"], day_of(world).state, day_of(world).holder) == ("TIMEOUT", "CLOSED", None)


@broken
def test_a_draft_of_the_summary(world: World, body: bytes) -> None:
    world.upload(GOOD)
    run = inspect_file.handler(world.prepare("e1", s3_key=KEY), None)
    world.do_the_jobs_work(run)
    world.store.put(layout.ready_summary(world.plan(run).paths.partial), body)
    with pytest.raises(Exception, match="reprocesse o dia") as refused:
        world.publish(run)
    assert type(refused.value).__name__ == "OUTPUT_FAILED"
    assert (day_of(world).state, world.published()) == ("RUNNING", None)


@pytest.mark.parametrize("kind", ["nested", "no JSON", "other names"])
def test_a_published_day_with_a_broken_summary_is_not_replaced_without_being_told(
    world: World, kind: str
) -> None:
    world.upload(GOOD)
    published_by(world, "e1", world.prepare("e1", s3_key=KEY))
    world.store.put(layout.summary("output", DAY), BROKEN[kind])
    assert world.prepare("e2", s3_key=KEY)["error"] == "NEEDS_FORCE"


def test_an_earlier_days_broken_summary_fails_no_other_day(world: World) -> None:
    world.store.put(layout.summary("output", "2026-02-13"), DEEP)
    world.upload(GOOD)
    assert world.whole_run("e1", s3_key=KEY)["status"] == "SUCCEEDED"


def test_the_size_is_known_before_the_body_is_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    where = Location("checkpoints", "large.json")
    world.store.put(where, b" " * (DOCUMENT_BYTES + 1))
    monkeypatch.setattr("botocore.response.StreamingBody.read", lambda *_: pytest.fail("it was read"))
    with pytest.raises(JsonRefused, match=r"s3://checkpoints/large\.json tem 16777217 bytes"):
        world.store.document(where)


def nested(depth: int) -> Any:
    value: Any = "x"
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("depth", [40, 500, 100_000])
@pytest.mark.parametrize("field", ["s3_key", "job_id", "workers", "another"])
def test_an_input_that_the_runtime_parsed(world: World, field: str, depth: int) -> None:
    refused = world.prepare("e1", **{"s3_key": KEY, field: nested(depth)})
    cause = json.loads(refused["cause"])
    assert (refused["error"], cause["severity"]) == ("INVALID_INPUT", "MEDIUM")
    assert [alert["codigo"] for alert in world.alerts()] == ["INVALID_INPUT"]


@pytest.mark.parametrize(
    "text",
    [
        '{"s3_key": ' + DEEP.decode() + "}",
        '{"s3_key": "a", "s3_key": "b"}',
        '{"workers": NaN}',
        '"text"',
        "1",
        "null",
    ],
)
def test_an_input_as_the_machine_hands_it_over(world: World, text: str) -> None:
    event = {"execution_arn": "e1", "started_at": NOW.isoformat(), "input": text, "closed_before": 0}
    assert prepare_run.handler(event, None)["error"] == "INVALID_INPUT"
    failed = {**event, "state": {"failure": {"Error": "States.Timeout", "Cause": DEEP.decode()}}}
    assert close_run.handler(failed, None)["error"] == "VALIDATION_FAILED"


@pytest.mark.parametrize(
    "given",
    [
        {"s3_key": "x" * 200_000},
        {"s3_key": "\ud800"},
        {"job_id": "J" * 200_000, "checkpoint_location": "x", "reprocess_from_checkpoint": True},
        {"job_id": "JOB-20260216-\ud800", "checkpoint_location": "x", "reprocess_from_checkpoint": True},
        {f"field {n} \ud800": 1 for n in range(20_000)},
        {"s3_key": KEY, "workers": int("9" * 4_000)},
        {"s3_key": KEY, "version_id": "\ud800"},
    ],
    ids=["long key", "half key", "long job", "half job", "many names", "long number", "half version"],
)
def test_an_input_that_no_alert_could_carry_is_refused_in_a_short_sentence(
    world: World, given: dict[str, Any]
) -> None:
    refused = world.prepare("e1", **given)
    assert refused["error"] in ("E_S3_KEY", "INVALID_INPUT")
    (alert,) = world.alerts()
    assert (alert["codigo"], len(alert["mensagem"]) < 1_500) == (refused["error"], True)


def test_an_event_whose_input_is_no_object_closes_nothing(world: World) -> None:
    world.upload(GOOD)
    world.prepare("e1", s3_key=KEY)
    event = {"executionArn": "e1", "startDate": NOW.timestamp() * 1000, "input": DEEP.decode()}
    assert close_run.handler({"detail": event}, None)["decision"] == "DONE"
    assert day_of(world).holder == "e1", "the watchdog's"


def test_a_message_that_is_no_alert_is_told_as_it_is() -> None:
    deep = DEEP.decode()
    assert read({"Message": deep, "MessageId": "m"}) == Message(id="m", text=deep)


def test_a_secret_is_read_as_rds_auth(world: World) -> None:
    boto3.client("secretsmanager").create_secret(Name="s", SecretString='{"a":' * 10_000 + "1" + "}" * 10_000)
    with pytest.raises(Exception, match="o segredo s não pode ser lido") as refused:
        read_secret("s")
    assert type(refused.value).__name__ == "RDS_AUTH"


def test_a_summary_is_completed_as_before(world: World) -> None:
    world.upload(GOOD)
    run = inspect_file.handler(world.prepare("e1", s3_key=KEY), None)
    world.do_the_jobs_work(run)
    world.publish(run)
    world.store.put(layout.summary("output", DAY), to_json({"status": "SUCCEEDED"})[:-1])
    with pytest.raises(JsonRefused, match=r"resumo\.json não é JSON"):
        finish_run.handler(run, None)


@pytest.mark.parametrize("older", [None, 1])
def test_a_stopped_run_of_an_older_format_is_not_gone_on_with(world: World, older: int | None) -> None:
    """The deployment changed the intermediate data between the run and its resume."""
    world.upload(GOOD)
    run, closed = stopped(world, "e1")
    where = Location.parse(run["plan"])
    plan = world.plan(run).to_dict()
    del plan["intermediate_format"]
    world.store.put(where, to_json(plan if older is None else {**plan, "intermediate_format": older}))
    refused = resume(world, "e2", closed)
    assert (refused["error"], day_of(world).holder) == ("CHECKPOINT_REFUSED", None)
    assert "o sistema foi atualizado" in json.loads(refused["cause"])["message"]


def test_a_plan_with_a_path_that_is_no_address_is_no_plan(world: World) -> None:
    """The run ends all the same, and no resume goes on from it."""
    world.upload(GOOD)
    run = inspect_file.handler(world.prepare("e1", s3_key=KEY), None)
    plan = world.plan(run).to_dict()
    changed = {**plan, "paths": {**plan["paths"], "partial": "intermediate/partial.parquet"}}
    world.store.put(Location.parse(run["plan"]), to_json(changed))
    closed = world.close(run, "TIMEOUT")
    assert (closed["error"], day_of(world).state, day_of(world).holder) == ("TIMEOUT", "CLOSED", None)
    assert resume(world, "e2", closed)["error"] == "CHECKPOINT_REFUSED"
