"""Frames as Parquet bytes: one encoding for everything written, so the same rows are the same bytes."""

from io import BytesIO
from typing import IO

import polars as pl

_ROW_GROUP_ROWS = 131_072


def encode(frame: pl.DataFrame, metadata: dict[str, str] | None = None) -> bytes:
    """`metadata` goes into the file's footer."""
    target = BytesIO()
    frame.write_parquet(
        target, compression="zstd", compression_level=1, row_group_size=_ROW_GROUP_ROWS, metadata=metadata
    )
    return target.getvalue()


def decode(data: bytes, columns: list[str] | None = None) -> pl.DataFrame:
    return pl.read_parquet(BytesIO(data), columns=columns, use_statistics=False)


def footer(data: bytes) -> dict[str, str]:
    """The file's own metadata."""
    source: IO[bytes] = BytesIO(data)
    return pl.read_parquet_metadata(source)
