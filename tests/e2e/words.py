"""All that a stack says outside of its data: where no name and no password may stand."""

import json
from collections.abc import Iterator

from tests.e2e.conftest import Operator


def words_of(operator: Operator) -> dict[str, str]:
    """Texts, by where they stand."""
    return {
        "alerts": operator.stack.outbox.read_text(encoding="utf-8"),
        **{f"log {name}": text for name, text in _logs(operator)},
        **{f"checkpoint {key}": text for key, text in _checkpoints(operator)},
        "histories": _histories(operator),
        "metrics": json.dumps(operator.client("cloudwatch").list_metrics()["Metrics"]),
    }


def _logs(operator: Operator) -> Iterator[tuple[str, str]]:
    client = operator.client("logs")
    for group in client.describe_log_groups()["logGroups"]:
        pages = client.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
        yield group["logGroupName"], "\n".join(e["message"] for page in pages for e in page["events"])


def _checkpoints(operator: Operator) -> Iterator[tuple[str, str]]:
    for key in operator.objects("reconciliation-checkpoints", ""):
        body = operator.client("s3").get_object(Bucket="reconciliation-checkpoints", Key=key)["Body"].read()
        yield key, body.decode(errors="replace")


def _histories(operator: Operator) -> str:
    client = operator.client("stepfunctions")
    (machine,) = client.list_state_machines()["stateMachines"]
    arns = [
        item["executionArn"]
        for item in client.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]
    ]
    pages = (client.get_execution_history(executionArn=arn, maxResults=1000) for arn in arns)
    return "\n".join(json.dumps(page["events"], default=str) for page in pages)
