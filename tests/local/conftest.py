"""A bare stack, without the template: each test brings the few resources it needs."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import boto3
import pytest

from local.place import ACCOUNT, REGION
from local.stack import Stack, running_stack
from tests.waiting import eventually

EVERYTHING = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
ROLE = f"arn:aws:iam::{ACCOUNT}:role/any"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever asks for the account needs the stack."""
    for item in items:
        if "account" in getattr(item, "fixturenames", ()):
            item.add_marker("stack")


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running_stack(tmp_path_factory.mktemp("stack"), deployed=False) as stack:
        Account(stack).role("any", EVERYTHING)
        yield stack


@dataclass(frozen=True)
class Account:
    """The emulated account, by boto3."""

    stack: Stack

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.stack.endpoint,
            region_name=REGION,
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )

    def bucket(self, *, versioned: bool = False) -> str:
        s3, name = self.client("s3"), f"bucket-{uuid4().hex}"
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        if versioned:
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return name

    def role(self, name: str, statements: list[dict[str, Any]]) -> str:
        """ARN of a new role that functions, jobs and machines may have."""
        iam, services = self.client("iam"), [f"{name}.amazonaws.com" for name in ("glue", "lambda", "states")]
        trusted = {"Service": services, "AWS": f"arn:aws:iam::{ACCOUNT}:root"}
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": trusted}
        made = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="access", PolicyDocument=document(*statements))
        return str(made["Role"]["Arn"])

    def function(self, source: str, **options: Any) -> str:
        """ARN of a new function whose module is `source`, and which services may invoke."""
        answer = self.client("lambda").create_function(
            FunctionName=f"function-{uuid4().hex}",
            Runtime="python3.11",
            Role=options.pop("Role", ROLE),
            Handler="code_under_test.handler",
            Code={"ZipFile": archive({"code_under_test.py": source})},
            **options,
        )
        for service in ("events", "s3", "sns"):
            self.client("lambda").add_permission(
                FunctionName=answer["FunctionArn"],
                StatementId=service,
                Action="lambda:InvokeFunction",
                Principal=f"{service}.amazonaws.com",
            )
        return str(answer["FunctionArn"])

    def recorder(self, bucket: str) -> str:
        """A function that keeps each event it gets, under its request's id."""
        source = (
            "import boto3, json\n"
            "def handler(event, context):\n"
            "    s3, body = boto3.client('s3'), json.dumps(event)\n"
            f"    s3.put_object(Bucket={bucket!r}, Key=context.aws_request_id, Body=body)\n"
        )
        return self.function(source, Timeout=30)

    def recorded(self, bucket: str) -> list[Any]:
        s3 = self.client("s3")
        keys = [item["Key"] for item in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]
        return [json.loads(s3.get_object(Bucket=bucket, Key=key)["Body"].read()) for key in keys]

    def job(self, source: str, **options: Any) -> str:
        """Name of a new Glue job whose script is `source`."""
        bucket, name = self.bucket(), f"job-{uuid4().hex}"
        self.client("s3").put_object(Bucket=bucket, Key="script.py", Body=source.encode())
        command = {"Name": "glueetl", "PythonVersion": "3", "ScriptLocation": f"s3://{bucket}/script.py"}
        self.client("glue").create_job(Name=name, Role=ROLE, GlueVersion="5.1", Command=command, **options)
        return name

    def ended_run(self, job: str, run_id: str) -> dict[str, Any]:
        def run() -> Any:
            found = self.client("glue").get_job_run(JobName=job, RunId=run_id)["JobRun"]
            return found if found["JobRunState"] not in ("STARTING", "RUNNING", "STOPPING") else None

        return dict(eventually(run, limit_s=90))

    def machine(self, definition: dict[str, Any] | str) -> str:
        text = definition if isinstance(definition, str) else json.dumps(definition)
        made = self.client("stepfunctions").create_state_machine(
            name=f"machine-{uuid4().hex}", definition=text, roleArn=ROLE
        )
        return str(made["stateMachineArn"])

    def ended_execution(self, arn: str, limit_s: float = 30) -> dict[str, Any]:
        def execution() -> Any:
            found = self.client("stepfunctions").describe_execution(executionArn=arn)
            return found if found["status"] != "RUNNING" else None

        return dict(eventually(execution, limit_s=limit_s))


@pytest.fixture
def account(stack: Stack) -> Account:
    return Account(stack)


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def archive(files: dict[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as zipped:
        for name, content in files.items():
            zipped.writestr(name, content)
    return buffer.getvalue()


def outbox(stack: Stack) -> list[dict[str, Any]]:
    file = Path(stack.outbox)
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
