"""The parts of the intermediate data: Parquet objects, one a partition."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Final

import polars as pl

from reconciliation import layout
from reconciliation.adapters.store import Store
from reconciliation.errors import error
from reconciliation.kernels.codec import from_parquet, to_parquet
from reconciliation.layout import Location
from reconciliation.objects import ConditionFailed

_AT_ONCE: Final = 8
"""Of botocore's ten connections."""


def read_part(
    store: Store, prefix: Location, partition: int, columns: list[str] | None = None
) -> pl.DataFrame:
    return from_parquet(read_bytes(store, layout.part(prefix, partition)), columns)


def read_all(store: Store, prefix: Location, partitions: int) -> Iterator[bytes]:
    """Every partition's part in turn, some on their way at once, and no more here. Raises as `read_bytes`."""
    coming = deque[Future[bytes]]()
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for where in range(partitions):
            if len(coming) == _AT_ONCE:
                yield coming.popleft().result()
            coming.append(pool.submit(read_bytes, store, layout.part(prefix, where)))
        while coming:
            yield coming.popleft().result()


def read_together(store: Store, wanted: Sequence[tuple[Location, list[str] | None]]) -> list[pl.DataFrame]:
    """Parts with their columns, or all of them; the requests wait for each other's answers no more."""
    with ThreadPoolExecutor(len(wanted)) as pool:
        bodies = list(pool.map(lambda part: read_bytes(store, part[0]), wanted))
    return [from_parquet(body, columns) for body, (_, columns) in zip(bodies, wanted, strict=True)]


def read_bytes(store: Store, where: Location) -> bytes:
    """Raises LOCK_LOST where a committed object is gone: another run's cleaning, or a lifecycle rule."""
    stored = store.get(where)
    if stored is None:
        raise error("LOCK_LOST", f"{where} não existe mais; reprocesse o arquivo")
    return stored.body


def commit_part(
    store: Store,
    prefix: Location,
    partition: int,
    frame: pl.DataFrame,
    metadata: dict[str, str] | None = None,
    group_rows: int | None = None,
) -> None:
    """Written once: what stands there already came from the same data."""
    create_once(store, layout.part(prefix, partition), to_parquet(frame, metadata, group_rows))


def create_once(store: Store, where: Location, body: bytes) -> None:
    """What stands there already came from the same data."""
    with suppress(ConditionFailed):
        store.create(where, body)
