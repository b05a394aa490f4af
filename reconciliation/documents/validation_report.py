"""`validation.json`, the commit of the validation stage: what the file holds, counted and in cents."""

from dataclasses import dataclass

from reconciliation.documents.typed import Document


@dataclass(frozen=True, kw_only=True)
class ValidatedPart:
    """One partition. `lines` are its valid keys; the supplier is its last line's, None where it has none."""

    lines: int
    last_supplier: str | None


@dataclass(frozen=True, kw_only=True)
class ValidationReport(Document):
    """`data_lines` = `rejected` + `identical_duplicates` + `valid_keys`; `parts` is one a partition."""

    data_lines: int
    rejected: int
    identical_duplicates: int
    valid_keys: int
    file_cents: int
    """The sum of the valid keys' amounts."""
    rejects_by_code: dict[str, int]
    warnings: dict[str, int]
    """How often each code was met; the plan's are among them."""
    parts: tuple[ValidatedPart, ...]

    @property
    def settled(self) -> int:
        """Lines that no partition holds: refused ones and identical duplicates."""
        return self.rejected + self.identical_duplicates
