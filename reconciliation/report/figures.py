"""What a day's report says, as plain values: `kernels/report.py` counts them, the page shows them.

Money is whole cents. Gross is the sum of the differences without their signs, so that plus and minus do not
hide each other; net is file − base. Texts of the data are cut to what a page shows; the files have the whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from reconciliation.documents.summary import Summary
from reconciliation.rates import Figures

HISTORY_DAYS: Final = 30
"""Published days before this one that its rate is shown against."""
ROWS_MAX: Final = 10_000
"""Divergences in the page's table, those of the highest amounts; the files have all of them."""
SUPPLIERS_MAX: Final = 500
"""Suppliers of the page by name, those of the highest amounts."""
EXAMPLES: Final = 3
TEXT_MAX: Final = 120
"""Characters of one text of the data."""


@dataclass(frozen=True, kw_only=True)
class Tally:
    """So many divergences, and their R$."""

    count: int = 0
    gross_cents: int = 0
    net_cents: int = 0


@dataclass(frozen=True, kw_only=True)
class Group(Tally):
    """The divergences of one type or field."""

    name: str


@dataclass(frozen=True, kw_only=True)
class Supplier(Group):
    """The divergences of one supplier."""

    folder: str | None
    """Where its own lines and its message stand in `fornecedores/`; None where it is written nothing."""


@dataclass(frozen=True, kw_only=True)
class RefusedLine:
    """A refused line of the file; `order` and `supplier` are None where it has none that can be read."""

    line: int
    detail: str
    order: str | None
    supplier: str | None


@dataclass(frozen=True, kw_only=True)
class Refusals:
    """The lines refused by one code, and the first of them."""

    code: str
    count: int
    examples: tuple[RefusedLine, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Differing:
    """A field of both sides as each has it; None where the base has NULL."""

    field: str
    file: str | None
    base: str | None
    looks_alike: bool
    """What differs cannot be seen."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One divergence. An amount is None where that side has none; `line` where the file has no good one."""

    kind: str
    motive: str
    order: str
    supplier: str
    line: int | None
    file_cents: int | None
    base_cents: int | None
    difference_cents: int
    amount_differs: bool
    """On both sides, and not alike."""
    differing: tuple[Differing, ...]
    """The other fields that differ."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What this publication changed of the one that it replaced; an order diverges at most once in each."""

    before: Tally
    after: Tally
    entered: Tally
    """Orders that diverge now and did not."""
    left: Tally
    """Orders that diverged and do not now, with their R$ of then."""
    altered_before: Tally
    """Orders that diverge in both, but not alike, with their R$ of then."""
    altered_after: Tally
    """The same orders, with their R$ of now: before − left + entered + what they changed by is after."""
    largest_entered: tuple[Row, ...]
    largest_left: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True)
class DayFigures:
    """All of a published day's report. Groups are the largest first, by gross, count and name."""

    summary: Summary
    history: Sequence[Figures]
    """Published days before this one, the newest first."""
    total: Tally
    types: tuple[Group, ...]
    """Each type, in its order, also those without a divergence."""
    fields: tuple[Group, ...]
    """Of TIPO_3 alone; a divergence in two fields counts in both."""
    suppliers: tuple[Supplier, ...]
    other_suppliers: int
    others: Tally
    """The divergences of the suppliers that are not named."""
    refusals: tuple[Refusals, ...]
    """The commonest code first."""
    refused_of_nobody: int
    """Refused lines whose supplier cannot be read."""
    rows: tuple[Row, ...]
    """The highest amounts, without their signs, first."""
    change: Change | None
    """None, too, of a first publication."""
    is_change_unknown: bool
    """Another publication was replaced, and cannot be compared."""


@dataclass(frozen=True, kw_only=True)
class DayLine:
    """One published day in the index."""

    day: str
    rate_percent: float
    types: dict[str, int]
    gross_cents: int | None
    """None for a day published before the money was kept."""
    refused_lines: int
    causes: tuple[str, ...] | None
    """Their sentences; None where they are not known."""
    has_report: bool

    @classmethod
    def of(cls, summary: Summary, *, has_report: bool) -> Self:
        values, unknown = summary.value_by_type_cents, "CAUSES_UNKNOWN" in summary.warnings
        sentences = tuple(cause.sentence for cause in summary.causes or ())
        return cls(
            day=summary.day,
            rate_percent=summary.divergence_rate_percent,
            types=summary.types,
            gross_cents=None if values is None else sum(values.values()),
            refused_lines=summary.totals.lines.rejected,
            causes=None if summary.causes is None or unknown else sentences,
            has_report=has_report,
        )
