"""A code survives its way through Glue's and Lambda's texts."""

import json
import traceback
from datetime import UTC, datetime
from typing import get_args

import pytest

from reconciliation.errors import FAILURES, Code, code_of, error, message_of
from reconciliation.lifecycle.ending import Ending, outcome

PREFIX = "Error Category: UNCLASSIFIED_ERROR; Failed Line Number: 21; "
SPARK = "An error occurred while calling o94.collectToPython. Job aborted due to stage failure:"
LOST = f"{SPARK} Task 3 failed 4 times: ExecutorLostFailure (executor 4 exited) Reason: Container"
MEMORY = [
    f"{SPARK} java.lang.OutOfMemoryError: Java heap space",
    f"{SPARK} Java heap space",
    "java.lang.OutOfMemoryError: GC overhead limit exceeded",
    "org.apache.spark.memory.SparkOutOfMemoryError: Unable to acquire 65536 bytes of memory, got 0",
    f"{LOST} killed by YARN for exceeding memory limits. 5.5 GB of 5.5 GB physical memory used.",
    f"{LOST} killed by YARN for exceeding physical memory limits.",
    f"{LOST} [pid=1,containerID=c_1] is running beyond physical memory limits. Killing container.",
    f"{LOST} [pid=1] is running 1B beyond the 'PHYSICAL' memory limit. Current usage: 5.5 GB",
    f"{LOST} from a bad node: Exit status: 137. Diagnostics: Killed by external signal",
    f"{LOST} killed on request. Exit code is 137",
    "Out of Memory Error. Consider increasing the number of workers.",
    "Error Category: OUT_OF_MEMORY_ERROR; the driver was killed",
    "MemoryError",
    "MemoryError: Unable to allocate 7.45 GiB",
    "OSError: [Errno 12] Cannot allocate memory",
    "memory allocation of 1073741824 bytes failed",
]


def test_every_name_has_its_meaning() -> None:
    assert sorted(FAILURES) == sorted(get_args(Code))
    assert len(FAILURES) == len(get_args(Code))


@pytest.mark.parametrize("code", sorted(FAILURES))
def test_a_traceback_ends_with_the_code(code: str) -> None:
    try:
        raise error(code, "o que houve: e o que fazer")
    except Exception as exc:
        text = "".join(traceback.format_exception(exc))
    assert text.splitlines()[-1] == f"{code}: o que houve: e o que fazer"
    assert code_of(text, "validation") == code
    assert message_of(text) == "o que houve: e o que fazer"


@pytest.mark.parametrize(
    ("text", "stage", "code"),
    [
        ("KeyError: 'x'", "validation", "VALIDATION_FAILED"),
        ("", "reconciliation", "RECONCILIATION_FAILED"),
        ("ERROR: UNKNOWN_CODE: x", "output", "OUTPUT_FAILED"),
        ("java.lang.OutOfMemoryError: Java heap space", "reconciliation", "OUT_OF_MEMORY"),
        ("Command failed with exit code 137", "validation", "OUT_OF_MEMORY"),
        ("Command failed with exit code 10", "reconciliation", "OUT_OF_MEMORY"),
        ("Command failed with exit code 1", "reconciliation", "RECONCILIATION_FAILED"),
        ("Command failed with exit code 100", "reconciliation", "RECONCILIATION_FAILED"),
        ("Container exited with a non-zero exit code 143", "output", "OUTPUT_FAILED"),
        ("No space left on device", "reconciliation", "RECONCILIATION_FAILED"),
        (
            f"{SPARK} SparkOutOfMemoryError: error while calling spill(): No space left on device",
            "output",
            "OUTPUT_FAILED",
        ),
        (f"{PREFIX}KeyError: 'x'", "validation", "VALIDATION_FAILED"),
        (f"{PREFIX}E_HEADER: linha 1", "validation", "E_HEADER"),
        ("Error Category: INVALID_ARGUMENT_ERROR; RDS_AUTH: recusado", "reconciliation", "RDS_AUTH"),
        ("Failed Line Number: 7; UNBALANCED_TOTALS: 1 != 2", "reconciliation", "UNBALANCED_TOTALS"),
        *(
            (f"{before}{text}", "reconciliation", "OUT_OF_MEMORY")
            for before in ("", PREFIX)
            for text in MEMORY
        ),
    ],
)
def test_a_text_without_a_code_is_its_stages_failure(text: str, stage: str, code: str) -> None:
    assert code_of(text, stage) == code


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{PREFIX}E_HEADER: linha 1: falta nome", "linha 1: falta nome"),
        (f"{PREFIX}KeyError: 'x'", "KeyError: 'x'"),
        (f"{PREFIX}\nKeyError: 'x'", "KeyError: 'x'"),
        ("Error Category: IMPORT_ERROR; ModuleNotFoundError: no", "ModuleNotFoundError: no"),
        (PREFIX, ""),
        ("x" * 10_000, "x" * 4_000 + "…"),
        ("E_HEADER: " + "x" * 10_000, "x" * 4_000 + "…"),
    ],
)
def test_what_people_read_of_it(text: str, message: str) -> None:
    assert message_of(text) == message


