"""`snapshot.json`, the commit of the base's copy: its rows and cents, and where they came from."""

from dataclasses import dataclass
from typing import TypedDict

from reconciliation.documents.typed import Document


class Window(TypedDict):
    """The dates, `YYYY-MM-DD`, from which rows were read where no index proves the keys unique."""

    first: str
    last: str


class BaseFacts(TypedDict, total=False):
    """Where the base's rows came from, as the summary tells it. Each kind of base has facts of its own."""

    engine: str
    readers: int
    unique_proof: str
    """`index` or `in_scope`."""
    window: Window
    """It is there only with `in_scope`."""
    newest_date: str | None
    """`YYYY-MM-DD` of a database's newest row; None where no index has it, or there is none."""
    padded_keys: str
    """How a database's keys with blanks about them were found, or proved absent."""
    replica_lag_s: float | None
    """It is there only of a replica; None where it would not tell."""
    objects: int
    """It and the next two are there only of an export, those two of one by RDS."""
    export: str
    snapshot_time: str | None


@dataclass(frozen=True, kw_only=True)
class CopiedPart:
    """One partition of the copy."""

    rows: int


@dataclass(frozen=True, kw_only=True)
class Snapshot(Document):
    """All rows in scope, of one snapshot; `parts` is one a partition."""

    rows: int
    base_cents: int
    parts: tuple[CopiedPart, ...]
    warnings: dict[str, int]
    base: BaseFacts
