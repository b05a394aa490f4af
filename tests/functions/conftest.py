"""What every test of the functions works in."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto import mock_aws

from lambdas import close_run, finish_run, inspect_file, prepare_run, stop_jobs, trigger, watchdog
from lambdas import context as contexts
from local.aws.storage import keep_conditions_of_copies
from reconciliation.lifecycle import judging
from tests.functions.world import BUCKETS, SETTINGS, Starts, World

keep_conditions_of_copies()
_make_client = boto3.client


@cache
def one_client(service: Any, config: Config | None = None) -> Any:
    """One of each for all tests: it knows nothing of moto's account, and takes as long as two requests."""
    return _make_client(service, config=config)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name in ("AWS_ENDPOINT_URL", "QUICKSIGHT_DATASET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(boto3, "client", one_client)
    with mock_aws():
        s3 = boto3.client("s3")
        for bucket in BUCKETS:
            s3.create_bucket(Bucket=bucket)
            s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
        topic = boto3.client("sns").create_topic(Name="reconciliation-alerts")["TopicArn"]
        queue = boto3.client("sqs").create_queue(QueueName="alerts")["QueueUrl"]
        boto3.client("sns").subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint=f"arn:aws:sqs:us-east-1:123456789012:{queue.rsplit('/', 1)[-1]}",
        )
        for name in SETTINGS.stage_jobs.values():
            boto3.client("glue").create_job(Name=name, Role="r", Command={"Name": "glueetl"})
        assert topic == SETTINGS.alerts_topic_arn
        world = World(SETTINGS)
        for module in (
            prepare_run,
            inspect_file,
            close_run,
            finish_run,
            stop_jobs,
            trigger,
            watchdog,
            contexts,
        ):
            monkeypatch.setattr(module, "context", lambda: world)
        yield world


@pytest.fixture
def starts(world: World) -> Starts:
    return world.executions


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files have come for long: moto's objects are of the real day, which is none of the moved clock's."""
    monkeypatch.setattr(judging, "first_upload", lambda *_: datetime(2026, 2, 1, tzinfo=UTC))
