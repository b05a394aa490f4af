"""Who gets the day: every answer of `claim`, as a table."""

from dataclasses import replace
from typing import Any

import pytest

from reconciliation.day import CLOSED, PUBLISHED, PUBLISHING, RUNNING, Day
from reconciliation.documents.job_record import JobRecord
from reconciliation.documents.summary import Summary
from reconciliation.lifecycle.claiming import (
    AlreadyPublished,
    Busy,
    Claim,
    Duplicate,
    LeftHeld,
    LeftUnfinished,
    PublishedDay,
    Take,
    claim,
    may_replace,
    may_wait,
)
from reconciliation.run import FileRequest, ResumeRequest
from tests import documents

OURS, OTHERS = "JOB-20260216-000001", "JOB-20260216-000002"
RECORD = JobRecord(job_id=OURS, s3_key="2026-02-16/input.csv", version_id="v1", attempts=0)
FREE = Day(
    day="2026-02-16", epoch=3, holder=None, job_id=OTHERS, attempt=4, state=CLOSED, fingerprint="f",
    published_etag=None, alert_id=None, alert_sent=False,
)  # fmt: skip
HELD = replace(FREE, holder="execution", state=RUNNING)
UNFINISHED = replace(FREE, state=PUBLISHING)
REPLACEABLE = PublishedDay("etag")
SUMMARY = Summary.from_dict(documents.SUMMARY)
STANDING = PublishedDay("etag", SUMMARY)


@pytest.mark.parametrize(
    ("current", "is_running", "attempts", "published", "expected"),
    [
        (None, False, 0, None, Take(1)),
        (None, False, 0, REPLACEABLE, Take(1)),
        (None, False, 2, None, Take(3)),
        (None, False, 0, STANDING, AlreadyPublished(SUMMARY)),
        (FREE, False, 0, None, Take(1)),
        (FREE, False, 0, REPLACEABLE, Take(1)),
        (FREE, False, 0, STANDING, AlreadyPublished(SUMMARY)),
        (replace(FREE, job_id=OURS), False, 4, None, Take(5)),
        # PrepareRun died between the day and the note: the day knows of one attempt more
        (replace(FREE, job_id=OURS, attempt=5), False, 4, None, Take(6)),
        (replace(FREE, state=PUBLISHED), False, 0, STANDING, AlreadyPublished(SUMMARY)),
        (replace(FREE, state=PUBLISHED), False, 0, REPLACEABLE, Take(1)),
        (HELD, True, 0, None, Busy(HELD)),
        (HELD, True, 0, REPLACEABLE, Busy(HELD)),
        (replace(HELD, state=PUBLISHING), True, 0, None, Busy(replace(HELD, state=PUBLISHING))),
        (replace(HELD, job_id=OURS), True, 0, None, Duplicate(replace(HELD, job_id=OURS))),
        (HELD, False, 0, None, LeftHeld(HELD)),
        (replace(HELD, job_id=OURS), False, 0, None, LeftHeld(replace(HELD, job_id=OURS))),
        (UNFINISHED, False, 0, None, LeftUnfinished(UNFINISHED)),
        (UNFINISHED, False, 0, STANDING, LeftUnfinished(UNFINISHED)),
    ],
)
def test_claim(
    current: Day | None, is_running: bool, attempts: int, published: PublishedDay | None, expected: Claim
) -> None:
    record = replace(RECORD, attempts=attempts)
    assert claim(current, is_running=is_running, record=record, published=published) == expected


@pytest.mark.parametrize(
    ("request_", "replaces", "expected"),
    [
        (FileRequest(s3_key="k"), "etag", False),
        (FileRequest(s3_key="k", force_reprocess=True), None, True),
        (ResumeRequest(job_id=OURS, checkpoint_location=""), "etag", True),
        (ResumeRequest(job_id=OURS, checkpoint_location=""), "earlier", False),
        (ResumeRequest(job_id=OURS, checkpoint_location=""), None, False),
    ],
)
def test_may_replace(request_: Any, replaces: str | None, expected: bool) -> None:
    assert may_replace(request_, replace(RECORD, replaces=replaces), "etag") is expected


def test_only_an_upload_waits() -> None:
    assert may_wait(FileRequest(s3_key="k"))
    assert not may_wait(FileRequest(s3_key="k", force_reprocess=True))
    assert not may_wait(ResumeRequest(job_id=OURS, checkpoint_location=""))
