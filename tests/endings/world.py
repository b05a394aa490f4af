"""The deployed system around the state machine: functions by their names, jobs by a script, events, time.

A function is entered as AWS enters it: `lambdas.FILE.handler`, the file by the table of `infra/functions.py`,
with the variables that the table gives it and no others, and nothing kept from an earlier call.
"""

import importlib
import json
import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from unittest import mock

from infra.functions import CLOSE_RUN, ENVIRONMENT, FUNCTIONS, TRIGGER, WATCHDOG, FunctionSpec
from infra.jobs import OUTPUT, RECONCILIATION, VALIDATION
from infra.stack import SUBSTITUTED_FUNCTIONS, SUBSTITUTED_JOBS
from reconciliation.adapters.reports import PUBLISHED_ETAG
from tests.endings import account as accounts
from tests.endings import asked
from tests.endings import clock as clocks
from tests.endings.account import Account
from tests.endings.language import StateFailed
from tests.endings.machine import HANGS, Machine
from tests.endings.names import Names

DEFINITION: Final = Path(__file__).parents[2] / "state_machine" / "reconciliation.asl.json"
OURS: Final = ("reconciliation", "lambdas", "glue_jobs")
MACHINE_ARN: Final = (
    f"arn:aws:states:{accounts.REGION}:123456789012:stateMachine:reconciliation-state-machine"
)
VARIABLES: Final = {
    **{f"{bucket.upper()}_BUCKET": bucket for bucket in accounts.BUCKETS},
    "REGION": accounts.REGION,
    "ACCOUNT_ID": "123456789012",
    "SUFFIX": "",
    "STATE_MACHINE_ARN": MACHINE_ARN,
    "ALERTS_TOPIC_ARN": f"arn:aws:sns:{accounts.REGION}:123456789012:reconciliation-alerts",
    "VALIDATION_JOB": VALIDATION.name,
    "RECONCILIATION_JOB": RECONCILIATION.name,
    "OUTPUT_JOB": OUTPUT.name,
    "RULES": json.dumps({"min_partitions": 2}),
    "TUNING": "{}",
    "CALENDAR": "{}",
    "EMAIL_BOARD": "diretoria@empresa.com",
    "RESPONSE_MINUTES": "{}",
    "RUNBOOK": "",
    "SUBSCRIBERS": "{}",
    "BUSINESS_TOPIC_ARN": f"arn:aws:sns:{accounts.REGION}:123456789012:reconciliation-business",
    "IGNORED_SUFFIXES": ".tmp,.md5",
    "QUICKSIGHT_DATASET": "reconciliation-dataset",
}
"""As the stack sets them; the rules with fewer partitions, for shorter records."""
EVERY_DAY: Final = json.dumps({"expected_by": ["mon-sun 05:00"], "checked_at": "05:00", "holidays": "none"})
"""A calendar in place of VARIABLES' own, of which no day wants a file."""
_DEFAULT_ARGUMENTS: Final = {
    "--aws_region": accounts.REGION,
    **{f"--{bucket}_bucket": bucket for bucket in accounts.BUCKETS},
}
_MODULES: Final = {
    spec.module: importlib.import_module(f"lambdas.{spec.module}") for spec in FUNCTIONS if not spec.in_vpc
}
_OUTPUT_JOB: Final = importlib.import_module(f"glue_jobs.{OUTPUT.module}")


class JobFailed(Exception):
    """A Glue run's end without success."""

    def __init__(self, message: str = "", state: str = "FAILED") -> None:
        super().__init__(message)
        self.message, self.state = message, state


Work = Callable[["World", dict[str, str]], Any]
"""What a job does, given its arguments. Raises JobFailed; may answer HANGS, or a state that is no failure."""


