"""What rows take in memory, by which it is bounded: a line may hold 64 KiB, and a day ten million lines."""

from dataclasses import dataclass
from typing import Final, Self

import polars as pl

_NUMBERS_BYTES: Final = 128
"""Of a row, whatever its texts are."""


@dataclass(frozen=True)
class Weight:
    """Of rows the sum of their bytes, and that of each one's bytes squared. Those of parts add up."""

    row_bytes: int
    squares: int

    @classmethod
    def of(cls, rows: pl.LazyFrame) -> Self:
        texts = pl.sum_horizontal(pl.col(pl.String).str.len_bytes().cast(pl.Int64), ignore_nulls=True)
        size = texts + _NUMBERS_BYTES
        summed = rows.select(size.sum().alias("bytes"), (size * size).sum().alias("squares"))
        return cls(*summed.collect(engine="streaming").row(0))

    def __add__(self, other: "Weight") -> "Weight":
        return Weight(self.row_bytes + other.row_bytes, self.squares + other.squares)

    def group_rows(self, most_rows: int, most_bytes: int) -> int:
        """How many rows a group may have: `most_bytes`, of rows as heavy as the one that a byte lies in.

        Heavy rows count by their bytes, so those that stand side by side are found: whatever the order, no
        group is larger than the geometric mean of `most_bytes` and of all the bytes (Cauchy and Schwarz).
        """
        return max(1, min(most_rows, most_bytes * self.row_bytes // max(1, self.squares)))
