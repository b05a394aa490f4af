"""local/aws/glue.py and glue_run.py: a run is real."""

import os
import shutil
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from moto.glue.models import FakeJob, glue_backends
from moto.s3.models import s3_backends

from local.aws import rights
from local.aws.glue import DEFINITION
from local.aws.glue_run import PREFIX, Run, last_exception
from local.place import ACCOUNT, CHECKOUT, REGION, Place
from tests.local.conftest import Account, archive
from tests.local.vpc import build
from tests.waiting import eventually

RUNS_PYTHON = pytest.mark.spark  # even without a session, its environment needs the JVM's class archive


def processes_of(run_id: str) -> list[int]:
    found = []
    for process in psutil.process_iter():
        try:
            if (
                process.environ().get("GLUE_JOB_RUN_ID") == run_id
                and process.status() != psutil.STATUS_ZOMBIE
            ):
                found.append(process.pid)
        except psutil.Error:
            continue
    return found


def run(account: Account, job: str, **options: Any) -> dict[str, Any]:
    run_id = account.client("glue").start_job_run(JobName=job, **options)["JobRunId"]
    return account.ended_run(job, run_id)


def lines(account: Account, group: str, run_id: str) -> list[str]:
    found = account.client("logs").filter_log_events(logGroupName=group, logStreamNames=[run_id])
    return [event["message"] for event in found["events"]]


def state(account: Account, job: str, run_id: str) -> str:
    return str(account.client("glue").get_job_run(JobName=job, RunId=run_id)["JobRun"]["JobRunState"])


@RUNS_PYTHON
def test_arguments_come_from_the_run_over_the_job_and_cannot_beat_the_fixed_ones(account: Account) -> None:
    job = account.job(
        "import sys; print(sys.argv[1:])",
        DefaultArguments={"--a": "job", "--b": "job", "--c": "job"},
        NonOverridableArguments={"--c": "fixed"},
    )
    ended = run(
        account, job, Arguments={"--b": "run", "--c": "run"}, NumberOfWorkers=3, WorkerType="G.2X", Timeout=5
    )
    (text,) = lines(account, "/aws-glue/jobs/output", ended["Id"])
    given = dict(zip(eval(text)[::2], eval(text)[1::2], strict=True))
    assert given == {
        "--a": "job",
        "--b": "run",
        "--c": "fixed",
        "--JOB_NAME": job,
        "--JOB_RUN_ID": ended["Id"],
    }
    assert (ended["JobRunState"], ended["NumberOfWorkers"], ended["WorkerType"]) == ("SUCCEEDED", 3, "G.2X")
    assert ended["Arguments"] == {"--b": "run", "--c": "run"}
    assert ended["Timeout"] == 5
    assert ended["StartedOn"] <= ended["CompletedOn"]