@pytest.mark.parametrize("state", ["STOPPED", "TIMEOUT", "ERROR", "EXPIRED"])
@pytest.mark.parametrize("said", [None, "", "Job run was stopped by user", f"{PREFIX}LOCK_LOST: outra"])
def test_a_run_that_was_ended_from_outside_is_told_in_a_sentence(state: str, said: str | None) -> None:
    cause = {"JobName": "reconciliation-job", "JobRunState": state, "Arguments": {"--job_id": "J"}}
    text = json.dumps(cause if said is None else {**cause, "ErrorMessage": said})
    ending = Ending(execution_arn="e", started=datetime.now(UTC), error="States.TaskFailed", cause=text)
    stage, code, message = outcome(ending, "reconciliation")
    if said and "LOCK_LOST" in said:
        assert (code, message) == ("LOCK_LOST", "outra")
    else:
        assert (stage, code) == ("reconciliation", "RECONCILIATION_FAILED")
        assert message.startswith("o ")
        assert "{" not in message
        assert "Job" not in message


@pytest.mark.parametrize(
    ("error", "cause", "message"),
    [
        ("JobNotSucceeded", "A Glue run ended without success", "o job foi parado de fora"),
        ("Glue.AWSGlueException", "Rate exceeded", "o Glue não começou o job (Glue.AWSGlueException)"),
        (
            "Glue.AWSGlueException",
            "Rate exceeded (Service: AWSGlue; Error Code: ThrottlingException; Proxy: null)",
            "o Glue não começou o job (ThrottlingException); tente de novo",
        ),
        (
            "Glue.AWSGlueException",
            "User is not authorized (Service: AWSGlue; Error Code: AccessDeniedException; Proxy: null)",
            "o Glue não começou o job (AccessDeniedException); falta esse direito à máquina de estados",
        ),
        ("Sandbox.Timedout", '{"errorMessage": "Task timed out"}', "a função foi interrompida pela AWS"),
        ("Lambda.Unknown", "The cause could not be determined", "a função foi interrompida pela AWS"),
        ("States.TaskFailed", '{"Other": "document"}', "o job terminou sem sucesso e sem mensagem"),
    ],
)
def test_what_a_service_says_is_told_in_a_sentence(error: str, cause: str, message: str) -> None:
    ending = Ending(execution_arn="e", started=datetime.now(UTC), error=error, cause=cause)
    stage, code, told = outcome(ending, "validation")
    assert (stage, code) == ("validation", "VALIDATION_FAILED")
    assert told.startswith(message)


SAID = (
    "An error occurred (AccessDenied) when calling the PutObject operation: User: arn:aws:sts::123456789012:"
    "assumed-role/ReconciliationGlueRole/GlueJobRunnerSession is not authorized to perform: s3:PutObject on "
    'resource: "arn:aws:s3:::reconciliation-intermediate/x" because no identity-based policy allows the '
    "s3:PutObject action"
)
"""As S3 says it (IAM's guide, troubleshoot_access-denied)."""


@pytest.mark.parametrize(
    "cause",
    [
        {"JobRunState": "FAILED", "ErrorMessage": f"{PREFIX}botocore.exceptions.ClientError: {SAID}"},
        {"JobRunState": "FAILED", "ErrorMessage": f"{PREFIX}glue_jobs.spark.TaskFailed: botocore: {SAID}"},
        {"errorType": "ClientError", "errorMessage": SAID},
        {"errorType": "ClientError", "errorMessage": SAID.replace('"', "")},
    ],
)
def test_a_right_that_lacks_is_named_in_a_sentence(cause: dict[str, str]) -> None:
    ending = Ending(
        execution_arn="e", started=datetime.now(UTC), error="States.TaskFailed", cause=json.dumps(cause)
    )
    assert outcome(ending, "validation")[1:] == (
        "VALIDATION_FAILED",
        "a AWS recusou (AccessDenied): ReconciliationGlueRole não tem o direito s3:PutObject em"
        " arn:aws:s3:::reconciliation-intermediate/x, ou uma política o nega",
    )


def test_a_right_that_the_machine_lacks_is_named_as_well() -> None:
    """As Step Functions tells what a service refuses: in a cause that is no JSON, under another code."""
    who = "User: arn:aws:sts::123456789012:assumed-role/reconciliation-state-machine/x is not authorized"
    function = "arn:aws:lambda:sa-east-1:123456789012:function:reconciliation-prepare-run"
    cause = f"{who} to perform: lambda:InvokeFunction on resource: {function} because (Service: Lambda)"
    ending = Ending(
        execution_arn="e", started=datetime.now(UTC), error="Lambda.AWSLambdaException", cause=cause
    )
    assert outcome(ending, "validation")[2] == (
        "a AWS recusou (AccessDenied): reconciliation-state-machine não tem o direito lambda:InvokeFunction"
        f" em {function}, ou uma política o nega"
    )


def test_a_run_that_says_nothing_at_all() -> None:
    ending = Ending(
        execution_arn="e",
        started=datetime.now(UTC),
        error="States.TaskFailed",
        cause='{"JobRunState": "FAILED"}',
    )
    assert outcome(ending, "output")[1:] == ("OUTPUT_FAILED", "o job terminou sem sucesso e sem mensagem")
