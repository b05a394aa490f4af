"""What InspectFile found out about a file, and what the jobs are to do with it: `plan.json`.

The jobs know no other path and no other rules than the plan's. Source: docs/design.md.
"""

from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from typing import Any, Final, Self, TypeVar
from zlib import crc32

from reconciliation.config import Rules
from reconciliation.errors import ReconciliationError
from reconciliation.layout import Location, RunPaths

INTERMEDIATE_FORMAT: Final = 2
"""Of the parts, their footers and reports. To be raised with what they hold: none goes on from older ones."""
KEY_HASH: Final = crc32
"""Of a key's UTF-8 bytes: tells the row's partition, and is part of the fingerprint by its name."""

_Record = TypeVar("_Record", bound="Cut | InputFile | Plan")


class OtherFormat(ValueError):
    """The intermediate data were made by another version of the system."""

    def __init__(self) -> None:
        super().__init__(
            "o sistema foi atualizado, e os dados intermediários são de outro formato;"
            " reprocesse com s3_key e force_reprocess"
        )


@dataclass(frozen=True, kw_only=True)
class Cut:
    """Whole data lines: `length` bytes from `offset`, the first of them line `first_line` of the file."""

    offset: int
    length: int
    first_line: int


@dataclass(frozen=True, kw_only=True)
class InputFile:
    """One version of the supplier's object. `bytes` is its size, `sha256` in hex digits."""

    bucket: str
    s3_key: str
    version_id: str
    sha256: str
    bytes: int

    @property
    def location(self) -> Location:
        return Location(self.bucket, self.s3_key)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One run's work. `day` is the folder's date, `YYYY-MM-DD`; `warnings` counts by code."""

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
        return date.fromisoformat(self.day) + timedelta(days=self.rules.reference_day_offset)

    def to_dict(self) -> dict[str, Any]:
        changed = {"cuts": [asdict(cut) for cut in self.cuts], "paths": self.paths.to_dict()}
        return {**asdict(self), **changed, "rules_sha256": self.rules.sha256}

    @classmethod
    def from_dict(cls, given: dict[str, Any]) -> Self:
        """The plan of `to_dict`.

        Raises ValueError where a field is missing, unknown or of another type, or a path is no address;
        OtherFormat, a ValueError too, for one of before or after a deployment that changed the data.
        """
        if "fingerprint" in given and given.get("intermediate_format") != INTERMEDIATE_FORMAT:
            raise OtherFormat
        known = {name: value for name, value in given.items() if name != "rules_sha256"}
        try:
            parts = {
                "input": _typed(InputFile(**given["input"])),
                "rules": Rules.from_dict(given["rules"]),
                "cuts": tuple(_typed(Cut(**cut)) for cut in given["cuts"]),
                "paths": RunPaths.parse(**given["paths"]),
            }
            return _typed(cls(**{**known, **parts}))
        except (KeyError, TypeError, ReconciliationError) as exc:
            raise ValueError(f"não é um plano: {exc}") from exc


def _typed(record: _Record) -> _Record:
    """The record, where its plain fields have their types. Raises TypeError."""
    for item in fields(record):
        if item.type in (str, int) and type(getattr(record, item.name)) is not item.type:
            raise TypeError(f"{item.name} não é {item.type.__name__}")
    return record
