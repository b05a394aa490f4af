"""The functions' world on moto: their buckets and jobs, with what an operator and the jobs do there."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import boto3

from lambdas import close_run, finish_run, inspect_file, prepare_run, stop_jobs
from lambdas.context import Context
from reconciliation import layout, places
from reconciliation.adapters.reports import PUBLISHED_ETAG
from reconciliation.config import Rules
from reconciliation.contract import HEADER
from reconciliation.day import PUBLISHED, Day, State
from reconciliation.deployment import Deployment
from reconciliation.errors import ReconciliationError
from reconciliation.lifecycle.publishing import publish, ready_metadata
from reconciliation.lifecycle.settings import Settings
from reconciliation.lifecycle.stopping import StillRunning
from reconciliation.objects import to_json
from reconciliation.plan import Plan
from reconciliation.run import Attempt
from tests import documents

DAY, KEY, JOB = "2026-02-16", "2026-02-16/input.csv", "JOB-20260216-000001"
GOOD = f"{HEADER}\nF1;O1;Ana;PETR4;2026-02-16;10.50\n".encode()
NOW = datetime.now(UTC).replace(microsecond=0)
BUCKETS = ("ingress", "intermediate", "checkpoints", "output")
SETTINGS = Settings(
    ingress_bucket="ingress",
    intermediate_bucket="intermediate",
    checkpoints_bucket="checkpoints",
    output_bucket="output",
    deployment=Deployment(region="us-east-1", account_id="123456789012", suffix=""),
    state_machine_arn="arn:aws:states:us-east-1:123456789012:stateMachine:reconciliation-state-machine",
    alerts_topic_arn="arn:aws:sns:us-east-1:123456789012:reconciliation-alerts",
    stage_jobs={
        "validation": "reconciliation-validation-job",
        "reconciliation": "reconciliation-job",
        "output": "reconciliation-output-job",
    },
    rules=Rules(),
    own={
        "QUICKSIGHT_DATASET": "",
        "CALENDAR": "{}",
        "EMAIL_BOARD": "",
        "RUNBOOK": "",
        "SUBSCRIBERS": "{}",
        "BUSINESS_TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:reconciliation-business",
    },
)


class World(Context):
    """Step Functions is the one thing that is pretended: which executions run, and what is started."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.executions: Starts = Starts()  # type: ignore[assignment]  # the port, by its protocol

    @property
    def running(self) -> set[str]:
        return self.executions.running

    def prepare(self, arn: str, **given: Any) -> dict[str, Any]:
        """As the machine does: a run that was left behind is closed first, and then it asks again."""
        run, closed = self.prepare_once(arn, **given), 0
        while run["decision"] == "CLOSE_FIRST":
            closed += 1
            assert run["closed_before"] == closed <= 2, "the machine would go in circles"
            with suppress(StillRunning):
                stop_jobs.handler(run["left_behind"], None)
            close_run.handler({"left_behind": run["left_behind"]}, None)
            run = self.prepare_once(arn, run["closed_before"], **given)
        if run["decision"] == "RUN":
            self.running.add(arn)
        return run

    def prepare_once(self, arn: str, closed_before: int = 0, **given: Any) -> dict[str, Any]:
        event = {"input": given, "execution_arn": arn, "started_at": NOW.isoformat()}
        return prepare_run.handler({**event, "closed_before": closed_before}, None)

    def upload(self, body: bytes, key: str = KEY) -> str:
        answer = boto3.client("s3").put_object(Bucket=self.settings.ingress_bucket, Key=key, Body=body)
        return str(answer["VersionId"])

    def delete(self, where: layout.Location) -> None:
        boto3.client("s3").delete_object(Bucket=where.bucket, Key=where.key)

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
            **documents.OLDER_DRAFT, "job_id": plan.job_id, "day": plan.day, "fingerprint": plan.fingerprint,
            "input": {"s3_key": KEY, "version_id": plan.input.version_id, "sha256": plan.input.sha256},
            "warnings": {}, "divergence_rate_percent": rate,
        }  # fmt: skip
        ready_summary, rejects = (
            layout.ready_summary(plan.paths.partial),
            layout.ready_rejects(plan.paths.rejects),
        )
        validation = documents.report(*[1] * plan.partitions)
        self.store.put(layout.validation_report(plan.paths.validated), to_json(validation))
        self.store.put(ready_summary, to_json(summary))
        self.store.put(rejects, b"rejects")
        divergences = plan.paths.divergences
        body = f"divergences of {plan.fingerprint}".encode()
        self.store.put(divergences, body, ready_metadata(plan.fingerprint, ready_summary, rejects))

    def plan(self, run: dict[str, Any]) -> Plan:
        stored = self.store.get(layout.Location.parse(run["plan"]))
        assert stored is not None
        return Plan.from_dict(stored.json())

    def publish(self, run: dict[str, Any]) -> str:
        source, target = (layout.Location.parse(run[name]) for name in ("input_path", "output_path"))
        etag = publish(self.store, self.days, source, target, Attempt(run["job_id"], int(run["attempt"])))
        self.leave_report(layout.day_of(target.key), etag)
        return etag

    def leave_report(self, day: str, etag: str) -> None:
        """What of a report is looked at: its page, and of which publication it is."""
        page = places.report_page(self.settings.output_bucket, day)
        self.store.put(page, b"", {PUBLISHED_ETAG: etag})

    def whole_run(self, arn: str, rate: float = 5.0, **given: Any) -> dict[str, Any]:
        run = inspect_file.handler(self.prepare(arn, **given), None)
        self.do_the_jobs_work(run, rate)
        self.publish(run)
        self.running.discard(arn)
        return finish_run.handler(run, None)

    def write_day(self, state: State, holder: str | None = None, **more: Any) -> None:
        """The day by hand: of JOB's first attempt, whose people were told, where nothing else is said."""
        known = {
            "epoch": 1,
            "job_id": JOB,
            "attempt": 1,
            "fingerprint": None,
            "published_etag": None,
            "alert_id": f"{JOB}-1-SUCCEEDED",
            "alert_sent": True,
        }
        held = self.days.read(DAY)
        self.days.write(held, Day(day=DAY, holder=holder, state=state, **{**known, **more}))

    def write_published(
        self, day: str = DAY, rate: float = 5.0, types: tuple[int, int, int] = (3, 2, 1)
    ) -> None:
        """A published day by hand, with its summary, and the day object where it is DAY."""
        etag = self.store.put(layout.published(self.settings.output_bucket, day), b"x" * 1_500_000)
        totals = documents.DRAFT["totals"]
        lines = {**totals["lines"], "data_lines": 1000, "base_in_scope": 990}
        summary = {
            **documents.OLDER_DRAFT, "job_id": JOB, "attempt": 1, "day": day, "published_etag": etag,
            "totals": {**totals, "lines": lines}, "rejects_by_code": {},
            "types": dict(zip(("TIPO_1", "TIPO_2", "TIPO_3"), types, strict=True)),
            "warnings": {"BOM": 1}, "top_suppliers": [{"fornecedor_id": "F1", "divergences": 3}],
            "divergence_rate_percent": rate, "seconds_by_stage": {"validation": 4.0, "total": 61.5},
        }  # fmt: skip
        self.store.put(layout.summary(self.settings.output_bucket, day), to_json(summary))
        self.leave_report(day, etag)
        if day == DAY:
            self.write_day(PUBLISHED, published_etag=etag)

    def alerts(self) -> list[dict[str, Any]]:
        queue = boto3.client("sqs").get_queue_url(QueueName="alerts")["QueueUrl"]
        received = boto3.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        return [json.loads(json.loads(m["Body"])["Message"]) for m in received.get("Messages", [])]

    def published(self) -> bytes | None:
        stored = self.store.get(layout.published(self.settings.output_bucket, DAY))
        return stored.body if stored else None


