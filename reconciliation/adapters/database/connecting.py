"""The one way to the base: who is asked, how often, and what a refusal is called.

The secret's `engine` selects one of ENGINES; those whose snapshot several sessions can read in are SHARING.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from reconciliation.adapters.database import failures
from reconciliation.adapters.database.limits import Limits
from reconciliation.adapters.database.mysql.engine import MySqlSession
from reconciliation.adapters.database.postgres.engine import PostgresSession
from reconciliation.adapters.database.secret import Secret, authority
from reconciliation.adapters.database.session import Session, SharingSession

SHARING: dict[str, type[SharingSession]] = {"postgres": PostgresSession}
ENGINES: dict[str, type[Session]] = {**SHARING, "mysql": MySqlSession}
AnySession = TypeVar("AnySession", bound=Session)


@dataclass(frozen=True)
class Tries:
    """How often an engine that does not answer is asked, and for how long in all."""

    most: int
    pause_s: float = 5
    give_up_s: float = 90


ONCE, PATIENTLY = Tries(1), Tries(3)


def engine_of(secret: Secret) -> type[Session]:
    """Raises E_BASE_SCHEMA for an engine that nobody knows."""
    if secret["engine"] not in ENGINES:
        raise failures.unknown_engine()
    return ENGINES[secret["engine"]]


def sharing_engine_of(secret: Secret) -> type[SharingSession]:
    """For a slice, which another session shared. Raises RECONCILIATION_FAILED where its engine has none."""
    if secret["engine"] not in SHARING:
        raise failures.another_engine()
    return SHARING[secret["engine"]]


@contextmanager
def session(
    engine: type[AnySession],
    secret: Secret,
    limits: Limits,
    database_ca: str = "",
    renewed: Callable[[], Secret] | None = None,
    tries: Tries = ONCE,
) -> Iterator[AnySession]:
    """A connection, closed in the end; whatever fails in it has one of the base's codes of runbook 2.3.

    `database_ca` is a path or s3 URI of a CA bundle (PEM): then the server must prove its name with it.
    `renewed` fetches the secret again where its password is refused, once.
    """
    with authority(database_ca) as ca:
        connected = _connected(engine, secret, limits, ca, renewed, tries)
        try:
            yield connected
        except engine.errors as exc:
            raise connected.told(exc) from exc
        except UnicodeDecodeError as exc:  # a server that knows no encoding gives whatever was put in
            raise failures.unreadable_text() from exc
        finally:
            connected.close()


def _connected(
    engine: type[AnySession],
    secret: Secret,
    limits: Limits,
    ca: str,
    renewed: Callable[[], Secret] | None,
    tries: Tries,
) -> AnySession:
    """Raises RDS_UNREACHABLE, RDS_AUTH and others of the connection's codes."""
    last_start = time.monotonic() + tries.give_up_s - limits.connect_timeout_s - tries.pause_s
    tried = 0
    while True:
        try:
            return engine.connect(secret, limits, ca)
        except engine.errors as exc:
            failure = engine.failure(exc)
            if failure.code == "RDS_AUTH" and renewed:
                secret, renewed = renewed(), None  # rotated since it was read
                continue
            tried += 1
            if not failures.may_pass(failure) or tried == tries.most or time.monotonic() > last_start:
                raise failure from exc
            time.sleep(tries.pause_s)
