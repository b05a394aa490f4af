"""The functions, from an input to the end of its run, on moto. The jobs' work is written by hand."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws

from lambdas import close_run, finish_run, inspect_file, prepare_run, trigger, watchdog
from lambdas import context as contexts
from lambdas.context import Context
from lambdas.settings import Settings
from reconciliation import day as days
from reconciliation import layout
from reconciliation.adapters.publication import publish, ready_metadata
from reconciliation.config import Rules
from reconciliation.contract import HEADER
from reconciliation.objects import to_json
from reconciliation.plan import Plan

DAY, KEY = "2026-02-16", "2026-02-16/input.csv"
GOOD = f"{HEADER}\nF1;O1;Ana;PETR4;2026-02-16;10.50\n".encode()
NOW = datetime.now(UTC).replace(microsecond=0)
JOBS = ("reconciliation-validation-job", "reconciliation-job", "reconciliation-output-job")


class World(Context):
    """Step Functions is the one thing that is pretended: which executions run."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.running: set[str] = set()

    def is_running(self, execution_arn: str) -> bool:
        return execution_arn in self.running

    def started_at(self, execution_arn: str) -> datetime:
        return NOW

    def prepare(self, arn: str, **given: Any) -> dict[str, Any]:
        event = {"input": given, "execution_arn": arn, "started_at": NOW.isoformat()}
        run = prepare_run.handler(event, None)
        if run["decision"] == "RUN":
            self.running.add(arn)
        return run

    def upload(self, body: bytes, key: str = KEY) -> str:
        answer = boto3.client("s3").put_object(Bucket=self.settings.ingress_bucket, Key=key, Body=body)
        return str(answer["VersionId"])

    def close(self, run: dict[str, Any], error: str, cause: str = "") -> dict[str, Any]:
        event = {
            "state": {**run, "failure": {"Error": error, "Cause": cause}},
            "input": {"s3_key": KEY},
            "execution_arn": run["execution_arn"],
            "started_at": NOW.isoformat(),
        }
        self.running.discard(run["execution_arn"])
        return close_run.handler(event, None)

    def do_the_jobs_work(self, run: dict[str, Any], rate: float = 5.0) -> None:
        plan = self.plan(run)
        summary = {
            "job_id": plan.job_id, "attempt": int(run["attempt"]), "status": "SUCCEEDED", "day": plan.day,
            "input": {"s3_key": KEY, "version_id": plan.input.version_id, "sha256": plan.input.sha256},
            "totals": {"lines": {"data_lines": 1}}, "types": {"TIPO_1": 1}, "rejects_by_code": {},
            "warnings": {}, "top_suppliers": [], "divergence_rate_percent": rate,
        }  # fmt: skip
        ready_summary, rejects = (
            layout.ready_summary(plan.paths.partial),
            layout.ready_rejects(plan.paths.rejects),
        )
        validation = {
            "rejected": 0,
            "identical_duplicates": 0,
            "parts": [{"lines": 1, "last_supplier": "F1"}] * 8,
        }
        self.store.put(layout.validation_report(plan.paths.validated), to_json(validation))
        self.store.put(ready_summary, to_json(summary))
        self.store.put(rejects, b"rejects")
        divergences = layout.Location.parse(plan.paths.divergences)
        body = f"divergences of {plan.fingerprint}".encode()
        self.store.put(divergences, body, ready_metadata(plan.fingerprint, ready_summary, rejects))

    def plan(self, run: dict[str, Any]) -> Plan:
        found = self.store.get(layout.Location.parse(run["plan"]))
        assert found is not None
        return Plan.from_dict(found.json())

    def publish(self, run: dict[str, Any]) -> str:
        source, target = (layout.Location.parse(run[name]) for name in ("input_path", "output_path"))
        return publish(self.store, self.days, source, target, (run["job_id"], int(run["attempt"])))

    def whole_run(self, arn: str, **given: Any) -> dict[str, Any]:
        run = inspect_file.handler(self.prepare(arn, **given), None)
        self.do_the_jobs_work(run)
        self.publish(run)
        self.running.discard(arn)
        return finish_run.handler(run, None)

    def alerts(self) -> list[dict[str, Any]]:
        queue = boto3.client("sqs").get_queue_url(QueueName="alerts")["QueueUrl"]
        received = boto3.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        return [json.loads(json.loads(m["Body"])["Message"]) for m in received.get("Messages", [])]

    def published(self) -> bytes | None:
        found = self.store.get(layout.published(self.settings.output_bucket, DAY))
        return found.body if found else None


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        s3 = boto3.client("s3")
        buckets = ("ingress", "intermediate", "checkpoints", "output")
        for bucket in buckets:
            s3.create_bucket(Bucket=bucket)
            s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        topic = boto3.client("sns").create_topic(Name="reconciliation-alerts")["TopicArn"]
        queue = boto3.client("sqs").create_queue(QueueName="alerts")["QueueUrl"]
        boto3.client("sns").subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint=f"arn:aws:sqs:us-east-1:123456789012:{queue.rsplit('/', 1)[-1]}",
        )
        for name in JOBS:
            boto3.client("glue").create_job(Name=name, Role="r", Command={"Name": "glueetl"})
        machine = "arn:aws:states:us-east-1:123456789012:stateMachine:reconciliation-state-machine"
        found = World(
            Settings(
                **dict(zip((f"{b}_bucket" for b in buckets), buckets, strict=True)),
                state_machine_arn=machine,
                alerts_topic_arn=topic,
                validation_job=JOBS[0],
                reconciliation_job=JOBS[1],
                output_job=JOBS[2],
                rules=Rules(),
            )
        )
        for module in (prepare_run, inspect_file, close_run, finish_run, trigger, watchdog, contexts):
            monkeypatch.setattr(module, "context", lambda: found)
        yield found


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
    validation = {
        "rejected": 0,
        "identical_duplicates": 0,
        "parts": [{"lines": 1, "last_supplier": "F1"}] * 8,
    }
    world.store.put(layout.validation_report(world.plan(run).paths.validated), to_json(validation))
    closed = world.close(run, "TIMEOUT")
    cause = json.loads(closed["cause"])
    assert (cause["status"], cause["message"]) == ("TIMEOUT", "Processamento excedeu 90 segundos")
    world.do_the_jobs_work(run)
    with pytest.raises(Exception, match="CLOSED"):
        world.publish(run)  # the cancelled job wakes up
    assert world.published() is None
    resume = {"job_id": run["job_id"], "reprocess_from_checkpoint": True}
    wrong = world.prepare("e2", **resume, checkpoint_location="s3://elsewhere/checkpoint.json")
    assert wrong["error"] == "CHECKPOINT_REFUSED"
    resumed = world.prepare("e3", **resume, checkpoint_location=cause["checkpoint_location"])
    assert (resumed["decision"], resumed["attempt"], resumed["job_id"]) == ("RUN", "2", run["job_id"])


def test_a_job_that_died_while_publishing_is_finished(world: World) -> None:
    world.upload(GOOD)
    run = inspect_file.handler(world.prepare("e1", s3_key=KEY), None)
    world.do_the_jobs_work(run)
    held = world.days.read(DAY)
    assert held is not None
    world.days.write(held, days.begin_publishing(held.day, run["fingerprint"], (run["job_id"], 1)))
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
