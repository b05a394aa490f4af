"""What the rules of the probable causes look at. `causes.py` has the rules."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from reconciliation.documents.summary import AbsentSuppliers
from reconciliation.habits import Habit, habits
from reconciliation.patterns import Patterns
from reconciliation.rates import Figures


@dataclass(frozen=True, kw_only=True)
class Examined:
    """All that the rules look at. `history` are the published days before, the newest first."""

    today: Figures
    keys: int
    """Of both sides together."""
    patterns: Patterns
    absent: AbsentSuppliers
    """Those whose orders are missing, too."""
    refused_of_nobody: int
    """Refused lines of which nobody can read whose they are."""
    rows_by_supplier: dict[str, int]
    """Of the file and of the base in scope."""
    history: Sequence[Figures]

    @cached_property
    def habits(self) -> tuple[Habit | None, Habit | None]:
        return habits(self.today, self.history)