@RUNS_PYTHON
def test_the_packages_are_what_runs_and_never_the_checkout(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But for what somebody puts before all packages: `tests/sparks.py` does."""
    s3, bucket = account.client("s3"), account.bucket()
    before = Place(account.stack.directory, 0).before_packages
    before.mkdir()
    (before / "boto3.py").write_text("WHO = 'before them'")
    wheel = archive({"polars/__init__.py": "WHO = 'the wheel'"})
    s3.put_object(Bucket=bucket, Key="code.zip", Body=archive({"shared.py": "WHO = 'the zip'"}))
    s3.put_object(Bucket=bucket, Key="a.gluewheels.zip", Body=archive({"polars-9-py3-none-any.whl": wheel}))
    source = (
        "import boto3, polars, shared, os, sys\n"
        "print(boto3.WHO, polars.WHO, shared.WHO, sys.path, dict(os.environ))"
    )
    arguments = {
        "--extra-py-files": f"s3://{bucket}/code.zip",
        "--additional-python-modules": f"s3://{bucket}/a.gluewheels.zip",
    }
    ended = run(account, account.job(source), Arguments=arguments)
    (text,) = lines(account, "/aws-glue/jobs/output", ended["Id"])
    shutil.rmtree(before)
    assert text.startswith("before them the wheel the zip ")
    assert f"'{CHECKOUT}'" not in text
    assert f"'GLUE_JOB_RUN_ID': '{ended['Id']}'" in text
    assert "PYTEST_CURRENT_TEST" not in text
    assert "_REGION'" not in text, "Glue promises none"


@RUNS_PYTHON
@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "class E_HEADER(Exception): ...\nE_HEADER.__module__ = 'builtins'\nraise E_HEADER('linha 1')",
            f"{PREFIX}E_HEADER: linha 1",
        ),
        ("import os; os.kill(os.getpid(), 9)", "Command failed with exit code 137"),
        ("raise SystemExit(3)", "Command failed with exit code 3"),
    ],
)
def test_the_end_tells_why(account: Account, source: str, message: str) -> None:
    ended = run(account, account.job(source))
    assert (ended["JobRunState"], ended["ErrorMessage"]) == ("FAILED", message)


@RUNS_PYTHON
def test_a_script_that_is_not_there_fails_the_run(account: Account) -> None:
    command = {"Name": "glueetl", "ScriptLocation": "s3://nowhere/script.py"}
    account.client("glue").create_job(Name="no-script", Role="r", Command=command)
    assert run(account, "no-script")["JobRunState"] == "FAILED"


@RUNS_PYTHON
def test_a_run_that_exceeds_its_timeout_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, answer in (("credentials", {}), ("demand", None), ("may", True)):
        monkeypatch.setattr(rights, name, lambda *_, answer=answer, **__: answer)
    s3 = s3_backends[ACCOUNT]["aws"]
    s3.create_bucket("scripts", REGION)
    s3.put_object("scripts", "script.py", b"import time; time.sleep(600)")
    definition = {"ScriptLocation": "s3://scripts/script.py"}
    job = FakeJob(**dict.fromkeys(DEFINITION), name="slow", tags={}, backend=glue_backends[ACCOUNT][REGION])
    job.command, job.role = definition, "any"
    run = Run(job, Place(tmp_path, 1), {"timeout": 1 / 120})  # half a second
    run.start()
    eventually(lambda: run.is_over, limit_s=60)
    assert run.as_dict()["JobRunState"] == "TIMEOUT"
    assert run.as_dict()["ExecutionTime"] < 10
    assert processes_of(run.job_run_id) == []


@RUNS_PYTHON
def test_a_stop_ends_the_whole_group_even_one_that_ignores_it(account: Account) -> None:
    glue = account.client("glue")
    source = (
        "import signal, subprocess, time, os\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "subprocess.Popen(['sleep', '600'], preexec_fn=lambda: os.setpgid(0, 0))\n"
        "print('ready'); time.sleep(600)\n"
    )
    job = account.job(source)
    run_id = glue.start_job_run(JobName=job)["JobRunId"]
    eventually(lambda: len(processes_of(run_id)) == 2, limit_s=60)
    with pytest.raises(glue.exceptions.ConcurrentRunsExceededException):
        glue.start_job_run(JobName=job)
    began = time.monotonic()
    answer = glue.batch_stop_job_run(JobName=job, JobRunIds=[run_id, "jr_unknown"])
    assert [found["JobRunId"] for found in answer["SuccessfulSubmissions"]] == [run_id]
    assert [found["ErrorDetail"]["ErrorCode"] for found in answer["Errors"]] == ["EntityNotFoundException"]
    assert state(account, job, run_id) == "STOPPING"
    with pytest.raises(glue.exceptions.ConcurrentRunsExceededException):  # stopping still counts
        glue.start_job_run(JobName=job)
    assert account.ended_run(job, run_id)["JobRunState"] == "STOPPED"
    assert time.monotonic() - began < 6
    assert processes_of(run_id) == []
    assert glue.batch_stop_job_run(JobName=job, JobRunIds=[run_id])["SuccessfulSubmissions"] == []


@RUNS_PYTHON
def test_runs_are_listed_newest_first_page_by_page(account: Account) -> None:
    glue, job = account.client("glue"), account.job("pass")
    ids = [run(account, job)["Id"] for _ in range(3)]
    first = glue.get_job_runs(JobName=job, MaxResults=2)
    rest = glue.get_job_runs(JobName=job, MaxResults=2, NextToken=first["NextToken"])
    assert [found["Id"] for found in first["JobRuns"] + rest["JobRuns"]] == ids[::-1]


def test_an_update_replaces_the_whole_definition(account: Account) -> None:
    glue, job = account.client("glue"), account.job("pass", DefaultArguments={"--a": "1"}, NumberOfWorkers=2)
    command = {"Name": "glueetl", "ScriptLocation": "s3://other/script.py"}
    update = {"Role": "r", "Command": command, "NumberOfWorkers": 15, "WorkerType": "G.1X"}
    glue.update_job(JobName=job, JobUpdate=update)
    found = glue.get_job(JobName=job)["Job"]
    assert (found["NumberOfWorkers"], found["Command"], found["DefaultArguments"]) == (15, command, {})


WORK = """
import boto3, os
from botocore.config import Config

def who(n):
    return os.environ["GLUE_JOB_RUN_ID"]

def buckets(region):
    once = Config(retries={"total_max_attempts": 1})
    try:
        return bool(boto3.client("s3", region_name=region, config=once).list_buckets()["Buckets"])
    except Exception as exc:
        return exc
"""


def test_a_run_is_where_the_first_of_its_connections_can_work(account: Account) -> None:
    """In one subnet, not in all: a zone that has no way to S3 is passed over."""
    ec2 = account.client("ec2")
    vpc = build(ec2)
    astray = ec2.create_subnet(VpcId=vpc.vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    names = {astray: f"{astray}-connection", vpc.subnet: f"{vpc.subnet}-connection"}
    for subnet, name in names.items():
        account.client("glue").create_connection(
            ConnectionInput={
                "Name": name, "ConnectionType": "NETWORK", "ConnectionProperties": {},
                "PhysicalConnectionRequirements": {"SubnetId": subnet, "SecurityGroupIdList": [vpc.glue]},
            }
        )  # fmt: skip
    source = "import json, os\nprint(*json.loads(os.environ['LOCAL_NETWORK'])['subnets'])\n"
    ended = run(account, account.job(source, Connections={"Connections": [*names.values()]}))
    assert ended["JobRunState"] == "SUCCEEDED", ended.get("ErrorMessage")
    assert lines(account, "/aws-glue/jobs/output", ended["Id"]) == [vpc.subnet]
    alone = run(account, account.job(source, Connections={"Connections": [names[astray]]}))
    assert f"Could not find S3 endpoint or NAT gateway for subnetId: {astray}" in alone["ErrorMessage"]


@pytest.mark.spark
def test_a_session_schedules_on_two_cores_and_its_workers_have_packages_and_network(account: Account) -> None:
    """A worker that takes another region for its own reaches no S3: the network's endpoint is of this one."""
    bucket, vpc = account.bucket(), build(account.client("ec2"))
    where = {"SubnetId": vpc.subnet, "SecurityGroupIdList": [vpc.glue]}
    account.client("glue").create_connection(
        ConnectionInput={
            "Name": bucket, "ConnectionType": "NETWORK", "ConnectionProperties": {},
            "PhysicalConnectionRequirements": where,
        }
    )  # fmt: skip
    code = archive({"shared.py": WORK})
    account.client("s3").put_object(Bucket=bucket, Key="code.zip", Body=code)
    source = (
        "from pyspark.sql import SparkSession\n"
        "import shared\n"
        "context = SparkSession.builder.getOrCreate().sparkContext\n"
        "print(context.master, set(context.parallelize([1, 2], 2).map(shared.who).collect()))\n"
        f"print(*context.parallelize(['{REGION}', 'us-east-2'], 2).map(shared.buckets).collect())\n"
    )
    began = time.monotonic()
    job = account.job(source, Connections={"Connections": [bucket]})
    ended = run(account, job, Arguments={"--extra-py-files": f"s3://{bucket}/code.zip"})
    print(
        f"a run with a session and one stage took {time.monotonic() - began:.1f} s on {os.cpu_count()} cores"
    )
    assert ended["JobRunState"] == "SUCCEEDED", ended.get("ErrorMessage")
    assert lines(account, "/aws-glue/jobs/output", ended["Id"]) == [
        f"local[2,4] {{'{ended['Id']}'}}",
        'True Connect timeout on endpoint URL: "https://s3.us-east-2.amazonaws.com/"',
    ]
    assert processes_of(ended["Id"]) == []


def test_the_last_exception_is_pythons_own_and_not_one_quoted_by_spark() -> None:
    stderr = """
Traceback (most recent call last):
  File "a.py", line 1, in <module>
KeyError: 'first'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "a.py", line 3, in <module>
py4j.protocol.Py4JJavaError: An error occurred while calling z:collect.
: org.apache.spark.api.python.PythonException: Traceback (most recent call last):
  File "worker.py", line 1
ValueError: in the worker
"""
    assert last_exception(stderr) == "py4j.protocol.Py4JJavaError: An error occurred while calling z:collect."
    assert last_exception("INFO all is well") is None
