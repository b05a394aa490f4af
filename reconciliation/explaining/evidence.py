"""What was found of an order, as it was committed: nothing is decided here. Source: docs/design.md."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from reconciliation.documents.summary import Summary
from reconciliation.plan import Plan

LINES_SHOWN: Final = 20
"""Of a key's lines, the first so many as they stand in the file."""

Row = Mapping[str, Any]
"""By the columns of its schema (`kernels/schemas.py`)."""


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What the run's intermediate data have of the key."""

    plan: Plan
    valid: Row | None
    """By the schema VALID."""
    rejects: tuple[Row, ...]
    base: Row | None
    """By the schema FOUND: as of the run's snapshot."""
    identical: tuple[int, ...] | None
    """Lines that say what the valid one says; None where an older run kept no numbers."""
    texts: Mapping[int, bytes]
    """By its number, a line as it stands in the file, without its end: of the key's first ones."""
    classified: tuple[Row, ...]
    """What `classify` says of these rows today, by the schema DIVERGENCES; none where they are equal."""

    @property
    def knows(self) -> bool:
        return bool(self.valid or self.rejects or self.base)


@dataclass(frozen=True, kw_only=True)
class DayEvidence:
    """One published day. `divergence` is the published row, `rejects` the published refusals of the key."""

    summary: Summary
    divergence: Row | None
    rejects: tuple[Row, ...]
    kept: Kept | None
    """None where the run's data are no longer there: they expire, what is published does not."""

    @property
    def knows(self) -> bool:
        return bool(self.divergence or self.rejects or (self.kept and self.kept.knows))


@dataclass(frozen=True)
class Met:
    """A published day on which the order diverged, by its row, which has what is told of such a day alone."""

    day: str
    row: Row


@dataclass(frozen=True)
class Near:
    """A key that is written almost so, and where it is."""

    ordem_id: str
    where: tuple[str, ...]


@dataclass(frozen=True)
class Unread:
    """A published day that cannot be read, and why: whether the order is in it nobody knows."""

    day: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """`days` are the published ones that were looked at, the newest first; `day` None: it is not published.

    Days that could not be read are `unread`. `tried` is how many other spellings were looked up, `near_more`
    how many keys are left out of `near`.
    """

    day: DayEvidence | None
    days: tuple[str, ...]
    history: tuple[Met, ...]
    unread: tuple[Unread, ...] = ()
    near: tuple[Near, ...] = ()
    near_more: int = 0
    tried: int = 0
