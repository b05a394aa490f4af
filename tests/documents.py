"""A whole example of each document, as the steps write it. Tests change what they are about."""

from typing import Any, Final

from reconciliation.config import Rules
from reconciliation.day import Day
from reconciliation.layout import RunPaths
from reconciliation.plan import Cut, InputFile, Plan

DAY, JOB, KEY = "2026-02-16", "JOB-20260216-000001", "2026-02-16/input.csv"

HELD: Final = Day(
    day=DAY, epoch=1, holder="arn", job_id=JOB, attempt=1, state="RUNNING", fingerprint=None,
    published_etag=None, alert_id=None, alert_sent=False,
)  # fmt: skip
"""By a run whose file was not inspected yet."""
RUN: Final[dict[str, Any]] = {
    "decision": "RUN", "job_id": JOB, "attempt": "2", "day": DAY, "epoch": "3", "lineage": f"{JOB}/1",
    "input": {"bucket": "ingress", "s3_key": KEY, "version_id": "v1"},
    "resumed_plan": f"s3://intermediate/{DAY}/validated.parquet/f/plan.json", "stage": "reconciliation",
    "timer_key": f"{JOB}/timer-2.token", "started_at": "2026-02-16T10:00:00Z", "deadline_s": 1200,
    "remaining_s": 1198, "workers": 10, "worker_type": "G.1X", "base_readers": "1", "partition_lines": None,
    "query_timeout_s": "600", "execution_arn": "arn:aws:states:us-east-1:1:execution:m:e1",
}  # fmt: skip
PLANNED: Final[dict[str, Any]] = {
    **RUN, "fingerprint": "f", "plan": f"s3://intermediate/{DAY}/validated.parquet/f/plan.json",
    "input_path": f"s3://intermediate/{DAY}/divergences.parquet",
    "output_path": f"s3://output/{DAY}/divergencias.parquet",
}  # fmt: skip
NOTE: Final[dict[str, Any]] = {
    "job_id": JOB, "s3_key": KEY, "version_id": "v1", "attempts": 2, "lineage": f"{JOB}/1",
    "replaces": '"e"', "fingerprint": "f", "plan": f"s3://intermediate/{DAY}/validated.parquet/f/plan.json",
    "refused_lines": 7, "checkpoint_sha256": "0" * 64,
}  # fmt: skip
REPORT: Final[dict[str, Any]] = {
    "data_lines": 8, "rejected": 1, "identical_duplicates": 1, "valid_keys": 6, "file_cents": 6300,
    "rejects_by_code": {"E_VALOR": 1}, "warnings": {"DUP_IDENTICAL": 1},
    "parts": [{"lines": 6, "last_supplier": "F1"}, {"lines": 0, "last_supplier": None}],
}  # fmt: skip
BASE: Final[dict[str, Any]] = {
    "engine": "postgres", "readers": 1, "unique_proof": "index", "newest_date": DAY, "padded_keys": "scan",
}  # fmt: skip
SNAPSHOT: Final[dict[str, Any]] = {
    "rows": 6, "base_cents": 6200, "parts": [{"rows": 6}, {"rows": 0}], "warnings": {}, "base": BASE,
}  # fmt: skip
COUNTS: Final = {"file_keys": 6, "file_cents": 6300, "refused_lines": 1, "base_rows": 5, "base_cents": 6100}
DRAFT: Final[dict[str, Any]] = {
    "job_id": JOB, "status": "SUCCEEDED", "day": DAY,
    "input": {"s3_key": KEY, "version_id": "v1", "sha256": "0" * 64},
    "base": BASE, "rules": {"max_lines": 10_000_000, "decimal_separator": "."}, "rules_sha256": "r",
    "fingerprint": "f",
    "totals": {
        "lines": {
            "data_lines": 8, "rejected": 1, "identical_duplicates": 1, "valid_keys": 6, "equal": 4,
            "tipo_1": 1, "tipo_2": 1, "tipo_3": 1, "base_in_scope": 6,
        },
        "cents": {"file": 6300, "base": 6200, "difference": 100},
    },
    "rejects_by_code": {"E_VALOR": 1}, "warnings": {"DUP_IDENTICAL": 1, "SUPPLIER_ABSENT": 1},
    "divergence_rate_percent": 42.8571, "types": {"TIPO_1": 1, "TIPO_2": 1, "TIPO_3": 1},
    "motives": {"AUSENTE": 2, "VALOR": 1}, "top_suppliers": [{"fornecedor_id": "F1", "divergences": 3}],
    "seconds_by_stage": {},
    "suppliers": [{"fornecedor_id": "F1", **COUNTS}],
    "suppliers_left_out": {"suppliers": 0, **dict.fromkeys(COUNTS, 0)},
    "suppliers_absent": {
        "suppliers": 1, "base_rows": 1, "base_cents": 100,
        "largest": [{"fornecedor_id": "F2", "base_rows": 1, "base_cents": 100}],
    },
    "value_by_type_cents": {"TIPO_1": 0, "TIPO_2": 0, "TIPO_3": 5},
    "causes": [{"code": "UM_CAMPO", "sentence": "s", "evidence": "e", "action": "a"}],
}  # fmt: skip
SUMMARY: Final[dict[str, Any]] = {
    **DRAFT, "attempt": 2, "published_etag": '"e"', "seconds_by_stage": {"validation": 4.0, "total": 61.5},
}  # fmt: skip
CHECKPOINT: Final[dict[str, Any]] = {
    "job_id": JOB, "attempt": 2, "status": "TIMEOUT", "start_time": "2026-02-16T10:00:00Z",
    "end_time": "2026-02-16T10:20:00Z",
    "progress": {
        "total_lines": 8, "processed_lines": 2, "pending_lines": 6,
        "last_processed_partition": "fornecedor_F1",
    },
    "checkpoint_location": f"s3://checkpoints/{JOB}/",
    "intermediate_data": {
        "validated_data": "s3://intermediate/v/", "base_data": None, "partial_reconciliation": None,
        "divergences": None,
    },
    "error_details": {"error_type": "TIMEOUT", "message": "m", "stage": "reconciliation"},
    "input": {"s3_key": KEY, "version_id": "v1", "sha256": None}, "rules_sha256": "r",
    "partitions": {"total": 2, "done": 0, "largest_lines": 6}, "fingerprint": None,
}  # fmt: skip
_LATER = ("base", "suppliers", "suppliers_left_out", "suppliers_absent", "value_by_type_cents", "causes")
OLDER_DRAFT: Final = {name: value for name, value in DRAFT.items() if name not in _LATER}
"""Of before the base's facts, the suppliers, the money by type and the causes were kept."""


def report(*lines: int) -> dict[str, Any]:
    """`validation.json` of a file with so many lines a partition, all of them good."""
    parts = [{"lines": count, "last_supplier": "F1" if count else None} for count in lines]
    counts = {"data_lines": sum(lines), "valid_keys": sum(lines), "rejected": 0, "identical_duplicates": 0}
    return {**REPORT, **counts, "rejects_by_code": {}, "warnings": {}, "parts": parts}


PLAN: Final = Plan(
    job_id=JOB, day=DAY, fingerprint="f", lineage="l", rules=Rules(), data_lines=8,
    input=InputFile(bucket="ingress", s3_key=KEY, version_id="v1", sha256="0" * 64, bytes=90),
    partitions=2, warnings={"BOM": 1}, cuts=(Cut(offset=1, length=89, first_line=2),),
    paths=RunPaths.of("intermediate", DAY, "f"),
)  # fmt: skip
