"""`checkpoint.json`: what an attempt left behind that ended without success.

Source: runbook 2.2 ("Estrutura esperada do checkpoint"); interface document, "Intermediate and checkpoint".
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import ClassVar, Literal

from reconciliation.documents.typed import Document
from reconciliation.errors import Code, Stage

Status = Literal["TIMEOUT", "FAILED", "ABORTED"]


@dataclass(frozen=True, kw_only=True)
class Progress:
    """Lines of the file; None where it could not be read."""

    total_lines: int | None
    processed_lines: int | None
    pending_lines: int | None
    last_processed_partition: str | None
    """`fornecedor_<id>`, of the last line of the newest committed partition."""


@dataclass(frozen=True, kw_only=True)
class IntermediateData:
    """s3 URIs of what was committed; None where nothing was."""

    validated_data: str | None
    base_data: str | None
    partial_reconciliation: str | None
    divergences: str | None


@dataclass(frozen=True, kw_only=True)
class ErrorDetails:
    """Why the attempt ended, and the first stage without committed output."""

    error_type: Code
    message: str
    stage: Stage


@dataclass(frozen=True, kw_only=True)
class CheckpointInput:
    """The version; `sha256` is None where the file was not inspected."""

    s3_key: str
    version_id: str
    sha256: str | None


@dataclass(frozen=True, kw_only=True)
class Partitions:
    """`largest_lines` are the valid keys of the largest one."""

    total: int
    done: int
    largest_lines: int


@dataclass(frozen=True, kw_only=True)
class Checkpoint(Document):
    """Times are of this attempt, `YYYY-MM-DDTHH:MM:SSZ`."""

    others: ClassVar[Collection[str] | None] = None
    """A newer deployment's, which was taken back: its bytes are held against their digest anyway."""

    job_id: str
    attempt: int
    status: str
    """One of Status where we built it; what is read may be another deployment's."""
    start_time: str
    end_time: str
    progress: Progress
    checkpoint_location: str
    """The job's folder."""
    intermediate_data: IntermediateData
    error_details: ErrorDetails
    input: CheckpointInput
    rules_sha256: str
    partitions: Partitions
    fingerprint: str | None
