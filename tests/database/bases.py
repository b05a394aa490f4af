"""A base opened by a secret's own values, where the job has the secret's name."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from reconciliation.adapters.database.base import SlicedRows, SqlBase
from reconciliation.adapters.database.connecting import (
    PATIENTLY,
    Tries,
    engine_of,
    session,
    sharing_engine_of,
)
from reconciliation.adapters.database.secret import Secret
from reconciliation.adapters.database.session import Slice


@contextmanager
def snapshot(
    secret: Secret,
    query_timeout_s: int,
    ca: str = "",
    window_days: int | None = None,
    tries: Tries = PATIENTLY,
) -> Iterator[SqlBase]:
    """As `open_base`."""
    engine, join = engine_of(secret), partial(joined, secret)
    with session(engine, secret, query_timeout_s, ca, tries=tries) as connected:
        yield SqlBase.begun(connected, window_days, join)


@contextmanager
def joined(secret: Secret, of: Slice) -> Iterator[SlicedRows]:
    """As `open_slice`."""
    with session(sharing_engine_of(secret), secret, 60) as connected:
        yield SlicedRows.joined(connected, of)
