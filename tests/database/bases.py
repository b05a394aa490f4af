"""A base opened by a secret's own values, where the job has the secret's name; what it gives, or refuses."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import polars as pl

from local.postgres import READER
from reconciliation.adapters.database.base import SlicedRows, SqlBase
from reconciliation.adapters.database.connecting import (
    PATIENTLY,
    Tries,
    engine_of,
    session,
    sharing_engine_of,
)
from reconciliation.adapters.database.limits import Limits
from reconciliation.adapters.database.secret import Secret
from reconciliation.adapters.database.session import Slice
from reconciliation.errors import ReconciliationError
from reconciliation.kernels.schemas import BASE
from tests.database.conftest import Server


@contextmanager
def snapshot(
    secret: Secret,
    query_timeout_s: int,
    ca: str = "",
    window_days: int | None = None,
    tries: Tries = PATIENTLY,
    **limits: int,
) -> Iterator[SqlBase]:
    """As `open_base`; `limits` are those of Limits that count otherwise here."""
    engine, join = engine_of(secret), partial(joined, secret)
    with session(engine, secret, Limits(query_timeout_s, **limits), ca, tries=tries) as connected:
        yield SqlBase.begun(connected, window_days, join)


@contextmanager
def joined(secret: Secret, of: Slice) -> Iterator[SlicedRows]:
    """As `open_slice`."""
    with session(sharing_engine_of(secret), secret, Limits(60)) as connected:
        yield SlicedRows.joined(connected, of)


def rows(frames: Iterator[pl.DataFrame]) -> list[tuple[Any, ...]]:
    """All of the frames', sorted, in the base's columns."""
    return sorted(row for frame in frames for row in frame.select(BASE.names()).rows())


def keys(frames: Iterator[pl.DataFrame]) -> list[str]:
    """All of the frames', sorted."""
    return sorted(key for frame in frames for key in frame["ordem_id"])


def refused(server: Server) -> ReconciliationError | None:
    """Why the base is not trusted; None where it is."""
    try:
        with snapshot(server.secret, 60):
            return None
    except ReconciliationError as exc:
        return exc


def advised(failure: ReconciliationError | None) -> list[str]:
    """The statements that a refusal ends in, behind its only colon."""
    text = str(failure).partition(": ")[2].replace("usuário", READER)
    return [statement.strip() for statement in text.split(";") if statement.strip()]
