"""docs/deploy.md, followed to the letter: the first days, and the removal."""

import subprocess
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.account import Account as AskedAccount
from infra.account import AccountError
from infra.names import DEPLOYER
from local.place import ACCOUNT, REGION
from local.stack import Stack
from reconciliation.deployment import BUCKETS
from tests.deployed import deploy_page
from tests.deployed.asking import NAME, Client
from tests.people import environment

pytestmark = pytest.mark.stack


def test_awss_own_command_line_is_understood(
    stack: Stack, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its words for a stack, its buckets and a name that is taken or free, as `make deploy` asks for them."""
    for name, value in environment(stack, DEPLOYER).items():
        monkeypatch.setenv(name, value)
    account = AskedAccount.entered(REGION)
    assert account.number == ACCOUNT
    assert account.status(NAME) in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
    assert len(account.buckets(NAME)) == len(BUCKETS)
    assert account.keeps_data(NAME)
    with pytest.raises(AccountError, match="reconciliation-output is in this account already, outside"):
        account.require_free("reconciliation-output")
    for name, value in {
        **stack.env,
        "AWS_SESSION_TOKEN": "",
    }.items():  # the deployer's are these buckets alone
        monkeypatch.setenv(name, value)
    assert account.status("Absent") is None
    account.require_free("reconciliation-nobodys")


def test_every_block_of_the_page_is_run_or_has_its_reason() -> None:
    keys = [deploy_page.key_of(block) for block in deploy_page.blocks()]
    assert sorted(keys) == sorted((*deploy_page.ANSWERS, *deploy_page.NOT_RUN))


def test_a_stranger_follows_the_page(stack: Stack, client: Client, tmp_path: Path) -> None:
    """docs/deploy.md, from the base's preparation to the first published day and the smoke test."""
    assert deploy_page.follow(stack, tmp_path, client("stepfunctions")) == {}


def test_the_pages_removal_lets_nothing_write(stack: Stack, client: Client, tmp_path: Path) -> None:
    """Of two functions here, which get their instances back, as the log bucket does its policy."""
    s3, functions, logs = client("s3"), client("lambda"), "reconciliation-access-logs"
    impatient = boto3.client(
        "lambda", endpoint_url=stack.endpoint, region_name=REGION, aws_access_key_id="local",
        aws_secret_access_key="local", config=Config(retries={"total_max_attempts": 1}),
    )  # fmt: skip
    policy = s3.get_bucket_policy(Bucket=logs)["Policy"]
    (machine,) = client("stepfunctions").list_state_machines()["stateMachines"]
    (block,) = [block for block in deploy_page.blocks() if "put-function-concurrency" in block]
    assert '].PhysicalResourceId"' in block
    text = block.replace('].PhysicalResourceId"', '].PhysicalResourceId | [:2]"')
    environment = {**stack.env, "SUFFIX": "", "MACHINE": machine["stateMachineArn"]}
    names = [function["FunctionName"] for function in functions.list_functions()["Functions"]]
    try:
        subprocess.run(["bash", "-euc", text], cwd=tmp_path, env=environment, check=True, capture_output=True)
        stopped = [name for name in names if reserved(client, name) == 0]
        assert len(stopped) == 2
        with pytest.raises(ClientError, match="TooManyRequestsException"):
            impatient.invoke(FunctionName=stopped[0])
        with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
            s3.get_bucket_policy(Bucket=logs)
    finally:
        for name in names:
            functions.delete_function_concurrency(FunctionName=name)
        s3.put_bucket_policy(Bucket=logs, Policy=policy)


def reserved(client: Client, function: str) -> int | None:
    """How many instances it may have; None where nobody said."""
    found = client("lambda").get_function_concurrency(FunctionName=function)
    return found.get("ReservedConcurrentExecutions")


def test_the_pages_removal_empties_each_bucket(stack: Stack, client: Client, tmp_path: Path) -> None:
    """Of every version, and of what marks a deletion; of buckets of its own, as others need the stack's."""
    s3, names = client("s3"), [f"{name}-gone" for name in BUCKETS.values()]
    for name in names:
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    kept, unversioned = names[0], names[-1]
    s3.put_bucket_versioning(Bucket=kept, VersioningConfiguration={"Status": "Enabled"})
    for key in ("a", "a", "b/ç 'x'"):
        s3.put_object(Bucket=kept, Key=key, Body=b"x")
    s3.delete_object(Bucket=kept, Key="a")
    s3.put_object(Bucket=unversioned, Key="log", Body=b"x")
    (block,) = [block for block in deploy_page.blocks() if "delete-objects" in block]
    environment = {**stack.env, "SUFFIX": "-gone"}
    subprocess.run(["bash", "-euc", block], cwd=tmp_path, env=environment, check=True, capture_output=True)
    assert not any(
        {"Versions", "DeleteMarkers"} & set(s3.list_object_versions(Bucket=name)) for name in names
    )
    for name in names:
        s3.delete_bucket(Bucket=name)
