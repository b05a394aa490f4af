"""The checkpoint: what a stopped run left behind, and whether a resume may go on from it.

Source: runbook 2.2 ("Estrutura esperada do checkpoint"); interface document, "Intermediate and checkpoint".
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reconciliation.bounded_json import JsonRefused, parse_object
from reconciliation.documents.job_record import JobRecord
from reconciliation.documents.typed import utc
from reconciliation.documents.validation_report import ValidationReport
from reconciliation.errors import Code, Stage, error
from reconciliation.layout import RunPaths

_FIELDS = {
    "job_id": str, "attempt": int, "status": str, "start_time": str, "end_time": str, "progress": dict,
    "checkpoint_location": str, "intermediate_data": dict, "error_details": dict, "input": dict,
    "rules_sha256": str, "partitions": dict,
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What S3 holds of a run, gathered after its jobs have stopped."""

    total_lines: int | None = None
    """Data lines of the file; None where it could not be read."""
    partitions: int = 0
    validation: ValidationReport | None = None
    """`validation.json`: the commit of the validation stage."""
    base_committed: bool = False
    done: tuple[int, ...] = ()
    """Committed partitions, oldest first."""
    divergences_committed: bool = False
    paths: RunPaths | None = None
    sha256: str | None = None
    fingerprint: str | None = None

    @property
    def stage(self) -> Stage:
        """The first stage without committed output."""
        if self.validation is None:
            return "validation"
        return "output" if self.divergences_committed else "reconciliation"


def checked_report(given: object, partitions: int) -> ValidationReport:
    """`validation.json`, where it is of a plan with that many partitions. Raises ValueError."""
    try:
        report = ValidationReport.from_dict(given)
    except ValueError as exc:
        raise ValueError(f"validation.json: {exc}") from exc
    if len(report.parts) != partitions:
        raise ValueError(f"validation.json não é de um plano de {partitions} partições")
    return report


def progress(found: Evidence) -> dict[str, Any]:
    """Lines done and pending, and the supplier of the last line of the newest committed partition."""
    processed, last = 0, None
    if found.validation is not None:
        parts = found.validation.parts
        processed = found.validation.settled + sum(parts[partition].lines for partition in found.done)
        suppliers = [parts[partition].last_supplier for partition in found.done]
        last = next((supplier for supplier in reversed(suppliers) if supplier), None)
    total = found.total_lines
    return {
        "total_lines": total,
        "processed_lines": processed if total is not None else None,
        "pending_lines": total - processed if total is not None else None,
        "last_processed_partition": f"fornecedor_{last}" if last else None,
    }


def build(  # noqa: PLR0913 - the checkpoint's own facts, each by name
    found: Evidence,
    *,
    run: dict[str, Any],
    status: str,
    code: Code,
    message: str,
    stage: Stage,
    rules_sha256: str,
    location: str,
    end_time: datetime,
) -> dict[str, Any]:
    """The checkpoint's content. `run` is the run document; times are UTC."""
    largest = max((part.lines for part in found.validation.parts), default=0) if found.validation else 0
    paths = found.paths
    return {
        "job_id": run["job_id"],
        "attempt": run["attempt"],
        "start_time": run["started_at"],
        "end_time": utc(end_time),
        "status": status,
        "progress": progress(found),
        "checkpoint_location": location,
        "intermediate_data": {
            "validated_data": str(paths.validated) if paths and found.validation is not None else None,
            "base_data": str(paths.base) if paths and found.base_committed else None,
            "partial_reconciliation": str(paths.partial) if paths and found.done else None,
            "divergences": str(paths.divergences) if paths and found.divergences_committed else None,
        },
        "error_details": {"error_type": code, "message": message, "stage": stage},
        "input": {**{name: run["input"][name] for name in ("s3_key", "version_id")}, "sha256": found.sha256},
        "rules_sha256": rules_sha256,
        "fingerprint": found.fingerprint,
        "partitions": {"total": found.partitions, "done": len(found.done), "largest_lines": largest},
    }


def digest(body: bytes) -> str:
    """What the job's note keeps of its checkpoint: any change to it is noticed."""
    return hashlib.sha256(body).hexdigest()


def check(body: bytes, *, record: JobRecord, rules_sha256: str) -> dict[str, Any]:
    """A checkpoint that a resume may go on from. Raises CHECKPOINT_REFUSED with the reason.

    `record` is our own note of the job (`job.json`): the checkpoint must tell the same story, and be the very
    bytes that CloseRun wrote.
    """
    try:
        given = parse_object(body)
    except JsonRefused as exc:
        raise error("CHECKPOINT_REFUSED", f"o checkpoint {exc}") from exc
    for name, kind in _FIELDS.items():
        if not isinstance(given.get(name), kind):
            raise error("CHECKPOINT_REFUSED", f"o campo {name} falta ou não é {kind.__name__}")
    told = (given["job_id"], given["attempt"], given.get("fingerprint"))
    if told != (record.job_id, record.attempts, record.fingerprint):
        raise error("CHECKPOINT_REFUSED", "o checkpoint não é o da última tentativa deste job")
    if (given["input"].get("s3_key"), given["input"].get("version_id")) != (
        record.s3_key,
        record.version_id,
    ):
        raise error("CHECKPOINT_REFUSED", "o checkpoint é de outro arquivo ou de outra versão dele")
    if given["rules_sha256"] != rules_sha256:
        raise error("CHECKPOINT_REFUSED", "as regras de conciliação mudaram; reprocesse com force_reprocess")
    if digest(body) != record.checkpoint_sha256:
        raise error("CHECKPOINT_REFUSED", "o checkpoint foi alterado depois de gravado")
    return given


def timeout_message(deadline_s: int) -> str:
    """The runbook's sentence, with the real limit."""
    whole_minutes, rest_s = divmod(deadline_s, 60)
    count, unit = (deadline_s, "segundo") if rest_s else (whole_minutes, "minuto")
    limit = f"{count} {unit}{'s' if count > 1 else ''}"
    return f"Processamento excedeu {limit}"


def check_record(record: JobRecord, job_id: str) -> None:
    """Raises CHECKPOINT_REFUSED where it is no note of that job, once the job was tried."""
    if record.job_id != job_id or record.lineage is None:
        raise error("CHECKPOINT_REFUSED", f"a anotação de {job_id} (job.json) foi alterada")
