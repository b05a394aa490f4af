"""The parts of the intermediate data: Parquet objects, one a partition."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

import polars as pl

from reconciliation import layout
from reconciliation.adapters.store import Store
from reconciliation.errors import error
from reconciliation.kernels.codec import from_parquet, parquet_metadata, to_parquet
from reconciliation.layout import Location
from reconciliation.objects import ConditionFailed

_AT_ONCE: Final = 8
"""Of botocore's ten connections."""
_PARQUET: Final = b"PAR1"


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
    """As `create_once`."""
    create_once(store, layout.part(prefix, partition), to_parquet(frame, metadata, group_rows))


def create_once(store: Store, where: Location, body: bytes) -> None:
    """Written once. Raises UNBALANCED_TOTALS where something else stands there than came of the data now:

    of a try that saw less of them, or of another release. Whoever reads it later would believe it.
    """
    try:
        store.create(where, body)
    except ConditionFailed as exc:
        if not _is_same(read_bytes(store, where), body):
            message = f"{where} já existe, e não é o que se calculou agora dos mesmos dados"
            raise error("UNBALANCED_TOTALS", f"{message}; reprocesse o arquivo") from exc


def _is_same(one: bytes, other: bytes) -> bool:
    """Byte by byte, or of two Parquets the rows and what their footers say: they may be written otherwise."""
    if one == other or not one.startswith(_PARQUET) or not other.startswith(_PARQUET):
        return one == other
    return parquet_metadata(one) == parquet_metadata(other) and from_parquet(one).equals(from_parquet(other))
