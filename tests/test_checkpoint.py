"""The checkpoint tells the truth at every stage, and a resume believes only its own."""

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from reconciliation.checkpoint import Evidence, build, check, digest, progress, timeout_message
from reconciliation.config import Rules
from reconciliation.documents.checkpoint import ErrorDetails
from reconciliation.documents.job_record import JobRecord
from reconciliation.documents.validation_report import ValidationReport
from reconciliation.errors import ReconciliationError
from reconciliation.layout import Location, RunPaths
from reconciliation.objects import to_json
from tests import documents

PATHS = RunPaths(**{item.name: Location("b", item.name) for item in fields(RunPaths)})
VALIDATION = ValidationReport.from_dict(
    {
        **documents.report(40, 55), "data_lines": 100, "rejected": 3, "identical_duplicates": 2,
        "parts": [{"lines": 40, "last_supplier": "A"}, {"lines": 55, "last_supplier": "B"}],
    }
)  # fmt: skip
RULES = Rules()
RECORD = JobRecord(job_id="J", attempts=1, s3_key="k", version_id="v", fingerprint="f")


@pytest.mark.parametrize(
    ("found", "stage", "numbers"),
    [
        (Evidence(), "validation", (None, None, None, None)),
        (Evidence(total_lines=100), "validation", (100, 0, 100, None)),
        (Evidence(total_lines=100, validation=VALIDATION), "reconciliation", (100, 5, 95, None)),
        (Evidence(total_lines=100, validation=VALIDATION, done=(1,)), "reconciliation",
         (100, 60, 40, "fornecedor_B")),
        (Evidence(total_lines=100, validation=VALIDATION, done=(1, 0), divergences_committed=True), "output",
         (100, 100, 0, "fornecedor_A")),
    ],
)  # fmt: skip
def test_numbers_are_true_at_every_stage(found: Evidence, stage: str, numbers: tuple[Any, ...]) -> None:
    assert found.stage == stage
    assert tuple(vars(progress(found)).values()) == numbers


def refusal(given: object, body: bytes | None = None) -> str:
    """The reason for which it is refused, where the job's note has this checkpoint's digest."""
    body = to_json(given) if body is None else body
    with pytest.raises(ReconciliationError) as refused:
        check(body, record=replace(RECORD, checkpoint_sha256=digest(body)), rules=RULES)
    assert refused.value.code == "CHECKPOINT_REFUSED"
    return str(refused.value)


def built(found: Evidence) -> dict[str, Any]:
    return build(
        found,
        record=RECORD,
        attempt=1,
        started=datetime(2026, 2, 16, 7, 0, tzinfo=UTC),
        ended=datetime(2026, 2, 16, 7, 20, tzinfo=UTC),
        status="TIMEOUT",
        why=ErrorDetails(error_type="TIMEOUT", message=timeout_message(1200), stage=found.stage),
        rules=RULES,
        location="s3://c/J/",
    ).to_dict()


def test_the_runbooks_structure() -> None:
    found = Evidence(
        total_lines=100, validation=VALIDATION, done=(0,), partitions=2, paths=PATHS, fingerprint="f"
    )
    checkpoint = built(found)
    assert checkpoint["intermediate_data"] == {
        "validated_data": "s3://b/validated",
        "base_data": None,
        "partial_reconciliation": "s3://b/partial",
        "divergences": None,
    }
    assert checkpoint["error_details"] == {
        "error_type": "TIMEOUT",
        "message": "Processamento excedeu 20 minutos",
        "stage": "reconciliation",
    }
    assert (checkpoint["start_time"], checkpoint["end_time"]) == (
        "2026-02-16T07:00:00Z",
        "2026-02-16T07:20:00Z",
    )
    assert checkpoint["partitions"] == {"total": 2, "done": 1, "largest_lines": 55}
    body = to_json(checkpoint)
    record = replace(RECORD, checkpoint_sha256=digest(body))
    assert check(body, record=record, rules=RULES).to_dict() == checkpoint
    with pytest.raises(ReconciliationError, match="alterado depois de gravado"):
        check(body + b"\n", record=record, rules=RULES)


@pytest.mark.parametrize(
    "forged",
    [
        {"job_id": "K"}, {"attempt": 2}, {"fingerprint": "g"}, {"rules_sha256": "s"}, {"progress": None},
        {"input": {"s3_key": "k", "version_id": "w", "sha256": None}}, {"input": {}}, {"start_time": 7},
    ],
)  # fmt: skip
def test_another_story_is_refused(forged: dict[str, Any]) -> None:
    checkpoint = built(Evidence(total_lines=1, fingerprint="f"))
    assert "alterado depois" not in refusal({**checkpoint, **forged})


@pytest.mark.parametrize("name", ["job_id", "fingerprint", "input", "rules_sha256", "progress", "partitions"])
def test_a_truncated_one_is_refused(name: str) -> None:
    checkpoint = built(Evidence(total_lines=1, fingerprint="f"))
    del checkpoint[name]
    assert "alterado depois" not in refusal(checkpoint)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b"null"])
def test_what_is_no_checkpoint_is_refused(body: bytes) -> None:
    assert "JSON" in refusal(None, body)


def test_the_limit_in_words() -> None:
    assert timeout_message(90) == "Processamento excedeu 90 segundos"
    assert timeout_message(60) == "Processamento excedeu 1 minuto"
