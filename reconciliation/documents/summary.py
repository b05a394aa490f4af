"""The summary of a reconciled day: `summary.json` as it is ready, `resumo.json` as it is published."""

from dataclasses import dataclass, field, replace
from typing import ClassVar, Self

from reconciliation.documents.snapshot import BaseFacts
from reconciliation.documents.typed import Document
from reconciliation.line import BLANK_ROW
from reconciliation.run import Attempt


@dataclass(frozen=True, kw_only=True)
class FileIdentity:
    """The version that was reconciled, and its bytes' digest in hex digits."""

    s3_key: str
    version_id: str
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Lines:
    """The control totals in lines, keys and rows."""

    data_lines: int
    rejected: int
    identical_duplicates: int
    valid_keys: int
    equal: int
    tipo_1: int
    tipo_2: int
    tipo_3: int
    base_in_scope: int


@dataclass(frozen=True, kw_only=True)
class Cents:
    """The control totals in whole cents, of all rows in scope; `difference` is file − base."""

    file: int
    base: int
    difference: int


@dataclass(frozen=True, kw_only=True)
class ControlTotals:
    """The totals in both, as `totals.Totals` has checked them."""

    lines: Lines
    cents: Cents


@dataclass(frozen=True, kw_only=True)
class TopSupplier:
    """One of those with the most divergences."""

    fornecedor_id: str
    divergences: int


@dataclass(frozen=True, kw_only=True)
class SupplierCounts:
    """Counts of the file's good keys and refused lines, and of the base's rows in scope; money in cents."""

    file_keys: int
    file_cents: int
    refused_lines: int
    base_rows: int
    base_cents: int


@dataclass(frozen=True, kw_only=True)
class Supplier(SupplierCounts):
    """ "" are rows of the base without one."""

    fornecedor_id: str

    @property
    def file_lines(self) -> int:
        """A supplier of the file has one at least."""
        return self.file_keys + self.refused_lines


@dataclass(frozen=True, kw_only=True)
class SuppliersLeftOut(SupplierCounts):
    """Those that are only counted."""

    suppliers: int


@dataclass(frozen=True, kw_only=True)
class AbsentSupplier:
    """One of the base without one line in the file."""

    fornecedor_id: str
    base_rows: int
    base_cents: int


@dataclass(frozen=True, kw_only=True)
class AbsentSuppliers:
    """All of these in the sums, the largest by name."""

    suppliers: int
    base_rows: int
    base_cents: int
    largest: tuple[AbsentSupplier, ...]


@dataclass(frozen=True, kw_only=True)
class Cause:
    """A probable cause: what holds, its figures, and what to do, as sentences in Portuguese."""

    code: str
    sentence: str
    evidence: str
    action: str


@dataclass(frozen=True, kw_only=True)
class SummaryDraft(Document):
    """The summary as the reconciliation job leaves it: all but what publishing and the run's end add.

    What may be absent is what a day does not have that was published before it was written. What is not known
    here is a newer deployment's, which was taken back.
    """

    others: ClassVar[None] = None

    job_id: str
    status: str
    """SUCCEEDED."""
    day: str
    input: FileIdentity
    rules: dict[str, object]
    """The rules as that run had them: another deployment may have others."""
    rules_sha256: str
    fingerprint: str
    totals: ControlTotals
    rejects_by_code: dict[str, int]
    warnings: dict[str, int]
    divergence_rate_percent: float
    """Divergences of all keys, with four decimals."""
    types: dict[str, int]
    motives: dict[str, int]
    top_suppliers: tuple[TopSupplier, ...]
    seconds_by_stage: dict[str, float] = field(default_factory=dict)
    """The run's own seconds are `total`. There are none until its end."""
    base: BaseFacts | None = None
    suppliers: tuple[Supplier, ...] | None = None
    """At most 1,000, those with the most lines and rows first; names by their first 255 characters."""
    suppliers_left_out: SuppliersLeftOut | None = None
    suppliers_absent: AbsentSuppliers | None = None
    value_by_type_cents: dict[str, int] | None = None
    """Gross, the sum of the amounts of `diferenca_valor`: plus and minus do not hide each other."""
    causes: tuple[Cause, ...] | None = None
    """The first to look at first; none where nothing stands out."""

    @property
    def refused_of_nobody(self) -> int:
        """Refused lines of which nobody can read whose they are; blank ones are nobody's."""
        known = [*(self.suppliers or ()), *([self.suppliers_left_out] if self.suppliers_left_out else [])]
        blank = self.rejects_by_code.get(BLANK_ROW, 0)
        return self.totals.lines.rejected - blank - sum(counts.refused_lines for counts in known)

    def published(self, attempt: int, etag: str) -> "Summary":
        """The summary of what that attempt published, which has that ETag."""
        return Summary(**vars(self), attempt=attempt, published_etag=etag)


@dataclass(frozen=True, kw_only=True)
class Summary(SummaryDraft):
    """The summary as it stands published."""

    attempt: int
    published_etag: str

    @property
    def who(self) -> Attempt:
        return Attempt(self.job_id, self.attempt)

    def completed(self, seconds_by_stage: dict[str, float]) -> Self:
        """The summary as it is from the run's end on."""
        return replace(self, seconds_by_stage=seconds_by_stage)
