"""local/aws/machine*.py: the project's own state machine, with stubs for what it calls."""

import json
import time
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ConnectionClosedError

from local.aws import machine_tasks
from local.aws.glue_run import PREFIX
from local.place import ACCOUNT, CHECKOUT
from tests.local.conftest import Account
from tests.waiting import eventually

ASL = CHECKOUT / "state_machine" / "reconciliation.asl.json"
CLOSE_SAYS_WHY = """
def handler(event, context):
    failure = event["state"]["failure"]
    return {"decision": "FAIL", "error": failure["Error"], "cause": failure["Cause"]}
"""


def the_machine(
    account: Account, *, middle_job: str = "pass", remaining_s: int = 60
) -> tuple[str, dict[str, str]]:
    """ARN of the project's definition, and the resources it was given."""
    run = {
        "decision": "RUN",
        "job_id": "JOB-1",
        "attempt": "1",
        "stage": "validation",
        "workers": 2,
        "epoch": "1",
    }
    run |= {"worker_type": "G.1X", "query_timeout_s": "1", "base_readers": "1", "timer_key": uuid4().hex}
    run |= {
        "plan": "s3://a/plan.json",
        "input_path": "s3://a/b",
        "output_path": "s3://a/c",
        "remaining_s": remaining_s,
    }
    names = {
        "PrepareRunFunction": account.function(
            f"def handler(event, context): return {{**{run!r}, 'given': event}}"
        ),
        "InspectFileFunction": account.function("def handler(event, context): return event"),
        "StopJobsFunction": account.function("def handler(event, context): return None"),
        "CloseRunFunction": account.function(CLOSE_SAYS_WHY),
        "FinishRunFunction": account.function("def handler(event, context): return event['given']"),
        "CheckpointsBucket": account.bucket(),
        "ValidationJob": account.job("pass"),
        "ReconciliationJob": account.job(middle_job),
        "OutputJob": account.job("pass"),
    }
    text = Path(ASL).read_text()
    for name, value in names.items():
        text = text.replace("${" + name + "}", value)
    assert "${" not in text
    return account.machine(text), names


def start(account: Account, machine: str, given: Any = None, **options: Any) -> str:
    answer = account.client("stepfunctions").start_execution(
        stateMachineArn=machine, input=json.dumps(given or {}), **options
    )
    return str(answer["executionArn"])


def running(account: Account, job: str) -> Any:
    return [
        r
        for r in account.client("glue").get_job_runs(JobName=job)["JobRuns"]
        if r["JobRunState"] == "RUNNING"
    ]


@pytest.mark.spark
def test_a_good_day_ends_with_what_finish_run_says_and_does_not_wait_for_the_timer(account: Account) -> None:
    machine, _ = the_machine(account)
    began = time.monotonic()
    execution = start(account, machine, {"s3_key": "2026-02-16/a.csv"})
    ended = account.ended_execution(execution)
    print(f"a day of three empty jobs took {time.monotonic() - began:.1f} s")
    assert ended["status"] == "SUCCEEDED", ended
    given = json.loads(ended["output"])
    assert json.loads(given["input"]) == {"s3_key": "2026-02-16/a.csv"}
    assert given["execution_arn"] == execution
    assert datetime.fromisoformat(given["started_at"]) == ended["startDate"]
    history = account.client("stepfunctions").get_execution_history(executionArn=execution)["events"]
    entered = [
        event["stateEnteredEventDetails"]["name"] for event in history if "stateEnteredEventDetails" in event
    ]
    assert entered[:3] == ["Begin", "PrepareRun", "WhatToDo"]
    assert entered[-2:] == ["FinishRun", "Succeeded"]


@pytest.mark.spark
def test_a_failed_job_is_task_failed_with_the_run_as_its_cause(account: Account) -> None:
    machine, _ = the_machine(account, middle_job="raise ValueError('E_BASE')")
    ended = account.ended_execution(start(account, machine))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.TaskFailed")
    cause = json.loads(ended["cause"])
    assert (cause["JobRunState"], cause["ErrorMessage"]) == ("FAILED", f"{PREFIX}ValueError: E_BASE")


