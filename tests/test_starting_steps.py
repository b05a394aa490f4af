"""What an alert starts again: its own file in its own version, its own run, or the file sent for it."""

from typing import Any

import pytest

from reconciliation.event import Standing
from tests.events import CHECKPOINT, CODES, commands_of, given_of

STANDS = Standing(is_published=True)


OWN = '"s3_key": "2026-02-16/input.csv"'
FROM_THE_FILE = {
    "ABNORMAL_RATE", "CHECKPOINT_REFUSED", "DAY_BUSY", "INVALID_INPUT", "LOCK_LOST", "NEEDS_FORCE",
    "VALIDATION_FAILED", "VALIDATION_TIMEOUT",
}  # fmt: skip
"""The codes whose steps start the file itself; those that resume do so where there is no checkpoint."""


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("facts", [{"standing": STANDS}, {"checkpoint_location": None}])
def test_the_same_file_is_started_in_the_version_that_the_alert_is_about(
    code: str, facts: dict[str, Any]
) -> None:
    """By its key alone the newest is meant: a later one, that was refused, would be published."""
    resumes = any("reprocess_from_checkpoint" in each for each in commands_of(code))
    started = [given_of(each) for each in commands_of(code, **facts) if OWN in each and "--input" in each]
    where_nothing_is_published = resumes or code == "UNBALANCED_TOTALS"
    starts = code in FROM_THE_FILE or ("standing" not in facts and where_nothing_is_published)
    assert {given.get("version_id") for given in started} == ({"v1"} if starts else set())


@pytest.mark.parametrize("code", ["ABNORMAL_RATE", "NEEDS_FORCE", "DAY_BUSY"])
def test_where_nobody_knows_the_version_the_newest_is_looked_at_first(code: str) -> None:
    offered = commands_of(code, version_id=None)
    (place,) = (place for place, each in enumerate(offered) if OWN in each)
    forced = {} if code == "DAY_BUSY" else {"force_reprocess": True}
    assert given_of(offered[place]) == {"s3_key": "2026-02-16/input.csv", **forced}
    assert "list-object-versions" in offered[place - 1]
    assert "IsLatest" in offered[place - 1]


def test_a_file_at_fault_is_replaced_by_the_one_that_was_sent_for_it() -> None:
    sent, replaced = (each for each in commands_of("ABNORMAL_RATE") if "corrected.csv" in each)
    assert sent == "aws s3 cp ./corrected.csv s3://reconciliation-ingress-dev/2026-02-16/corrected.csv"
    assert given_of(replaced) == {"s3_key": "2026-02-16/corrected.csv", "force_reprocess": True}


@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("TIMEOUT", {}),
        ("OUT_OF_MEMORY", {"workers": 15, "worker_type": "G.2X"}),
        ("ABORTED", {}),
        ("RDS_UNREACHABLE", {}),
        ("RDS_QUERY_TIMEOUT", {"query_timeout_s": 900}),
        ("OUTPUT_FAILED", {}),
    ],
)
def test_a_stopped_run_goes_on(code: str, more: dict[str, Any]) -> None:
    (command, *_) = (each for each in commands_of(code) if "start-execution" in each)
    assert given_of(command) == {
        "job_id": "JOB-20260216-000001", "checkpoint_location": CHECKPOINT,
        "reprocess_from_checkpoint": True, **more,
    }  # fmt: skip


def test_a_run_whose_note_is_gone_starts_from_the_file_that_the_person_names() -> None:
    *_, last = commands_of("ABORTED", s3_key=None)
    assert last.endswith(r'--input "{\"s3_key\": \"${ARQUIVO:?escreva antes ARQUIVO=AAAA-MM-DD/NOME.csv}\"}"')
