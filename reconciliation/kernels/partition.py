"""Which partition a row belongs to: the same on every machine and in every version."""

import polars as pl

from reconciliation.plan import KEY_HASH

_PARTITION = "__partition"


def partition_of(keys: pl.Series, partitions: int) -> pl.Series:
    """UInt32, from 0 to `partitions` - 1: the hash of the key's UTF-8 bytes; 0 for a null key."""
    hashes = map(KEY_HASH, keys.fill_null("").cast(pl.Binary).to_list())
    return pl.Series(list(hashes), dtype=pl.UInt32) % partitions


def split(frame: pl.DataFrame, partitions: int) -> list[tuple[int, pl.DataFrame]]:
    """The rows by the partition of their `ordem_id`, each in the order they had; empty ones are left out."""
    marked = frame.with_columns(partition_of(frame["ordem_id"], partitions).alias(_PARTITION))
    parts = marked.partition_by(_PARTITION, maintain_order=True, include_key=False, as_dict=True)
    return sorted((int(key[0]), part) for key, part in parts.items())
