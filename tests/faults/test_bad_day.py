"""A day on which AWS is as it sometimes is, everywhere at once: the run goes on, and its answer is right.

S3 answers 500, 503 and 409, drops a reply once it has written, cuts a body, says nothing to PrepareRun; Glue
throttles a start, and drops the reply to the next; Step Functions does not know yet what it started; SNS
takes no accents.
"""

import json
from datetime import date
from typing import Any

import pytest

from local.generated_day import GeneratedDay
from tests.faults.invariants import watched
from tests.faults.reader import a_reader
from tests.faults.stack import OUTPUT, Hurt
from tests.waiting import eventually

pytestmark = pytest.mark.stack
LOST_REPLIES = (  # every conditional write of the run, and of the run's end
    r"PUT /reconciliation-checkpoints/days/",
    r"PUT /reconciliation-output/.*/divergencias\.parquet",
    r"PUT /reconciliation-output/(rejeitos|resumos)/",
    r"PUT /reconciliation-intermediate/.*part-0000[0-2]\.parquet",
    r"PUT /reconciliation-intermediate/.*(validation|snapshot|summary)\.json",
    r"PUT /reconciliation-intermediate/.*divergences\.parquet",
)
CUT_SHORT = (  # what the functions read, and what the jobs do
    r"GET /reconciliation-ingress/",
    r"GET /reconciliation-checkpoints/(days|checkpoints)/",
    r"GET /reconciliation-intermediate/.*\.(json|parquet)",
)
IN_CONFLICT = {
    "do": "answer", "status": 409, "times": 1,
    "body": "<Error><Code>ConditionalRequestConflict</Code><Message>conflicting</Message></Error>",
}  # fmt: skip
THROTTLED = {
    "service": "glue", "do": "answer", "status": 400, "target": "StartJobRun", "times": 1,
    "body": json.dumps({"__type": "ThrottlingException", "message": "Rate exceeded"}),
}  # fmt: skip
LOST_START = {"service": "glue", "do": "drop", "target": "StartJobRun", "times": 1}
"""The next one's answer: the validation runs twice at once."""
SILENT = {  # a socket on which nothing ever comes
    "service": "s3", "do": "ignore", "times": 1, "target": "GET /reconciliation-checkpoints/days/.*_Lambda",
}  # fmt: skip
UNKNOWN_YET = {  # to whoever asks from a function: DescribeExecution is eventually consistent
    "service": "states", "do": "answer", "status": 400, "target": "DescribeExecution.*AWS_Lambda", "times": 2,
    "body": json.dumps({"__type": "ExecutionDoesNotExist", "message": "Execution Does Not Exist"}),
}  # fmt: skip
NO_ACCENTS = {
    "service": "sns", "do": "answer", "status": 400, "target": r"Subject=[^&]*%[89A-F]",
    "body": "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidParameter</Code>"
    "<Message>Invalid parameter: Subject</Message></Error></ErrorResponse>",
}  # fmt: skip


def s3() -> list[dict[str, Any]]:
    rules: list[dict[str, Any]] = [{"do": "drop", "target": target, "times": 2} for target in LOST_REPLIES]
    rules += [{"target": target, **IN_CONFLICT} for target in LOST_REPLIES]
    rules += [{"do": "cut", "target": target, "times": 3} for target in CUT_SHORT]
    for status, code, target in ((503, "SlowDown", "GET"), (500, "InternalError", "PUT"), (503, "", "HEAD")):
        body = f"<Error><Code>{code}</Code><Message>again</Message></Error>" if code else ""
        rules.append({"do": "answer", "status": status, "body": body, "target": target, "every": 5})
    return [{"service": "s3", **rule} for rule in rules]


def test_a_run_survives_all_of_it(hurt: Hurt) -> None:
    """And a second upload of the same version, seconds later, takes the day from nobody."""
    day = GeneratedDay(2_000, date(2026, 5, 6))
    key = hurt.put(day)
    seen = watched(hurt, day)
    with hurt.faults(THROTTLED, LOST_START, SILENT, UNKNOWN_YET, NO_ACCENTS, *s3()) as met, a_reader(seen):
        seen.executions += [hurt.start({"s3_key": key}) for _ in range(2)]
        eventually(lambda: met()[3], 60)
        ends = [hurt.end_of(arn) for arn in seen.executions]
        hits = met()
    assert [end["status"] for end in ends] == ["SUCCEEDED"] * 2, ends
    told = {end["status"]: end["job_id"] for end in (json.loads(end["output"]) for end in ends)}
    assert set(told) == {"SUCCEEDED", "DUPLICATE"}
    assert all(hits), f"every fault was met: {hits}"
    failures = [event.get("taskFailedEventDetails") for arn in seen.executions for event in hurt.history(arn)]
    errors = [failure["error"] for failure in failures if failure]
    for error in ("Glue.AWSGlueException", "Glue.SdkClientException"):
        assert errors.count(error) == 1
        errors.remove(error)
    assert set(errors) <= {"S3.S3Exception"}, "the timer's own write may fail, too"
    assert seen.breaches(published=True) == []
    for key in (seen.key, f"resumos/{day.reference_date}/resumo.json"):
        written = len(hurt.versions(OUTPUT, key))
        assert written == (2 if "resumo" in key else 1), f"{key}: the repeated write wrote once"
    mails = [alert for alert in hurt.alerts(told["SUCCEEDED"]) if alert["canal"] == "email"]
    assert [alert["assunto"] for alert in mails if not alert["assunto"].isascii()] == []
    assert mails
    assert not any(alert["corpo"].isascii() for alert in mails), "the text keeps its accents"
