"""The account in which the scenarios run: of every service there is what the code calls.

All of it stands at boto3's own boundary, where a client's method becomes a call, and nowhere else, so that
the code underneath may be moved freely. Each call is checked against the service's own model of it.
"""

import itertools
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from unittest import mock

import boto3
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from botocore.validate import validate_parameters

from tests.endings import asked
from tests.endings.clock import Clock
from tests.endings.names import Names
from tests.endings.s3 import Buckets

REGION: Final = "us-east-1"
BUCKETS: Final = ("ingress", "intermediate", "checkpoints", "output")
KEYS: Final = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": REGION,
}

Fault = Callable[[str, str, dict[str, Any]], None]
"""Given the service, the operation and its arguments; raises what the call is to fail with."""

_clients: dict[str, Any] = {}
_make_client = boto3.client


@dataclass(eq=False)
class Account:
    """What happened in it, in order, and the faults that calls meet."""

    clock: Clock
    names: Names
    s3: Buckets
    scripted: dict[str, bytes] = field(default_factory=dict)
    """What the script wrote last at each place."""
    alerts: list[dict[str, Any]] = field(default_factory=list)
    metrics: list[dict[str, Any]] = field(default_factory=list)
    started: list[dict[str, Any]] = field(default_factory=list)
    """Executions that a function started: name and input."""
    stopped: list[dict[str, Any]] = field(default_factory=list)
    ingestions: list[dict[str, Any]] = field(default_factory=list)
    copies: list[dict[str, Any]] = field(default_factory=list)
    """What became of these, as ListIngestions tells it."""
    copies_fail: bool = False
    executions: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By ARN, as DescribeExecution tells them."""
    job_runs: list[dict[str, Any]] = field(default_factory=list)
    """The newest last, as GetJobRuns tells them."""
    never_stop: bool = False
    """Whether Glue's runs stay STOPPING."""
    faults: list[Fault] = field(default_factory=list)
    instead: dict[tuple[str, str], Callable[..., Any]] = field(default_factory=dict)
    """By service and operation, who answers in the place of what is below."""
    role: str = ""
    """Of whoever acts now: a function's or the jobs'."""

    def put(self, where: str, body: bytes | str, **metadata: str) -> str:
        """Written by the script. `where` is an s3:// address; answers the version."""
        bucket, key = _parsed(where)
        content = body.encode() if isinstance(body, str) else body
        self.names.wrote(f"{bucket}/{key}", content)
        self.scripted[f"{bucket}/{key}"] = content
        return self.s3.put(bucket, key, content, metadata).version_id

    def get(self, where: str) -> bytes:
        """Raises FileNotFoundError."""
        found = self.s3.at(*_parsed(where))
        if found is None or found.body is None:
            raise FileNotFoundError(where)
        return found.body

    def delete(self, where: str) -> None:
        """Everything whose address begins with that."""
        bucket, prefix = _parsed(where)
        for key in self.s3.keys(bucket, prefix):
            self.s3.put(bucket, key, None, {})

    def call(self, client: Any, operation: str, given: dict[str, Any]) -> Any:
        """What a client's method does."""
        model = client.meta.service_model
        service = model.service_name
        asked.note(self.role, service, operation, given, is_absent=self._is_absent(operation, given))
        for fault in list(self.faults):
            fault(service, operation, given)
        validate_parameters(given, model.operation_model(operation).input_shape)
        if (service, operation) in self.instead:
            return self.instead[service, operation](**given)
        if service != "s3":
            return getattr(self, f"_{service}_{operation}")(client, **given)
        answer = getattr(self.s3, operation)(given)
        if operation in ("PutObject", "CopyObject"):
            written = self.s3.at(given["Bucket"], given["Key"])
            assert written is not None
            self.names.wrote(f"{given['Bucket']}/{given['Key']}", written.body or b"")
        return answer

    def _is_absent(self, operation: str, given: dict[str, Any]) -> bool:
        is_read = operation in ("GetObject", "HeadObject")
        return is_read and self.s3.at(given["Bucket"], given["Key"], given.get("VersionId")) is None

    @contextmanager
    def acting(self, role: str) -> Iterator[None]:
        before, self.role = self.role, role
        try:
            yield
        finally:
            self.role = before

    def _sns_Publish(self, _: Any, **given: Any) -> Any:  # noqa: N802 - the API's own name
        return self.published(**given)

    def published(self, **given: Any) -> Any:
        """An alert, as its topic was given it."""
        message = json.loads(given["Message"])
        told = json.loads(message.pop("default"))
        assert json.loads(message.pop("lambda")) == told
        self.names.see(given["Message"])
        attributes = {name: value["StringValue"] for name, value in given["MessageAttributes"].items()}
        self.alerts.append(
            {"subject": given["Subject"], "attributes": attributes, "body": told, "email": message["email"]}
        )
        return {"MessageId": "1"}

    def _cloudwatch_PutMetricData(self, _: Any, **given: Any) -> Any:  # noqa: N802
        self.metrics += [{"Namespace": given["Namespace"], **datum} for datum in given["MetricData"]]
        return {}

    def _stepfunctions_StartExecution(self, client: Any, **given: Any) -> Any:  # noqa: N802
        arn = execution_arn(given["name"])
        if arn in self.executions:
            raise client.exceptions.ExecutionAlreadyExists({"Error": {"Code": "ExecutionAlreadyExists"}}, "")
        self.names.see(given["name"] + given["input"])
        self.started.append({"name": given["name"], "input": json.loads(given["input"])})
        self.executions[arn] = {"status": "RUNNING", "startDate": self.clock.now, "input": given["input"]}
        return {"executionArn": arn, "startDate": self.clock.now}

    def _stepfunctions_DescribeExecution(self, client: Any, **given: Any) -> Any:  # noqa: N802
        found = self.executions.get(given["executionArn"])
        if found is None:
            raise client.exceptions.ExecutionDoesNotExist({"Error": {"Code": "ExecutionDoesNotExist"}}, "")
        return found

    def _stepfunctions_ListExecutions(self, _: Any, **_given: Any) -> Any:  # noqa: N802
        return {"executions": [{"executionArn": arn, **known} for arn, known in self.executions.items()]}

    def _glue_GetJobRuns(self, _: Any, **given: Any) -> Any:  # noqa: N802
        answered = [dict(run) for run in reversed(self.job_runs) if run["JobName"] == given["JobName"]]
        for run in self.job_runs:  # whoever looks again finds it stopped
            if run["JobRunState"] == "STOPPING" and not self.never_stop:
                run.update(JobRunState="STOPPED", CompletedOn=self.clock.now)
        return {"JobRuns": answered}

    def _glue_BatchStopJobRun(self, _: Any, **given: Any) -> Any:  # noqa: N802
        self.stopped.append({"job": given["JobName"], "runs": given["JobRunIds"]})
        for run in self.job_runs:
            if run["Id"] in given["JobRunIds"]:
                run["JobRunState"] = "STOPPING"
        return {}

    def _quicksight_CreateIngestion(self, _: Any, **given: Any) -> Any:  # noqa: N802
        self.ingestions.append(given)
        state = "FAILED" if self.copies_fail else "COMPLETED"
        rows = {"RowsIngested": 1, "RowsDropped": 0, "TotalRowsInDataset": 1}
        kind, began = given.get("IngestionType", "FULL_REFRESH"), self.clock.now
        self.copies.append(
            {"IngestionId": given["IngestionId"], "IngestionStatus": state, "RequestType": kind,
             "CreatedTime": began, "Arn": given["DataSetId"], "RowInfo": rows}
        )  # fmt: skip
        return {"IngestionStatus": "INITIALIZED"}

    def _quicksight_ListIngestions(self, _: Any, **given: Any) -> Any:  # noqa: N802
        return {"Ingestions": [copy for copy in self.copies if copy["Arn"] == given["DataSetId"]]}


