"""Frames as bytes: Arrow IPC between tasks, Parquet where they stay."""

import io
from base64 import b64decode, b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import polars as pl
from polars.exceptions import PanicException, PolarsError

UNREADABLE: Final = (PolarsError, PanicException)
"""What Polars raises of a file that is none of its, or damaged: its panic is no PolarsError."""
GROUP_ROWS: Final = 128 * 1024
"""Of a Parquet's row group, at most."""


def to_ipc(frame: pl.DataFrame) -> bytes:
    """Compressed: a quarter of the bytes through the shuffle, and faster to write than uncompressed."""
    target = io.BytesIO()
    frame.write_ipc_stream(target, compression="lz4")
    return target.getvalue()


def from_ipc(data: bytes) -> pl.DataFrame:
    return pl.read_ipc_stream(io.BytesIO(data))


def to_parquet(
    frame: pl.DataFrame, metadata: dict[str, str] | None = None, group_rows: int | None = None
) -> bytes:
    """The same bytes for the same rows, however they were put together; `metadata` goes into the footer."""
    target = io.BytesIO()
    frame.rechunk().write_parquet(
        target,
        compression="zstd",
        compression_level=1,
        row_group_size=group_rows or GROUP_ROWS,
        metadata=metadata,
    )
    return target.getvalue()


def write_parquet(rows: pl.LazyFrame, target: Path, group_rows: int) -> None:
    """As it comes, row group by row group. The same bytes for the same rows, in whatever frames they come."""
    rows.sink_parquet(
        target, compression="zstd", compression_level=1, row_group_size=group_rows, engine="streaming"
    )


def from_parquet(data: bytes, columns: Sequence[str] | None = None) -> pl.DataFrame:
    return pl.read_parquet(io.BytesIO(data), columns=list(columns) if columns else None)


def to_text(frame: pl.DataFrame) -> str:
    """A small frame for the footer of another one: what is committed with it has no moment without it."""
    return b64encode(to_parquet(frame)).decode()


def from_text(text: str) -> pl.DataFrame:
    return from_parquet(b64decode(text))


def parquet_metadata(data: bytes) -> dict[str, str]:
    return pl.read_parquet_metadata(io.BytesIO(data))
