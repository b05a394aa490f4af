"""The probable causes of a reconciled day, gathered and decided before its summary is sealed.

They explain the day and are no part of it: what fails here leaves a warning and no cause.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

import polars as pl

from glue_jobs.failures import any_failure
from glue_jobs.log import fact
from glue_jobs.suppliers import as_absent
from reconciliation.causes import causes
from reconciliation.documents.summary import SummaryDraft
from reconciliation.examined import Examined
from reconciliation.kernels.patterns import patterns
from reconciliation.kernels.suppliers import missing, rows_by_supplier
from reconciliation.rates import Figures

WARNING: Final = "CAUSES_UNKNOWN"
CAUSES_HISTORY_DAYS: Final = 30
"""Published days before this one: some weeks, so that a weekday's or a month's end's habit is seen."""

History = Callable[[], Sequence[Figures]]
"""The published days before this one, the newest first; it reads them."""


def with_causes(
    draft: SummaryDraft, divergences: pl.DataFrame, suppliers: pl.DataFrame, history: History
) -> SummaryDraft:
    """`divergences` by schema DIVERGENCES, `suppliers` by schema SUPPLIERS."""
    try:
        found = causes(_examined(draft, divergences, suppliers, history()))
    except any_failure() as exc:
        fact("causes_unknown", failure=type(exc).__name__)
        return replace(draft, causes=(), warnings=draft.warnings | {WARNING: 1})
    return replace(draft, causes=found)


def _examined(
    draft: SummaryDraft, divergences: pl.DataFrame, suppliers: pl.DataFrame, history: Sequence[Figures]
) -> Examined:
    lines = draft.totals.lines
    return Examined(
        today=Figures.of(draft),
        keys=lines.equal + sum(draft.types.values()),
        patterns=patterns(divergences),
        absent=as_absent(missing(suppliers, divergences)),
        refused_of_nobody=draft.refused_of_nobody,
        rows_by_supplier=rows_by_supplier(suppliers),
        history=history,
    )
