"""S3 as it sometimes is: it answers 500, 503 and 409, drops a reply once it has written, cuts a body."""

from datetime import date

import pytest

from local.generated_day import GeneratedDay
from tests.faults.invariants import a_reader, watched
from tests.faults.stack import OUTPUT, Hurt

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


def test_a_run_survives_errors_and_lost_replies(hurt: Hurt) -> None:
    day = GeneratedDay(2_000, date(2026, 5, 6))
    key = hurt.put(day)
    seen = watched(hurt, day)
    rules = [{"service": "s3", "do": "drop", "target": target, "times": 2} for target in LOST_REPLIES]
    rules += [{"service": "s3", "target": target, **IN_CONFLICT} for target in LOST_REPLIES]
    rules += [{"service": "s3", "do": "cut", "target": target, "times": 3} for target in CUT_SHORT]
    for status, target in ((503, "GET"), (500, "PUT"), (503, "HEAD")):
        rules.append({"service": "s3", "do": "answer", "status": status, "target": target, "every": 5})
    with hurt.faults(*rules) as met, a_reader(seen):
        ended = seen.start({"s3_key": key})
        hits = met()
    assert ended["status"] == "SUCCEEDED", ended
    assert all(hits), f"every fault was met: {hits}"
    assert seen.breaches(published=True) == []
    for key in (seen.key, f"resumos/{day.reference_date}/resumo.json"):
        written = len(hurt.versions(OUTPUT, key))
        assert written == (2 if "resumo" in key else 1), f"{key}: the repeated write wrote once"