@pytest.mark.spark
def test_at_the_deadline_the_running_job_is_cancelled(account: Account) -> None:
    machine, names = the_machine(account, middle_job="import time; time.sleep(600)", remaining_s=3)
    execution = start(account, machine)
    ended = account.ended_execution(execution)
    assert (ended["status"], ended["error"]) == ("FAILED", "TIMEOUT")
    assert 3 <= (ended["stopDate"] - ended["startDate"]).total_seconds() < 6
    eventually(lambda: not running(account, names["ReconciliationJob"]))


@pytest.mark.spark
def test_a_stop_aborts_at_once_cancels_the_job_and_is_announced(account: Account) -> None:
    machine, names = the_machine(account, middle_job="import time; time.sleep(600)")
    heard, rule = account.bucket(), uuid4().hex
    pattern = {"source": ["aws.states"], "detail": {"status": ["ABORTED"], "stateMachineArn": [machine]}}
    events, states = account.client("events"), account.client("stepfunctions")
    events.put_rule(Name=rule, EventPattern=json.dumps(pattern))
    events.put_targets(Rule=rule, Targets=[{"Id": "1", "Arn": account.recorder(heard)}])
    execution = start(account, machine, {"s3_key": "k"})
    eventually(lambda: running(account, names["ReconciliationJob"]))
    states.stop_execution(executionArn=execution, error="ByHand", cause="because")
    ended = states.describe_execution(executionArn=execution)
    assert (ended["status"], ended["error"], ended["cause"]) == ("ABORTED", "ByHand", "because")
    last = states.get_execution_history(executionArn=execution)["events"][-1]
    assert last["type"] == "ExecutionAborted"
    eventually(lambda: not running(account, names["ReconciliationJob"]))
    (event,) = eventually(lambda: account.recorded(heard))
    assert event["detail-type"] == "Step Functions Execution Status Change"
    assert (event["detail"]["executionArn"], event["detail"]["input"]) == (execution, '{"s3_key": "k"}')
    states.stop_execution(executionArn=execution)  # nothing more happens
    assert states.describe_execution(executionArn=execution)["stopDate"] == ended["stopDate"]


WAIT = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}}


def test_a_name_is_started_once(account: Account) -> None:
    states, machine = account.client("stepfunctions"), account.machine(WAIT)
    first = start(account, machine, {"n": 1}, name="same")
    assert start(account, machine, {"n": 1}, name="same") == first
    with pytest.raises(states.exceptions.ExecutionAlreadyExists):
        start(account, machine, {"n": 2}, name="same")
    states.stop_execution(executionArn=first)
    with pytest.raises(states.exceptions.ExecutionAlreadyExists):
        start(account, machine, {"n": 1}, name="same")


def test_unnamed_executions_are_several(account: Account) -> None:
    machine = account.machine(WAIT)
    executions = {start(account, machine, {"n": n}) for n in range(2)}
    listed = account.client("stepfunctions").list_executions(stateMachineArn=machine, statusFilter="RUNNING")
    assert {found["executionArn"] for found in listed["executions"]} == executions
    assert len(executions) == 2
    for execution in executions:
        account.client("stepfunctions").stop_execution(executionArn=execution)


def sdk_task(action: str, parameters: dict[str, Any], **more: Any) -> dict[str, Any]:
    task = {
        "Type": "Task",
        "Resource": f"arn:aws:states:::aws-sdk:{action}",
        "Parameters": parameters,
        "End": True,
    }
    return {"StartAt": "T", "States": {"T": {**task, **more}}}


def test_an_object_as_body_is_stored_as_json_and_read_back_as_text(account: Account) -> None:
    bucket, key = account.bucket(), {"Key": "k"}
    put = sdk_task("s3:putObject", {"Bucket": bucket, **key, "Body": {"token": "t"}})
    assert account.ended_execution(start(account, account.machine(put)))["status"] == "SUCCEEDED"
    assert account.recorded(bucket) == [{"token": "t"}]
    get = sdk_task(
        "s3:getObject", {"Bucket": bucket, **key}, ResultSelector={"back.$": "States.StringToJson($.Body)"}
    )
    ended = account.ended_execution(start(account, account.machine(get)))
    assert json.loads(ended["output"]) == {"back": {"token": "t"}}