@dataclass(eq=False)
class World:
    """`jobs` holds by job what its next runs do; after those, `usual` is done."""

    account: Account
    usual: dict[str, Work]
    variables: dict[str, str] = field(default_factory=lambda: dict(VARIABLES))
    jobs: dict[str, list[Work]] = field(default_factory=lambda: defaultdict(list))
    lost_answers: list[str] = field(default_factory=list)
    """States whose function does its work, and whose answer then never arrives; once each time."""
    lost_as: str = "Lambda.ServiceException"
    """What Step Functions calls it."""
    lost_s: int = 0
    """How long it was waited for."""
    executions: list[Machine] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    """Of functions that were called by somebody else than the machine."""

    # --- what happens from outside

    def start(self, given: Any, name: str = "") -> Machine:
        """An execution, not yet gone one step."""
        arn = accounts.execution_arn(name or f"execution-{len(self.executions) + 1}")
        started = self.account.clock.now
        known = {"status": "RUNNING", "startDate": started, "input": json.dumps(given)}
        self.account.executions.setdefault(arn, known)
        execution = {
            "Id": arn,
            "Input": json.loads(json.dumps(given)),
            "Name": arn.rsplit(":", 1)[-1],
            "StartTime": started.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        context = {"Execution": execution, "StateMachine": {"Id": MACHINE_ARN}}
        machine = Machine(_definition(), self._perform, self.account.clock, context)
        self.executions.append(machine)
        return machine

    def finish(self, machine: Machine) -> Machine:
        """To its end; a failed one is an event, as in EventBridge's rule."""
        machine.to_its_end()
        self._ended(machine)
        if machine.status == "FAILED":
            self.event(machine)
        return machine

    def run(self, given: Any, name: str = "") -> Machine:
        return self.finish(self.start(given, name))

    def resume_input(self, stopped: Machine | str) -> dict[str, Any]:
        """An operator's input that goes on from that execution's checkpoint, or from that job's."""
        job_id = stopped if isinstance(stopped, str) else json.loads(str(stopped.cause))["job_id"]
        where = f"s3://checkpoints/{job_id}/checkpoint.json"
        return {"job_id": job_id, "checkpoint_location": where, "reprocess_from_checkpoint": True}

    def resume(self, stopped: Machine | str, *, folder: bool = False, **tuned: Any) -> Machine:
        given = {**self.resume_input(stopped), **tuned}
        if folder:
            given["checkpoint_location"] = given["checkpoint_location"].removesuffix("checkpoint.json")
        return self.run(given)

    def run_started(self) -> None:
        """Every execution that a function started meanwhile, in order."""
        known = {machine.context["Execution"]["Name"] for machine in self.executions}
        for started in list(self.account.started):
            if started["name"] not in known:
                self.run(started["input"], started["name"])

    def abort(self, machine: Machine, *, status: str = "ABORTED", event: bool = True) -> None:
        """Ended from outside. Without an event where that gets lost."""
        machine.end(status)
        self._ended(machine)
        if event:
            self.event(machine)

    def event(self, machine: Machine) -> None:
        """EventBridge's, to CloseRun."""
        execution = machine.context["Execution"]
        started = datetime.fromisoformat(execution["StartTime"])
        detail = {
            "executionArn": execution["Id"],
            "stateMachineArn": MACHINE_ARN,
            "name": execution["Name"],
            "status": machine.status,
            "startDate": int(started.timestamp() * 1000),
            "stopDate": int(self.account.clock.now.timestamp() * 1000),
            "input": json.dumps(execution["Input"]),
            "output": None,
        }
        self.ask(CLOSE_RUN, {"source": "aws.states", "detail": detail})

    def watch(self) -> None:
        self.ask(WATCHDOG, {"source": "aws.events"})

    def uploaded(self, s3_key: str, version_id: str, size_bytes: int = 100) -> None:
        """S3's event, to the trigger."""
        about = {"key": s3_key, "versionId": version_id, "size": size_bytes}
        record = {"eventSource": "aws:s3", "s3": {"bucket": {"name": "ingress"}, "object": about}}
        self.ask(TRIGGER, {"Records": [record]})

    def ask(self, spec: FunctionSpec, event: dict[str, Any]) -> None:
        """A function called by an event: its answer (of CloseRun nobody reads it) or its error is noted."""
        try:
            answer = self._invoke(spec, event)
        except StateFailed as failed:
            answer = {"failed": failed.error, "message": json.loads(failed.cause)["errorMessage"]}
        if spec is not CLOSE_RUN or "failed" in answer:
            self.answers.append({spec.name: answer})

    def publish(self, arguments: dict[str, str], report: Callable[[str], None] | None = None) -> None:
        """The output job's own work, which needs no Spark; `report` stands for the making of the day's.

        It leaves the page alone: what it would be made of is no Parquet here. What stands there of another
        publication is taken away by the job itself.
        """
        make = report or self._leave_report
        own = {name: _DEFAULT_ARGUMENTS[name] for name in ("--aws_region", *OUTPUT.arguments)}
        given = {**own, **arguments}
        try:
            with (
                self.account.acting(asked.GLUE_ROLE),
                mock.patch.object(_OUTPUT_JOB, "make_report", lambda options, _: make(options.report_day)),
            ):
                _OUTPUT_JOB.main([OUTPUT.module, *(part for pair in given.items() for part in pair)])
        except Exception as exc:
            raise JobFailed(f"{type(exc).__name__}: {exc}") from exc

    def _leave_report(self, day: str) -> None:
        published = self.account.s3.at("output", f"{day}/divergencias.parquet")
        assert published is not None
        of = {PUBLISHED_ETAG: published.etag}
        self.account.put(f"s3://output/relatorios/{day}/relatorio.html", f"report of {published.etag}", **of)

    # --- what the machine asks for

    def _perform(self, state: str, resource: str, arguments: Any) -> Any:
        kind = resource.removeprefix("arn:aws:states:::")
        if kind == "lambda:invoke":
            return {"Payload": self._called(state, arguments), "StatusCode": 200}
        if kind == "glue:startJobRun.sync":
            return self._job(arguments)
        if kind == "aws-sdk:s3:getObject":
            return {"Body": self._read(arguments)}
        if kind == "aws-sdk:s3:putObject.waitForTaskToken":
            where = f"s3://{arguments['Bucket']}/{arguments['Key']}"
            self.account.put(where, json.dumps(arguments["Body"]))
            return None
        if kind == "aws-sdk:sfn:sendTaskSuccess":
            for machine in self.executions:
                machine.tokens[arguments["TaskToken"]] = json.loads(arguments["Output"])
            return {}
        raise NotImplementedError(resource)

    def _called(self, state: str, arguments: dict[str, Any]) -> Any:
        spec = next(spec for spec in FUNCTIONS if spec.name == arguments["FunctionName"])
        answer = self._invoke(spec, arguments["Payload"])
        if state in self.lost_answers:
            self.lost_answers.remove(state)
            self.account.clock.pass_s(self.lost_s)
            raise StateFailed(self.lost_as, "the answer was lost")
        return answer

    def _invoke(self, spec: FunctionSpec, event: Any) -> Any:
        """The answer of a new instance. Raises StateFailed as Step Functions tells a function's error."""
        _forget()
        names = (*ENVIRONMENT, *spec.environment)
        environment = accounts.KEYS | {name: self.variables[name] for name in names}
        with mock.patch.dict(os.environ, environment, clear=True), self.account.acting(spec.name):
            try:
                return json.loads(
                    json.dumps(_MODULES[spec.module].handler(json.loads(json.dumps(event)), None))
                )
            except Exception as exc:
                kind = type(exc).__name__
                raise StateFailed(kind, json.dumps({"errorMessage": str(exc), "errorType": kind})) from exc

    def _read(self, arguments: dict[str, str]) -> str:
        is_absent = self.account.s3.at(arguments["Bucket"], arguments["Key"]) is None
        asked.note("reconciliation-state-machine", "s3", "GetObject", arguments, is_absent=is_absent)
        try:
            return self.account.get(f"s3://{arguments['Bucket']}/{arguments['Key']}").decode()
        except FileNotFoundError as exc:
            raise StateFailed("S3.NoSuchKeyException", str(exc)) from exc

    def _job(self, given: dict[str, Any]) -> Any:
        name, arguments = given["JobName"], given["Arguments"]
        assert all(isinstance(value, str) for value in arguments.values()), "Glue takes text alone"
        run = {
            "Id": f"jr_{len(self.account.job_runs) + 1}",
            "JobName": name,
            "JobRunState": "RUNNING",
            "StartedOn": self.account.clock.now,
            "Arguments": arguments,
        }
        work = self.jobs[name].pop(0) if self.jobs[name] else self.usual[name]
        self.account.job_runs.append(run)
        try:
            answer = work(self, arguments)
        except JobFailed as failed:
            return self._over(run, failed.state, failed.message)
        return HANGS if answer is HANGS else self._over(run, answer or "SUCCEEDED")

    def _over(self, run: dict[str, Any], state: str, message: str = "") -> Any:
        run |= {"JobRunState": state, "CompletedOn": self.account.clock.now}
        if message:
            run["ErrorMessage"] = message
        told = {name: value for name, value in run.items() if isinstance(value, str)}
        if state in ("SUCCEEDED", "STOPPED"):
            return told
        raise StateFailed("States.TaskFailed", json.dumps(told))

    def _ended(self, machine: Machine) -> None:
        self.account.executions[machine.context["Execution"]["Id"]].update(
            status=machine.status, stopDate=self.account.clock.now
        )


@contextmanager
def opened(usual: dict[str, Work]) -> Iterator[World]:
    """A system to which nothing has happened yet."""
    clock = clocks.Clock()
    with accounts.opened(clock, Names()) as account, clocks.standing(clock, OURS):
        yield World(account, usual)
    _forget()


def _definition() -> dict[str, Any]:
    text = DEFINITION.read_text(encoding="utf-8")
    functions = {key: spec.name for key, spec in SUBSTITUTED_FUNCTIONS.items()}
    glue_jobs = {key: spec.name for key, spec in SUBSTITUTED_JOBS.items()}
    for key, name in {**functions, **glue_jobs, "CheckpointsBucket": "checkpoints"}.items():
        text = text.replace(f"${{{key}}}", name)
    assert "${" not in text, "a substitution that is not made here"
    whole: dict[str, Any] = json.loads(text)
    return whole


def _forget() -> None:
    """Whatever a module of ours keeps between two calls: each call is a new instance's first."""
    for kept in _caches(len(sys.modules)):
        kept.cache_clear()


@cache
def _caches(_: int) -> list[Any]:
    """Of our modules, as long as no other is imported: looking through all of a worker's takes a while."""
    ours = [module for module in list(sys.modules.values()) if module.__name__.split(".")[0] in OURS]
    values = [value for module in ours for value in list(vars(module).values())]
    return [value for value in values if hasattr(value, "cache_clear")]
