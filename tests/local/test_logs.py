"""local/aws/logs.py and `aws logs tail`: the lines of one run among all."""

import os
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from reconciliation import commands
from reconciliation.event import Event
from tests.events import event
from tests.local.conftest import Account


@pytest.fixture
def group(account: Account) -> str:
    logs, name = account.client("logs"), f"/test/{uuid4().hex}"
    logs.create_log_group(logGroupName=name)
    for stream, text in (("jr_1", "ERROR one"), ("jr_2", "ERROR two"), ("jr_1", "fine")):
        if stream not in [
            s["logStreamName"] for s in logs.describe_log_streams(logGroupName=name)["logStreams"]
        ]:
            logs.create_log_stream(logGroupName=name, logStreamName=stream)
        event = {"timestamp": int(time.time() * 1000), "message": text}
        logs.put_log_events(logGroupName=name, logStreamName=stream, logEvents=[event])
    return name


def aws(account: Account, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **account.stack.env}
    return subprocess.run(["aws", *arguments], env=environment, capture_output=True, text=True, check=False)


def test_streams_are_found_by_their_prefix(account: Account, group: str) -> None:
    found = account.client("logs").filter_log_events(logGroupName=group, logStreamNamePrefix="jr_2")
    assert [event["message"] for event in found["events"]] == ["ERROR two"]


def test_a_prefix_that_no_stream_has_finds_nothing(account: Account, group: str) -> None:
    assert (
        account.client("logs").filter_log_events(logGroupName=group, logStreamNamePrefix="x")["events"] == []
    )


def test_tail_as_the_runbook_writes_it(account: Account, group: str) -> None:
    told = aws(account, "logs", "tail", group, "--since", "30m", "--filter-pattern", "ERROR")
    assert [line.split(" ", 1)[1] for line in told.stdout.splitlines()] == [
        "jr_1 ERROR one",
        "jr_2 ERROR two",
    ]
    told = aws(account, "logs", "tail", group, "--log-stream-name-prefix", "jr_2", "--format", "short")
    assert [line.split(" ", 1)[1] for line in told.stdout.splitlines()] == ["ERROR two"]


def test_an_alerts_command_finds_what_a_function_said_and_what_lambda_said_of_it(
    account: Account, group: str
) -> None:
    """A function that Lambda ends says nothing itself."""
    logs = account.client("logs")
    lambdas = [
        "Task timed out after 60.00 seconds",
        '{"record":{"status":"timeout"}}',
        '{"type":"platform.report","record":{"status":"error","errorType":"Runtime.OutOfMemory"}}',
        "RequestId: 1 Error: Runtime exited with error: signal: killed Runtime.ExitError",
    ]
    written = [{"timestamp": int(time.time() * 1000), "message": text} for text in lambdas]
    logs.put_log_events(logGroupName=group, logStreamName="jr_1", logEvents=written)
    told_of = event("VALIDATION_FAILED", started=datetime.now(UTC) - timedelta(hours=1))
    pasted = commands.function_errors(told_of, "reconciliation-prepare-run")
    told = subprocess.run(
        ["bash", "-c", pasted.replace("/aws/lambda/reconciliation-prepare-run-dev", group)],
        env={**os.environ, **account.stack.env}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    said = [line.split(" ", 2)[2] for line in told.stdout.splitlines()]
    assert said == ["ERROR one", "ERROR two", *lambdas]


def test_tail_of_a_group_that_is_not_there_fails(account: Account) -> None:
    told = aws(account, "logs", "tail", "/no/such/group")
    assert told.returncode != 0
    assert "ResourceNotFoundException" in told.stderr


@pytest.mark.parametrize("command", [commands.job_errors, commands.job_times])
def test_where_no_job_ever_ran_the_alerts_command_says_so(
    account: Account, group: str, command: Callable[[Event], str]
) -> None:
    """Its group is Glue's, made with the account's first line: a run may fail before any job."""
    pasted = command(event("VALIDATION_FAILED", started=datetime.now(UTC) - timedelta(hours=1)))
    none, some = (
        subprocess.run(
            ["bash", "-c", pasted.replace("/aws-glue/jobs/output", of)],
            env={**os.environ, **account.stack.env}, capture_output=True, text=True, check=False,
        )
        for of in ("/no/such/group", group)
    )  # fmt: skip
    assert (none.returncode, some.returncode) == (0, 0)
    assert "nenhum job rodou ainda nesta conta" in none.stdout
    assert "nenhum job rodou" not in some.stdout


def test_what_version_1_of_the_cli_lacks(account: Account) -> None:
    function = account.function("def handler(event, context): return event")
    raw = ["--cli-binary-format", "raw-in-base64-out", "--payload", '{"port": 5432}', "/dev/stdout"]
    assert '{"port": 5432}' in aws(account, "lambda", "invoke", "--function-name", function, *raw).stdout
    assert aws(account, "rds", "describe-db-instances").returncode == 0