def day_of(world: World) -> Day:
    held = world.days.read(DAY)
    assert held is not None
    return held.day


def resume(world: World, arn: str, closed: dict[str, Any]) -> dict[str, Any]:
    cause = json.loads(closed["cause"])
    given = {name: cause[name] for name in ("job_id", "checkpoint_location")}
    return world.prepare(arn, **given, reprocess_from_checkpoint=True)


def stopped(world: World, arn: str, **given: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A run whose jobs did their work and did not publish: the run document, and how it was closed."""
    run = inspect_file.handler(world.prepare(arn, s3_key=KEY, **given), None)
    world.do_the_jobs_work(run)
    return run, world.close(run, "TIMEOUT")


def published_by(world: World, arn: str, run: dict[str, Any]) -> None:
    run = inspect_file.handler(run, None)
    world.do_the_jobs_work(run)
    world.publish(run)
    world.running.discard(arn)
    assert finish_run.handler(run, None)["status"] == "SUCCEEDED"


def end(world: World, run: dict[str, Any]) -> str:
    """As the machine does: the file's inspection, the jobs, and what follows. Answers the code."""
    arn, s3_key = run["execution_arn"], run["input"]["s3_key"]
    try:
        run = inspect_file.handler(run, None)
    except ReconciliationError as exc:
        failure = {"Error": exc.code, "Cause": json.dumps({"errorMessage": str(exc)})}
        state = {**run, "failure": failure}
        event = {"state": state, "input": json.dumps({"s3_key": s3_key}), "execution_arn": arn}
        world.running.discard(arn)
        return str(close_run.handler({**event, "started_at": NOW.isoformat()}, None)["error"])
    world.do_the_jobs_work(run)
    world.publish(run)
    world.running.discard(arn)
    return str(finish_run.handler(run, None)["status"])


class Starts:
    """Step Functions: what was started, by name, in order, a name once; and which executions run."""

    def __init__(self) -> None:
        self.inputs: dict[str, dict[str, Any]] = {}
        self.running: set[str] = set()
        self.ended: list[tuple[str, str, datetime, datetime]] = []

    def is_running(self, execution_arn: str, *, if_unknown: bool) -> bool:
        return execution_arn in self.running

    def started_at(self, execution_arn: str) -> datetime:
        return NOW

    def ended_since(self, moment: datetime) -> list[tuple[str, str, datetime, datetime]]:
        return [each for each in self.ended if each[-1] >= moment]

    def start(self, name: str, given: str) -> bool:
        assert len(name) <= 80
        assert self.inputs.get(name, json.loads(given)) == json.loads(given)
        if name in self.inputs:
            return False
        self.inputs[name] = json.loads(given)
        return True


def start_of(world: World, name: str, starts: Starts) -> dict[str, Any]:
    return world.prepare(name, **starts.inputs[name])
