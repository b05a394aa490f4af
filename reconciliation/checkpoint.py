"""The checkpoint: what a stopped run left behind, and whether a resume may go on from it.

Source: runbook 2.2 ("Estrutura esperada do checkpoint"); interface document, "Intermediate and checkpoint".
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from reconciliation.bounded_json import JsonRefused, parse_object
from reconciliation.config import Rules
from reconciliation.documents.checkpoint import (
    Checkpoint,
    CheckpointInput,
    ErrorDetails,
    IntermediateData,
    Partitions,
    Progress,
    Status,
)
from reconciliation.documents.job_record import JobRecord
from reconciliation.documents.typed import utc
from reconciliation.documents.validation_report import ValidationReport
from reconciliation.errors import ReconciliationError, Stage, error
from reconciliation.layout import RunPaths


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
    rules: Rules | None = None
    """The plan's; None where there is none."""

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


def progress(evidence: Evidence) -> Progress:
    """Lines done and pending, and the supplier of the last line of the newest committed partition."""
    report = evidence.validation
    done = [report.parts[partition] for partition in evidence.done] if report else []
    processed = report.settled + sum(part.lines for part in done) if report else 0
    last = next((part.last_supplier for part in reversed(done) if part.last_supplier), None)
    total = evidence.total_lines
    return Progress(
        total_lines=total,
        processed_lines=processed if total is not None else None,
        pending_lines=total - processed if total is not None else None,
        last_processed_partition=f"fornecedor_{last}" if last else None,
    )


def build(  # noqa: PLR0913 - the checkpoint's own facts, each by name
    evidence: Evidence,
    *,
    record: JobRecord,
    attempt: int,
    started: datetime,
    ended: datetime,
    status: Status,
    why: ErrorDetails,
    rules: Rules,
    location: str,
) -> Checkpoint:
    """The checkpoint of that attempt, from what S3 holds of it; `location` is the job's folder.

    `rules` are those that hold now: the run's own are its plan's, where there is one.
    """
    largest = max((part.lines for part in evidence.validation.parts), default=0) if evidence.validation else 0
    paths = evidence.paths
    return Checkpoint(
        job_id=record.job_id,
        attempt=attempt,
        start_time=utc(started),
        end_time=utc(ended),
        status=status,
        progress=progress(evidence),
        checkpoint_location=location,
        intermediate_data=IntermediateData(
            validated_data=str(paths.validated) if paths and evidence.validation is not None else None,
            base_data=str(paths.base) if paths and evidence.base_committed else None,
            partial_reconciliation=str(paths.partial) if paths and evidence.done else None,
            divergences=str(paths.divergences) if paths and evidence.divergences_committed else None,
        ),
        error_details=why,
        input=CheckpointInput(s3_key=record.s3_key, version_id=record.version_id, sha256=evidence.sha256),
        rules_sha256=(evidence.rules or rules).partitioned_as(rules).sha256,
        fingerprint=evidence.fingerprint,
        partitions=Partitions(total=evidence.partitions, done=len(evidence.done), largest_lines=largest),
    )


def digest(body: bytes) -> str:
    """What the job's note keeps of its checkpoint: any change to it is noticed."""
    return hashlib.sha256(body).hexdigest()


def check(body: bytes, *, record: JobRecord, rules: Rules) -> Checkpoint:
    """A checkpoint that a resume may go on from. Raises CHECKPOINT_REFUSED with the reason.

    `record` is our own note of the job (`job.json`): the checkpoint must tell the same story, and be the very
    bytes that CloseRun wrote.
    """
    try:
        kept = Checkpoint.from_dict(parse_object(body))
    except JsonRefused as exc:
        raise error("CHECKPOINT_REFUSED", f"o checkpoint {exc}") from exc
    except ValueError as exc:
        raise error("CHECKPOINT_REFUSED", str(exc)) from exc
    if (kept.job_id, kept.attempt, kept.fingerprint) != (record.job_id, record.attempts, record.fingerprint):
        raise error("CHECKPOINT_REFUSED", "o checkpoint não é o da última tentativa deste job")
    if (kept.input.s3_key, kept.input.version_id) != (record.s3_key, record.version_id):
        raise error("CHECKPOINT_REFUSED", "o checkpoint é de outro arquivo ou de outra versão dele")
    if kept.rules_sha256 != rules.sha256:
        raise _other_rules()
    if digest(body) != record.checkpoint_sha256:
        raise error("CHECKPOINT_REFUSED", "o checkpoint foi alterado depois de gravado")
    return kept


def check_rules(planned: Rules, rules: Rules) -> None:
    """Raises CHECKPOINT_REFUSED where the plan's rules are not those that hold now."""
    if planned.partitioned_as(rules) != rules:
        raise _other_rules()


def _other_rules() -> ReconciliationError:
    return error("CHECKPOINT_REFUSED", "as regras de conciliação mudaram; reprocesse do início")


def timeout_message(deadline_s: int) -> str:
    """The runbook's sentence, with the real limit."""
    whole_minutes, rest_s = divmod(deadline_s, 60)
    count, unit = (deadline_s, "segundo") if rest_s else (whole_minutes, "minuto")
    return f"Processamento excedeu {count} {unit}{'s' if count > 1 else ''}"


def check_record(record: JobRecord, job_id: str) -> None:
    """Raises CHECKPOINT_REFUSED where it is no note of that job, once the job was tried."""
    if record.job_id != job_id or record.lineage is None:
        raise error("CHECKPOINT_REFUSED", f"a anotação de {job_id} (job.json) foi alterada")
