"""What the tests ask the deployed stack."""

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from local.stack import Stack

Client = Callable[[str], Any]
NAME = "Reconciliation"
"""The stack's."""
CREDENTIALS = "reconciliation-rds-credentials"


def invoke(client: Client, name: str, **event: Any) -> tuple[Any, str]:
    """The answer, and the end of the function's log."""
    answer = client("lambda").invoke(FunctionName=name, Payload=json.dumps(event), LogType="Tail")
    assert "FunctionError" not in answer
    return json.loads(answer["Payload"].read()), base64.b64decode(answer["LogResult"]).decode()


def logged(client: Client, function: str) -> str:
    """All that a function has written."""
    pages = client("logs").get_paginator("filter_log_events").paginate(logGroupName=f"/aws/lambda/{function}")
    return "\n".join(event["message"] for page in pages for event in page["events"])


def errors(client: Client) -> float:
    """How many invocations of any function have failed."""
    now = datetime.now(UTC)
    asked = {"Namespace": "AWS/Lambda", "MetricName": "Errors", "Period": 3600, "Statistics": ["Sum"],
             "StartTime": now - timedelta(hours=1), "EndTime": now + timedelta(minutes=1)}  # fmt: skip
    found = [
        client("cloudwatch").get_metric_statistics(
            Dimensions=[{"Name": "FunctionName", "Value": function["FunctionName"]}], **asked
        )["Datapoints"]
        for function in client("lambda").list_functions()["Functions"]
    ]
    assert any(found), "no function has run"
    return float(sum(point["Sum"] for points in found for point in points))


def first_checks(stack: Stack) -> list[str]:
    """The lines of `make first-checks`, which finds nothing broken."""
    command = [sys.executable, "-m", "infra.first_checks"]
    done = subprocess.run(command, env=stack.env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done
    return done.stdout.splitlines()
