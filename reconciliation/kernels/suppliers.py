"""Who is in the file and who in the base: each supplier's count and money, added up over the partitions.

A supplier's rows lie in every partition (those go by the key), so whether one is absent is known only once
all of them are added up: one small row a supplier and partition travels, and none is cut off before.
Source: data contract, warning `SUPPLIER_ABSENT`.
"""

from collections.abc import Iterable

import polars as pl

from reconciliation.contract import AUSENTE_NO_CSV
from reconciliation.kernels.schemas import SUPPLIERS

_ID = "fornecedor_id"


def tally(valid: pl.DataFrame, rejects: pl.DataFrame, base: pl.DataFrame) -> pl.DataFrame:
    """One partition's suppliers, by schema SUPPLIERS, sorted; `base` holds the rows in scope only."""
    refused = rejects.filter(pl.col(_ID).is_not_null())
    return added_up(
        (
            valid.group_by(_ID).agg(_count("file_keys"), _cents("file_cents")),
            refused.group_by(_ID).agg(_count("refused_lines")),
            base.group_by(_ID).agg(_count("base_rows"), _cents("base_cents")),
        )
    )


def added_up(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Each supplier once, sorted; a column that a part lacks counts 0 there."""
    every = pl.concat([SUPPLIERS.to_frame(), *parts], how="diagonal")
    return every.group_by(_ID).agg(pl.all().sum()).sort(_ID).match_to_schema(SUPPLIERS)


def absent(suppliers: pl.DataFrame) -> pl.DataFrame:
    """Those of the base rows without one line in the file, the most rows first; a refused line is one too.

    A base row that names no supplier is nobody's absence: its own divergence says what it lacks.
    """
    has_no_line = (pl.col("file_keys") == 0) & (pl.col("refused_lines") == 0)
    found = suppliers.filter((pl.col("base_rows") > 0) & has_no_line & (pl.col(_ID) != ""))
    return found.sort("base_rows", _ID, descending=[True, False])


def missing(suppliers: pl.DataFrame, divergences: pl.DataFrame) -> pl.DataFrame:
    """Those of the absent most of whose orders are in no line: the others' came, as another supplier's.

    A refused line with the order counts as one: it may be that supplier's, with a sign in its name.
    """
    lacked = divergences.filter(pl.col("motivo") == AUSENTE_NO_CSV).group_by(
        pl.col("fornecedor_id_base").alias(_ID)
    )
    counted = absent(suppliers).join(lacked.agg(_count("lacked")), on=_ID, how="left", maintain_order="left")
    return counted.filter(2 * pl.col("lacked") > pl.col("base_rows")).drop("lacked")


def rows_by_supplier(suppliers: pl.DataFrame) -> dict[str, int]:
    """How much of the day is whose: good lines and base rows."""
    return dict(suppliers.select(_ID, pl.col("file_keys") + pl.col("base_rows")).iter_rows())


def _count(name: str) -> pl.Expr:
    return pl.len().cast(pl.Int64).alias(name)


def _cents(name: str) -> pl.Expr:
    """Exact: nine amounts of 16 digits are beyond Int64, and a sum there wraps around silently."""
    return pl.col("valor_cents").cast(pl.Int128).sum().alias(name)