def execution_arn(name: str) -> str:
    return f"arn:aws:states:{REGION}:123456789012:execution:reconciliation-state-machine:{name}"


def refuses(service: str, operation: str, *, times: int = 1, key: str = "", skip: int = 0) -> Fault:
    """A fault: so many of these calls, after the first few, fail; of S3's, those of keys that hold that."""
    counted = itertools.count()

    def fault(called: str, asked: str, given: dict[str, Any]) -> None:
        is_meant = (called, asked) == (service, operation) and key in str(given.get("Key", ""))
        if is_meant and skip <= next(counted) < skip + times:
            raise ClientError({"Error": {"Code": "InternalError", "Message": "scripted"}}, operation)

    return fault


def once_before_a_write(key: str, holding: str, act: Callable[[], object]) -> Fault:
    """No fault by itself: somebody acts just before the first such object is written."""
    pending = [act]

    def interference(_: str, operation: str, given: dict[str, Any]) -> None:
        is_meant = operation == "PutObject" and key in given["Key"] and holding.encode() in given["Body"]
        if is_meant and pending:
            pending.pop()()

    return interference


def untold(code: str) -> Fault:
    """A fault: SNS takes no alert of that code."""

    def fault(_: str, operation: str, given: dict[str, Any]) -> None:
        if operation == "Publish" and given["MessageAttributes"]["codigo"]["StringValue"] == code:
            raise ClientError({"Error": {"Code": "InternalError", "Message": "scripted"}}, operation)

    return fault


def malformed(version_id: str) -> Fault:
    """A fault: S3 takes that for no version's name; HeadObject's answer has no body to say so."""

    def fault(_: str, operation: str, given: dict[str, Any]) -> None:
        if given.get("VersionId") == version_id:
            code = "400" if operation == "HeadObject" else "InvalidArgument"
            raise ClientError({"Error": {"Code": code, "Message": "Invalid version id specified"}}, operation)

    return fault


def no_accents(_: str, operation: str, given: dict[str, Any]) -> None:
    """A fault: SNS takes subjects in ASCII only."""
    if operation == "Publish" and not given["Subject"].isascii():
        refused = {"Error": {"Code": "InvalidParameter", "Message": "Invalid parameter: Subject"}}
        raise _clients["sns"].exceptions.InvalidParameterException(refused, operation)


def _parsed(where: str) -> tuple[str, str]:
    bucket, key = where.removeprefix("s3://").split("/", 1)
    return bucket, key


@contextmanager
def opened(clock: Clock, names: Names) -> Iterator[Account]:
    """An account in which nothing has happened."""
    account = Account(clock, names, Buckets(clock))

    def client(service: str, **given: Any) -> Any:
        if service not in _clients:  # making one takes longer than a whole scenario
            _clients[service] = _make_client(service, **given)
        return _clients[service]

    def call(client: Any, operation: str, given: dict[str, Any]) -> Any:
        return account.call(client, operation, given)  # a bound method would not be given the client

    with (
        mock.patch.dict("os.environ", KEYS),
        mock.patch.object(boto3, "client", client),
        mock.patch.object(boto3, "DEFAULT_SESSION", boto3.DEFAULT_SESSION),  # a job sets up its own
        mock.patch.object(BaseClient, "_make_api_call", call),
    ):
        yield account
