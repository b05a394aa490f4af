"""The base `transacoes`, read-only: one connection, one REPEATABLE READ transaction, so one snapshot.

The secret's `engine` selects the dialect: `postgres/`, `mysql/`. Source: runbook 2.3.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from reconciliation.adapters.database import failures, preflight
from reconciliation.adapters.database.base import CONNECT_TIMEOUT_S, ScanStopped, Slice, SqlBase
from reconciliation.adapters.database.mysql import MySqlBase
from reconciliation.adapters.database.postgres import PostgresBase
from reconciliation.adapters.database.secret import Secret, authority, read_secret

__all__ = ["ScanStopped", "Slice", "engine_of", "open_base", "snapshot"]

_ENGINES: dict[str, type[SqlBase]] = {"postgres": PostgresBase, "mysql": MySqlBase}
_TRIES, _PAUSE_S = 3, 5
_GIVE_UP_S = 90


@contextmanager
def open_base(
    secret_id: str,
    query_timeout_s: int,
    database_ca: str = "",
    read_endpoint: str = "",
    window_days: int | None = None,
    of: Slice | None = None,
) -> Iterator[SqlBase]:
    """One snapshot of the base, checked. Raises the base's codes of the data contract and runbook 2.3.

    `database_ca` is a path or s3 URI of a CA bundle (PEM): then the server must prove its name with it.
    `read_endpoint`, `host` or `host:port`, is the replica to read instead of the secret's host.
    `window_days` is of the rule `in_scope` (`Rules.window_days`).
    With a slice, its snapshot is joined, and only its rows are the day's.
    """
    fetch = partial(read_secret, secret_id, read_endpoint)
    with authority(database_ca) as ca, snapshot(fetch(), query_timeout_s, ca, fetch, window_days, of) as base:
        if read_endpoint:
            base.note_lag()
        yield base


@contextmanager
def snapshot(
    secret: Secret,
    query_timeout_s: int,
    ca: str = "",
    renew: Callable[[], Secret] | None = None,
    window_days: int | None = None,
    of: Slice | None = None,
) -> Iterator[SqlBase]:
    """As `open_base`, for the secret's own values; `renew` fetches them again where they are refused."""
    engine = engine_of(secret)
    base = _connected(engine, partial(engine.opened, query_timeout_s=query_timeout_s, ca=ca), secret, renew)
    try:
        base.begin(of)
        preflight.check(base, window_days)
        base.note_newest_date()
        yield base
    except engine.errors as exc:
        raise engine.failure(exc) from exc
    except UnicodeDecodeError as exc:  # a server that knows no encoding gives whatever was put in
        raise failures.unreadable_text() from exc
    finally:
        base.close()


def engine_of(secret: Secret) -> type[SqlBase]:
    """Raises E_BASE_SCHEMA for an engine that nobody knows."""
    engine = _ENGINES.get(secret["engine"])
    if engine is None:
        raise failures.unknown_engine(secret["engine"])
    return engine


def _connected(
    engine: type[SqlBase],
    opened: Callable[[Secret], SqlBase],
    secret: Secret,
    renew: Callable[[], Secret] | None,
) -> SqlBase:
    """Tried three times within 90 s. Raises RDS_UNREACHABLE, RDS_AUTH."""
    last_start = time.monotonic() + _GIVE_UP_S - CONNECT_TIMEOUT_S - _PAUSE_S
    tries = 0
    while True:
        try:
            return opened(secret)
        except engine.errors as exc:
            failure = engine.failure(exc)
            if failure.code == "RDS_AUTH" and renew:
                secret, renew = renew(), None  # rotated since it was read
                continue
            tries += 1
            if failure.code != "RDS_UNREACHABLE" or tries == _TRIES or time.monotonic() > last_start:
                raise failure from exc
            time.sleep(_PAUSE_S)
