"""The day's suppliers as the summary has them.

Whoever is absent was decided over all of them before; only what is listed is bounded here.
Source: docs/design.md.
"""

from typing import Any, Final, TypedDict

import polars as pl

from reconciliation.contract import SUPPLIER_KEPT_CHARS, SUPPLIERS_NAMED_MAX
from reconciliation.documents.summary import AbsentSupplier, AbsentSuppliers, Supplier, SuppliersLeftOut
from reconciliation.kernels.suppliers import absent

WARNING: Final = "SUPPLIER_ABSENT"
_LISTED_MAX: Final = 1_000


class SummarySuppliers(TypedDict):
    """The fields of the summary that are of its suppliers."""

    suppliers: tuple[Supplier, ...]
    suppliers_left_out: SuppliersLeftOut
    suppliers_absent: AbsentSuppliers


def summary_suppliers(every: pl.DataFrame) -> SummarySuppliers:
    """What the summary says of these suppliers, the largest first."""
    lines = pl.col("file_keys") + pl.col("refused_lines") + pl.col("base_rows")
    largest_first = every.sort(lines, "fornecedor_id", descending=[True, False])
    return {
        "suppliers": tuple(Supplier(**row) for row in _rows(largest_first.head(_LISTED_MAX))),
        "suppliers_left_out": SuppliersLeftOut(**_sums(largest_first.slice(_LISTED_MAX))),
        "suppliers_absent": as_absent(absent(every)),
    }


def as_absent(suppliers: pl.DataFrame) -> AbsentSuppliers:
    """These suppliers, sorted as they are to be named."""
    of_base = suppliers.select("fornecedor_id", "base_rows", "base_cents")
    largest = tuple(AbsentSupplier(**row) for row in _rows(of_base.head(SUPPLIERS_NAMED_MAX)))
    return AbsentSuppliers(**_sums(of_base), largest=largest)


def _rows(frame: pl.DataFrame) -> list[dict[str, Any]]:
    return frame.with_columns(pl.col("fornecedor_id").str.head(SUPPLIER_KEPT_CHARS)).to_dicts()


def _sums(frame: pl.DataFrame) -> dict[str, int]:
    numbers = frame.drop("fornecedor_id")
    return {"suppliers": frame.height, **{name: int(numbers[name].sum()) for name in numbers.columns}}
