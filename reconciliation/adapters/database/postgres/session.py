"""One session of PostgreSQL as the contract wants it, and what its errors mean."""

import re
from collections.abc import Callable
from typing import Any

import psycopg2
import psycopg2.errors
from psycopg2.extensions import encrypt_password

from reconciliation.adapters.database import base, failures
from reconciliation.adapters.database.base import Slice
from reconciliation.adapters.database.secret import Secret
from reconciliation.contract import TABLE
from reconciliation.errors import ReconciliationError

_TIME_ZONE = "America/Sao_Paulo"  # a timestamp is a date there
_UNTRUSTED = re.compile("certificate|signature|SSL was required")
_MEANINGS: dict[type[Exception], Callable[[], ReconciliationError]] = {
    psycopg2.errors.QueryCanceled: failures.timeout,
    psycopg2.errors.LockNotAvailable: failures.timeout,
    psycopg2.errors.UndefinedTable: failures.no_table,
    psycopg2.errors.InsufficientPrivilege: failures.not_granted,
}


def connect(secret: Secret, query_timeout_s: int, ca: str) -> Any:
    """One try. With a CA bundle, the server must prove its name."""
    settings = {
        "statement_timeout": f"{query_timeout_s}s",
        "lock_timeout": f"{base.LOCK_TIMEOUT_S}s",
        "TimeZone": _TIME_ZONE,
        "idle_in_transaction_session_timeout": "0",  # a snapshot that is shared waits
        "row_security": "off",  # a policy that hides rows is an error, not a smaller base
    }
    tls = (
        {"sslmode": "verify-full", "sslrootcert": ca} if ca else {"sslmode": secret.get("sslmode", "prefer")}
    )
    return psycopg2.connect(
        host=secret["host"],
        port=secret["port"],
        dbname=secret["dbname"],
        user=secret["username"],
        password=secret["password"],
        application_name=base.APPLICATION,
        connect_timeout=base.CONNECT_TIMEOUT_S,
        client_encoding="UTF8",
        keepalives_idle=30,
        keepalives_interval=10,
        keepalives_count=3,
        options=" ".join(f"-c {name}={value}" for name, value in settings.items()),
        **tls,
    )


def begin(connection: Any, of: Slice | None) -> None:
    """Locked before the snapshot is taken: a TRUNCATE in between would show an empty table."""
    connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
    with connection.cursor() as cursor:
        if of:
            cursor.execute("SET TRANSACTION SNAPSHOT %s", (of.snapshot,))
        cursor.execute(f"LOCK TABLE {TABLE} IN ACCESS SHARE MODE")


def change_password(connection: Any, username: str, password: str) -> None:
    """As its hash: the server may log statements."""
    hashed = encrypt_password(password, username, connection, "scram-sha-256")
    with connection, connection.cursor() as cursor:
        cursor.execute("ALTER ROLE CURRENT_USER PASSWORD %s", (hashed,))


def failure(exc: Exception) -> ReconciliationError:
    """What the driver's error means."""
    text = str(exc)
    connected = getattr(exc, "pgcode", None) is not None  # a refused connection has words only
    if "conflict with recovery" in text:
        return failures.replica_conflict()
    for kind, meaning in _MEANINGS.items():
        if isinstance(exc, kind):
            return meaning()
    if "authentication failed" in text or "no password supplied" in text:
        return failures.refused()
    if not connected and "database" in text and "does not exist" in text:
        return failures.no_such_database()
    if not connected and _UNTRUSTED.search(text):
        return failures.untrusted()
    if isinstance(exc, psycopg2.OperationalError | psycopg2.InterfaceError):
        return failures.unreachable()
    return failures.other(getattr(exc, "pgcode", None))
