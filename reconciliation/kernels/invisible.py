"""Which of the differing texts of a divergence look the same to a person."""

from typing import Final

import polars as pl

from reconciliation.appearance import look_alike
from reconciliation.contract import COMPARED_TEXTS

_NOT_PLAIN: Final = "[^ -~]"
"""Anything but visible ASCII: where neither side has it, what differs is seen, and no pair is looked at."""


def with_only_invisible(published: pl.DataFrame) -> pl.DataFrame:
    """With `campos_so_invisiveis`: those fields of each row in contract order, joined by `,`, or `""`."""
    alike = {name: rows for name in COMPARED_TEXTS if (rows := _alike(published, name))}
    named = [pl.when(pl.int_range(pl.len()).is_in(rows)).then(pl.lit(name)) for name, rows in alike.items()]
    fields = pl.concat_str(named, separator=",", ignore_nulls=True) if named else pl.lit("")
    return published.with_columns(fields.alias("campos_so_invisiveis"))


def _alike(published: pl.DataFrame, name: str) -> list[int]:
    """The rows whose two texts differ and look the same; a side without a row is null, and never differs."""
    one, other = pl.col(f"{name}_csv"), pl.col(f"{name}_base")
    is_doubtful = one.str.contains(_NOT_PLAIN) | other.str.contains(_NOT_PLAIN)
    differing = published.select(pl.int_range(pl.len()), one, other).filter(one != other)
    pairs = differing.filter(is_doubtful)  # after it, since most rows differ elsewhere or have one side only
    return [row for row, text, other_text in pairs.iter_rows() if look_alike(text, other_text)]
