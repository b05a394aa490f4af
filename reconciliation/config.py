"""Every configurable rule of the data contract, in one place.

The rules of a run are read once, when the file is inspected, and travel in `plan.json`, the checkpoint (by
their hash) and the summary; a resume is refused where they are not those that hold by then.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, timedelta
from typing import Any, Final, Self

from reconciliation.bounded_json import MESSAGE_BYTES, JsonRefused, parse_object
from reconciliation.errors import error
from reconciliation.layout import PARTITIONS_MAX
from reconciliation.run import DEADLINE_MAX_S, RANGES

OFFSET_DAYS_MAX: Final = 31
"""Between a folder's date and its reference date."""
_PARTITION_BYTES: Final = 256 * 1024 * 1024
"""Of the file: a million ordinary lines are a quarter of it."""
_RANGES: Final = {
    "reference_day_offset": (-OFFSET_DAYS_MAX, OFFSET_DAYS_MAX),
    "max_rejected_share": (0, 1),
    "max_lines": (1, PARTITIONS_MAX * RANGES["partition_lines"][0]),
    "partition_lines": RANGES["partition_lines"],
    "min_partitions": (1, 10_000),
    "padded_scan_s": (0, DEADLINE_MAX_S),
    "abnormal_rate_percent": (0, 100),
    "in_scope_days": (1, 3660),
}
"""The least and the most. A file of `max_lines` lines has no more partitions than their names can count,
whatever an execution's input says; beyond the most of `min_partitions` no day ends within the deadline (a
million lines in 512 are a minute and a half, docs/scale.md)."""


@dataclass(frozen=True, kw_only=True)
class Rules:
    """The contract's **config** rules with their defaults. Raises INVALID_SETTING for an impossible value."""

    reference_day_offset: int = 0
    """Days from the folder's date to the reference date; -1 where folders carry the processing day of D-1."""
    max_rejected_share: float = 0.05
    """Share of the data lines (0 to 1) above which the whole file is refused; blank rows count on no side."""
    max_lines: int = 10_000_000
    """Data lines above which the whole file is refused; 100,000,000 at most."""
    warn_lines: int = 1_500_000
    """Data lines above which the alert has a warning."""
    decimal_separator: str = "."
    """Of `valor` in the file, `.` or `,`."""
    partition_lines: int = 1_000_000
    """Lines behind one partition, beyond the least number of partitions; of a file with more than 256 MB for
    each, partitions of 256 MB, whatever this says. 1,000 to 10,000,000, as in an execution's input."""
    min_partitions: int = 8
    """Least number of partitions, however few the lines are; 10,000 at most."""
    padded_scan_s: int = 60
    """Seconds that the scan for base keys with blanks about them may take; 0 is no scan."""
    abnormal_rate_percent: float = 10.0
    """Divergences of all keys, in percent (0 to 100), above which the day is abnormal (runbook 2.5)."""
    base_unique: str = "index"
    """`index`, or `in_scope` where none can exist (a table partitioned by date): then the keys in scope are
    sought near the day alone, and two rows of one key refuse the base."""
    in_scope_days: int = 31
    """Days before and after the reference date in which `in_scope` seeks; a row further away is not found."""
    base_source: str = "database"
    """`database`, or `s3_export` where the base is exported to S3 every day (runbook 2.3)."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value, kind = getattr(self, field.name), field.type
            number = isinstance(value, int if kind is int else int | float) and not isinstance(value, bool)
            _require(field.name, isinstance(value, str) if kind is str else number, f"{value!r} is no {kind}")
        _require("decimal_separator", self.decimal_separator in (".", ","), "'.' or ','")
        _require("base_source", self.base_source in ("database", "s3_export"), "'database' or 's3_export'")
        _require("base_unique", self.base_unique in ("index", "in_scope"), "'index' or 'in_scope'")
        _require("warn_lines", self.warn_lines >= 1, "at least 1")
        for name, (least, most) in _RANGES.items():
            _require(name, least <= getattr(self, name) <= most, f"{least} to {most}")

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The rules of a JSON object; a name that is no rule raises INVALID_SETTING."""
        try:
            given = parse_object(text or "{}", MESSAGE_BYTES)
        except JsonRefused as exc:
            raise error("INVALID_SETTING", f"o texto das regras {exc}") from exc
        return cls.from_dict(given)

    @classmethod
    def from_dict(cls, given: dict[str, Any]) -> Self:
        unknown = sorted(set(given) - {field.name for field in fields(cls)})
        if unknown:
            raise error("INVALID_SETTING", f"no such rule: {', '.join(unknown)}")
        return cls(**given)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def sha256(self) -> str:
        """Hash of the rules in canonical JSON."""
        return hashlib.sha256(json.dumps(self.to_dict(), sort_keys=True).encode()).hexdigest()

    @property
    def window_days(self) -> int | None:
        """Days around the reference date in which the base is read; None where its index spans all dates."""
        return self.in_scope_days if self.base_unique == "in_scope" else None

    def partitioned_as(self, deployed: Self) -> Self:
        """These with the deployment's `partition_lines`: a plan's may be of its execution's input, no result
        depends on them, and a resume keeps the plan's partitions."""
        return replace(self, partition_lines=deployed.partition_lines)

    def partitions(self, data_lines: int, size_bytes: int) -> int:
        """Number of key partitions of such a file: whoever works on one holds all of it."""
        by_lines, by_bytes = -(-data_lines // self.partition_lines), -(-size_bytes // _PARTITION_BYTES)
        return max(self.min_partitions, by_lines, by_bytes)


def reference_date(day: str, reference_day_offset: int) -> date:
    """The date of the lines that a day's folder, `YYYY-MM-DD`, holds."""
    return date.fromisoformat(day) + timedelta(days=reference_day_offset)


def folder_day(reference: date, reference_day_offset: int) -> str:
    """The day, `YYYY-MM-DD`, of the folder for lines of that date: the way back."""
    return str(reference - timedelta(days=reference_day_offset))


def _require(name: str, holds: bool, wanted: str) -> None:
    if not holds:
        raise error("INVALID_SETTING", f"{name}: {wanted}")
