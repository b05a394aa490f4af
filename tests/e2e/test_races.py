"""Many at once for one day: one winner, and nobody publishes twice."""

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from benchmarks.contestants import Ours
from benchmarks.day import write
from local import results, verify
from local.generated_day import GeneratedDay
from tests.e2e.conftest import Operator

pytestmark = pytest.mark.stack
DAY = GeneratedDay(1_000, date(2026, 8, 3))


def test_twenty_starts_at_once_have_one_winner(operator: Operator) -> None:
    body = operator.load(DAY)
    before = operator.executions()
    operator.upload("2026-08-03/input.csv", body)
    first = operator.newest(before + 1)
    with ThreadPoolExecutor(20) as pool:
        others = list(pool.map(lambda _: operator.start({"s3_key": "2026-08-03/input.csv"}), range(20)))
    ends = [operator.end_of(arn) for arn in [first, *others]]
    told = Counter(json.loads(end.get("output") or "{}").get("status", end["status"]) for end in ends)
    assert told["SUCCEEDED"] == 1, told
    assert told["DUPLICATE"] + told["ALREADY_PUBLISHED"] == 20, told
    found = results.published(operator.client("s3"), DAY.reference_date)
    assert verify.mistakes(found.frame, found.summary, DAY.expected(), DAY.reference_date) == []
    assert len(operator.versions("reconciliation-output", "2026-08-03/divergencias.parquet")) == 1
    assert len(operator.on_slack(found.summary["job_id"])) == 1


def test_the_same_event_fifty_times_starts_one_execution(operator: Operator) -> None:
    before = operator.executions()
    operator.upload("2026-08-04/input.csv", b"no header\n")
    arn = operator.newest(before + 1)
    given = json.loads(operator.end_of(arn)["input"])
    record = {"s3": {"object": {"key": given["s3_key"], "versionId": given["version_id"]}}}
    event = json.dumps({"Records": [record]}).encode()

    def deliver(_: int) -> str:
        answer = operator.client("lambda").invoke(FunctionName="reconciliation-trigger", Payload=event)
        return str(json.loads(answer["Payload"].read())["started"][0])

    with ThreadPoolExecutor(10) as pool:
        names = set(pool.map(deliver, range(50)))
    assert names == {arn.rsplit(":", 1)[1]}
    assert operator.executions() == before + 1


def test_the_benchmark_repeats_the_jobs_of_that_day(operator: Operator) -> None:
    """It looks itself at what they publish."""
    files = write(DAY, operator.folder / "day")
    span = Ours(operator.stack, DAY, files).work()
    assert {"validation_s", "reconciliation_s", "output_s", "session_s"} <= span.parts.keys()