def test_a_missing_object_has_the_error_name_that_aws_gives(account: Account) -> None:
    get = sdk_task("s3:getObject", {"Bucket": account.bucket(), "Key": "none"})
    ended = account.ended_execution(start(account, account.machine(get)))
    assert (ended["status"], ended["error"]) == ("FAILED", "S3.NoSuchKeyException")


def test_a_functions_exception_is_caught_by_its_name(account: Account) -> None:
    function = account.function(
        "class StillRunning(Exception): ...\ndef handler(event, context): raise StillRunning('x')"
    )
    catch = [{"ErrorEquals": ["StillRunning"], "Next": "Caught"}]
    resource = {"Resource": "arn:aws:states:::lambda:invoke", "Parameters": {"FunctionName": function}}
    task = {"Type": "Task", **resource, "Catch": catch, "End": True}
    machine = account.machine({"StartAt": "T", "States": {"T": task, "Caught": {"Type": "Succeed"}}})
    ended = account.ended_execution(start(account, machine))
    assert json.loads(json.loads(ended["output"])["Cause"])["errorMessage"] == "x"


def test_a_function_without_a_free_instance_is_asked_again(account: Account) -> None:
    """By the project's own definition, which its first state is enough to show."""
    machine, names = the_machine(account)
    function, functions = names["PrepareRunFunction"], account.client("lambda")
    functions.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    execution = start(account, machine)

    def details(kind: str) -> list[dict[str, Any]]:
        events = account.client("stepfunctions").get_execution_history(executionArn=execution)["events"]
        return [event[kind] for event in events if kind in event]

    failed = eventually(lambda: details("taskFailedEventDetails"))
    assert failed[0]["error"] == "Lambda.TooManyRequestsException"
    functions.delete_function_concurrency(FunctionName=function)
    answer = eventually(lambda: details("taskSucceededEventDetails"))[0]
    assert json.loads(answer["output"])["Payload"]["given"]["tried_before"] >= 1
    account.client("stepfunctions").stop_execution(executionArn=execution)


def test_an_answer_of_a_function_that_never_came_has_the_error_name_that_aws_gives() -> None:
    env = SimpleNamespace(next_state_name="", event_history_context=SimpleNamespace(source_event_id=1))
    task = object.__new__(machine_tasks._LambdaTask)
    task.resource = SimpleNamespace(api_action="invoke", service_name="lambda", condition=None)
    failure = task._from_error(env=env, ex=ConnectionClosedError(endpoint_url="http://lambda"))
    assert failure.error_name.error_name == "Lambda.SdkClientException"


def test_an_answer_of_s3_that_never_came_has_the_error_name_that_aws_gives(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """State Timer of the machine tries that again."""
    monkeypatch.setitem(machine_tasks.sdk._SERVICE_ERROR_NAMES, "s3", "S3")  # as `install` does
    env = SimpleNamespace(next_state_name="", event_history_context=SimpleNamespace(source_event_id=1))
    task = object.__new__(machine_tasks._SdkTask)
    task.resource = SimpleNamespace(
        api_name="s3", api_action="putObject", service_name="aws-sdk", condition=None
    )
    failure = task._from_error(env=env, ex=ConnectionClosedError(endpoint_url="http://s3"))
    assert failure.error_name.error_name == "S3.SdkClientException"


def test_an_answer_of_glue_that_never_came_has_the_error_name_that_aws_gives() -> None:
    """Whether the job was started nobody knows."""
    env = SimpleNamespace(next_state_name="", event_history_context=SimpleNamespace(source_event_id=1))
    task = object.__new__(machine_tasks._GlueTask)
    task.resource = SimpleNamespace(api_action="startJobRun", service_name="glue", condition=None)
    failure = task._from_error(env=env, ex=ConnectionClosedError(endpoint_url="http://glue"))
    assert failure.error_name.error_name == "Glue.SdkClientException"


def test_the_account_is_the_one_that_arns_name(account: Account) -> None:
    assert f":{ACCOUNT}:" in account.machine(WAIT)
