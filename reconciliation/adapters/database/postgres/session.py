"""One session of PostgreSQL as the contract wants it."""

from functools import partial
from typing import Any

import psycopg2
import psycopg2.errors
from psycopg2.extensions import encrypt_password

from reconciliation.adapters.database import failures
from reconciliation.adapters.database.limits import Limits
from reconciliation.adapters.database.postgres import settings
from reconciliation.adapters.database.postgres.statements import execute
from reconciliation.adapters.database.secret import Secret
from reconciliation.adapters.database.session import APPLICATION, Slice
from reconciliation.contract import TABLE

CLEAR_PASSWORD = "server requested a cleartext password"  # noqa: S105 - what the driver says
_INSIST_ON_TLS = ("require", "verify-ca", "verify-full")


def connect(secret: Secret, limits: Limits, ca: str) -> Any:
    """One try. With a CA bundle, the server must prove its name; without, a password itself needs TLS."""
    tried = partial(_connected, secret, limits.connect_timeout_s)
    if ca:
        return tried(sslmode="verify-full", sslrootcert=ca)
    own = secret.get("sslmode", "prefer")
    try:
        return tried(sslmode=own, require_auth="!password")
    except psycopg2.OperationalError as exc:
        if CLEAR_PASSWORD not in str(exc):
            raise
        asked = exc
    try:
        return tried(sslmode=own if own in _INSIST_ON_TLS else "require")
    except psycopg2.OperationalError as exc:
        raise (asked if "does not support SSL" in str(exc) else exc) from None


def _connected(secret: Secret, connect_timeout_s: int, **tls: str) -> Any:
    """Nothing is asked for here but what every pooler takes: no `options`."""
    try:
        connection = psycopg2.connect(
            host=secret["host"],
            port=secret["port"],
            dbname=secret["dbname"],
            user=secret["username"],
            password=secret["password"],
            application_name=APPLICATION,
            connect_timeout=connect_timeout_s,
            client_encoding="UTF8",
            keepalives_idle=30,
            keepalives_interval=10,
            keepalives_count=3,
            **tls,
        )
    except UnicodeDecodeError as exc:  # what is said before the encoding is agreed on is in the server's own
        raise psycopg2.OperationalError(exc.object.decode("latin-1")) from exc
    connection.set_client_encoding("UTF8")  # says nothing where it is: the driver decodes by it
    connection.autocommit = True  # transactions are begun here, never by the driver
    return connection


_READING = "ISOLATION LEVEL REPEATABLE READ READ ONLY"
# to the microsecond; no address: one server may have two, and none where a pooler enters by a socket
_STARTED = "SELECT to_char(pg_postmaster_start_time() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
_NOT_JOINED = (
    psycopg2.errors.UndefinedObject,
    psycopg2.errors.InvalidParameterValue,  # before version 17
    psycopg2.errors.ObjectNotInPrerequisiteState,  # whoever exported it is gone
    psycopg2.errors.FeatureNotSupported,  # of another database
)


def begin(connection: Any, limits: Limits, of: Slice | None) -> None:
    """Locked before the snapshot is taken: a TRUNCATE in between would show an empty table.

    `SET` and `LOCK` take no snapshot, so that one may be joined after. Raises E_BASE_SESSION.
    """
    wanted = settings.asked(limits, connection)
    settings.begin(connection, _READING, wanted)
    if of:
        _join(connection, of)
    execute(connection, f"LOCK TABLE {TABLE} IN ACCESS SHARE MODE")
    settings.require_snapshot(connection, wanted)


def server(connection: Any) -> str:
    """By which a server is told from another, and from itself before it was started again."""
    ((started,),) = execute(connection, _STARTED)
    return str(started)


def _join(connection: Any, of: Slice) -> None:
    """Names of snapshots are counted: another server may have none of that name, or one of its own.

    Raises RECONCILIATION_FAILED.
    """
    refused = None
    try:
        execute(connection, "SET TRANSACTION SNAPSHOT %s", of.snapshot)
    except _NOT_JOINED as exc:
        execute(connection, "ROLLBACK")
        refused = exc
    if server(connection) != of.server:
        raise failures.another_server() from refused
    if refused:
        raise refused


def look(connection: Any, limits: Limits) -> None:
    """As `begin`, without the table. Raises E_BASE_SESSION."""
    wanted = settings.asked(limits, connection)
    settings.begin(connection, _READING, wanted)
    settings.require_reading(connection, wanted)


def change_password(connection: Any, limits: Limits, username: str, password: str) -> None:
    """As its hash: the server may log statements. Raises E_BASE_SESSION where it would be another's."""
    hashed = encrypt_password(password, username, connection, "scram-sha-256")
    wanted = settings.asked(limits, connection)
    settings.begin(connection, "READ WRITE", wanted)
    settings.require(connection, wanted | {"transaction_read_only": "off"})
    ((user,),) = execute(connection, "SELECT session_user::text")
    if user != username:
        raise failures.session("session_user", username, user)
    execute(connection, "ALTER ROLE SESSION_USER PASSWORD %s", hashed)
    execute(connection, "COMMIT")
