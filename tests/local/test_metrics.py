"""local/aws/metrics.py: figures of what runs here, by exact dimensions, and alarms that are looked at."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto import mock_aws
from moto.cloudwatch.models import cloudwatch_backends
from moto.core.utils import utcnow

from local.aws import metrics
from local.place import ACCOUNT, REGION
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


def test_the_database_and_the_jobs_are_measured(account: Account) -> None:
    account.client("rds").create_db_instance(
        DBInstanceIdentifier="measured", DBInstanceClass="db.m5.large", Engine="postgres"
    )
    job = account.job("import time\ntime.sleep(3)")
    run_id = account.client("glue").start_job_run(JobName=job)["JobRunId"]
    for name in ("CPUUtilization", "DatabaseConnections", "ReadLatency"):
        found = eventually(lambda: datapoints(account, "AWS/RDS", name, DBInstanceIdentifier="measured"))  # noqa: B023 - called here
        assert found[0]["Maximum"] >= 0
    executors = "glue.driver.ExecutorAllocationManager.executors.numberAllExecutors"
    account.ended_run(job, run_id)
    (point,) = datapoints(account, "Glue", executors, JobName=job, JobRunId="ALL", Type="gauge")
    assert point["Maximum"] == 0, "this job starts no Spark"


def test_an_alarm_is_raised_above_its_threshold_and_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        sns, sqs, cloudwatch = (boto3.client(name, REGION) for name in ("sns", "sqs", "cloudwatch"))
        topic, url = sns.create_topic(Name="t")["TopicArn"], sqs.create_queue(QueueName="q")["QueueUrl"]
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"
        sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        cloudwatch.put_metric_alarm(
            AlarmName="a", AlarmDescription="[HIGH] o que houve", Namespace="N", MetricName="M",
            Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1, AlarmActions=[topic],
            ComparisonOperator="GreaterThanThreshold", TreatMissingData="notBreaching",
        )  # fmt: skip

        def told(value: float, later_s: float) -> list[dict[str, Any]]:
            """The messages that come of that value, looked at so much later."""
            if value:
                cloudwatch.put_metric_data(Namespace="N", MetricData=[{"MetricName": "M", "Value": value}])
            alarms = cloudwatch_backends[ACCOUNT][REGION].alarms.values()
            metrics.evaluate(alarms, utcnow() + timedelta(seconds=later_s))
            found = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
            return [json.loads(json.loads(message["Body"])["Message"]) for message in found]

        assert told(1, 1) == [], "at the threshold"
        (message,) = told(0.5, 1)
        assert told(1, 1) == [], "told already"
        assert told(0, 120) == [], "over, and nobody is told"
        assert cloudwatch.describe_alarms()["MetricAlarms"][0]["StateValue"] == "OK"
    states = (message["OldStateValue"], message["NewStateValue"])
    assert (message["AlarmName"], *states) == ("a", "OK", "ALARM")
    assert message["AlarmDescription"] == "[HIGH] o que houve"


def test_a_functions_errors_are_counted(account: Account) -> None:
    name = account.function("def handler(event, context): raise ValueError(event)").split(":")[-1]
    account.client("lambda").invoke(FunctionName=name)
    assert [point["Sum"] for point in datapoints(account, "AWS/Lambda", "Errors", FunctionName=name)] == [1]


def test_an_executions_end_is_counted(account: Account) -> None:
    machine = account.machine({"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E"}}})
    started = account.client("stepfunctions").start_execution(stateMachineArn=machine)
    account.ended_execution(started["executionArn"])
    found = eventually(lambda: datapoints(account, "AWS/States", "ExecutionsFailed", StateMachineArn=machine))
    assert [point["Sum"] for point in found] == [1]
