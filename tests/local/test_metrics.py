"""local/aws/metrics.py: figures of what runs here, by exact dimensions."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.local.conftest import Account
from tests.waiting import eventually


def datapoints(account: Account, namespace: str, name: str, **dimensions: str) -> list[dict[str, Any]]:
    now = datetime.now(UTC)
    answer = account.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
        StartTime=now - timedelta(minutes=10),
        EndTime=now + timedelta(minutes=1),
        Period=600,
        Statistics=["Maximum", "Sum"],
    )
    return list(answer["Datapoints"])


def put(account: Account, namespace: str, value: float, **dimensions: str) -> None:
    named = [{"Name": key, "Value": dimensions[key]} for key in dimensions]
    datum = {"MetricName": "M", "Value": value, "Dimensions": named}
    account.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=[datum])


def test_a_query_finds_only_its_exact_dimensions(account: Account) -> None:
    space = uuid4().hex
    put(account, space, 1)
    put(account, space, 2, job_id="J")
    put(account, space, 4, job_id="J", etapa="validation")
    asked = [{}, {"job_id": "J"}, {"job_id": "J", "etapa": "validation"}, {"etapa": "validation"}]
    found = [
        [point["Sum"] for point in datapoints(account, space, "M", **dimensions)] for dimensions in asked
    ]
    assert found == [[1], [2], [4], []]


def test_the_database_is_measured(account: Account) -> None:
    account.client("rds").create_db_instance(
        DBInstanceIdentifier="measured", DBInstanceClass="db.m5.large", Engine="postgres"
    )
    for name in ("CPUUtilization", "DatabaseConnections", "ReadLatency"):
        found = eventually(lambda: datapoints(account, "AWS/RDS", name, DBInstanceIdentifier="measured"))  # noqa: B023 - called here
        assert found[0]["Maximum"] >= 0


def test_a_functions_errors_are_counted(account: Account) -> None:
    name = account.function("def handler(event, context): raise ValueError(event)").split(":")[-1]
    account.client("lambda").invoke(FunctionName=name)
    assert [point["Sum"] for point in datapoints(account, "AWS/Lambda", "Errors", FunctionName=name)] == [1]


def test_what_a_function_has_no_instance_for_is_counted_and_is_no_error(account: Account) -> None:
    """Lambda is asked with botocore's tries: each counts."""
    name = account.function("def handler(event, context): return 1").split(":")[-1]
    client = account.client("lambda")
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    with pytest.raises(client.exceptions.TooManyRequestsException):
        client.invoke(FunctionName=name)
    client.invoke(FunctionName=name, InvocationType="Event")
    for metric in ("Throttles", "AsyncEventsDropped"):
        (found,) = eventually(lambda: datapoints(account, "AWS/Lambda", metric, FunctionName=name))  # noqa: B023 - called here
        assert found["Sum"] >= 1, metric
    assert not datapoints(account, "AWS/Lambda", "Errors", FunctionName=name)


def test_an_executions_end_is_counted(account: Account) -> None:
    machine = account.machine({"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E"}}})
    started = account.client("stepfunctions").start_execution(stateMachineArn=machine)
    account.ended_execution(started["executionArn"])
    found = eventually(lambda: datapoints(account, "AWS/States", "ExecutionsFailed", StateMachineArn=machine))
    assert [point["Sum"] for point in found] == [1]
