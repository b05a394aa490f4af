"""What InspectFile found out about a file, and what the jobs are to do with it: `plan.json`.

The jobs know no other path and no other rules than the plan's. Source: docs/design.md.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar, Final, Self
from zlib import crc32

from reconciliation import layout
from reconciliation.bounded_json import JsonRefused
from reconciliation.config import Rules, reference_date
from reconciliation.documents.run_document import InputVersion
from reconciliation.documents.typed import Document
from reconciliation.layout import PARTITIONS_MAX, RunPaths
from reconciliation.objects import StoredObject

INTERMEDIATE_FORMAT: Final = 2
"""Of the parts, their footers and reports. To be raised with what a later stage needs of them: none goes on
from older ones."""
KEY_HASH: Final = crc32
"""Of a key's UTF-8 bytes: tells the row's partition, and is part of the fingerprint by its name."""


class OtherFormat(ValueError):
    """The intermediate data were made by another version of the system."""

    def __init__(self) -> None:
        super().__init__(
            "o sistema foi atualizado, e os dados intermediários são de outro formato;"
            " reprocesse com s3_key e force_reprocess"
        )


@dataclass(frozen=True, kw_only=True)
class Cut:
    """Whole data lines: `length` bytes from `offset`, the first of them line `first_line` of the file.

    `opened`, if a quote is open where they begin.
    """

    offset: int
    length: int
    first_line: int
    opened: bool | None = None


@dataclass(frozen=True, kw_only=True)
class InputFile(InputVersion):
    """`bytes` is its size, `sha256` in hex digits."""

    sha256: str
    bytes: int


@dataclass(frozen=True, kw_only=True)
class Plan(Document):
    """One run's work. `day` is the folder's date, `YYYY-MM-DD`; `warnings` counts by code."""

    others: ClassVar[Collection[str]] = ("rules_sha256",)

    job_id: str
    day: str
    fingerprint: str
    lineage: str
    input: InputFile
    rules: Rules
    data_lines: int
    partitions: int
    warnings: dict[str, int]
    cuts: tuple[Cut, ...]
    paths: RunPaths
    intermediate_format: int = INTERMEDIATE_FORMAT

    @property
    def reference_date(self) -> date:
        """The date that is reconciled: the folder's, moved by the rule `reference_day_offset`."""
        return reference_date(self.day, self.rules.reference_day_offset)

    def to_dict(self) -> dict[str, Any]:
        """With the hash of its rules, for people."""
        return {**super().to_dict(), "rules_sha256": self.rules.sha256}

    @classmethod
    def from_dict(cls, given: Any) -> Self:
        """As every document's. Raises OtherFormat, a ValueError too, for one of another deployment's data."""
        is_a_plan = isinstance(given, dict) and "fingerprint" in given
        if is_a_plan and given.get("intermediate_format") != INTERMEDIATE_FORMAT:
            raise OtherFormat
        try:
            return super().from_dict(given)
        except ValueError as exc:
            raise ValueError(f"não é um plano: {exc}") from exc

    @classmethod
    def read(cls, stored: StoredObject) -> Self:
        """The plan that stands there. Raises OtherFormat for one of another deployment's data.

        Raises JsonRefused, naming the object, for one that no run has, or that names other data.
        """
        where, given = stored.where, stored.json()
        try:
            plan = cls.from_dict(given)
        except OtherFormat:
            raise
        except ValueError as exc:
            raise JsonRefused(f"{where} {exc}") from exc
        if not 0 < plan.partitions <= PARTITIONS_MAX:
            raise JsonRefused(f"o plano em {where} tem {plan.partitions} partições")
        is_here = layout.plan(where.bucket, plan.day, plan.fingerprint) == where
        if not (is_here and plan.paths.are_of(where.bucket, plan.day)):
            raise JsonRefused(f"o plano em {where} nomeia dados de outro lugar")
        return plan
