"""What the errors of PostgreSQL, its driver and the poolers before it mean.

A connection that was refused has words only, and the words are the pooler's where one refused it.
"""

import re
from collections.abc import Callable

import psycopg2
import psycopg2.errors

from reconciliation.adapters.database import failures
from reconciliation.adapters.database.postgres.session import CLEAR_PASSWORD
from reconciliation.errors import ReconciliationError

UNREADABLE = (psycopg2.errors.UntranslatableCharacter, psycopg2.errors.CharacterNotInRepertoire)
"""A text that the database's encoding cannot show in UTF-8, or bytes where it knows no encoding."""
Meaning = Callable[[], ReconciliationError]

_BY_KIND: dict[type[Exception], Meaning] = {
    psycopg2.errors.QueryCanceled: failures.timeout,
    psycopg2.errors.LockNotAvailable: failures.timeout,
    psycopg2.errors.SerializationFailure: failures.replica_conflict,  # of who only reads
    psycopg2.errors.UndefinedTable: failures.no_table,
    psycopg2.errors.InsufficientPrivilege: failures.not_granted,
    psycopg2.errors.TooManyConnections: failures.full,
    **dict.fromkeys(
        (
            psycopg2.errors.InsufficientResources,
            psycopg2.errors.DiskFull,
            psycopg2.errors.OutOfMemory,
            psycopg2.errors.ConfigurationLimitExceeded,
        ),
        failures.short_of_resources,
    ),
    **dict.fromkeys(
        (
            psycopg2.errors.AdminShutdown,
            psycopg2.errors.CrashShutdown,
            psycopg2.errors.CannotConnectNow,
        ),
        failures.restarting,
    ),
    **dict.fromkeys(UNREADABLE, failures.unreadable_text),
}
_BY_WORDS: tuple[tuple[str, Meaning], ...] = (
    ("conflict with recovery", failures.replica_conflict),
    ("row-level security", failures.row_security),
    (r"statement pooling|statement level pooling", failures.statement_pooling),
    (r"unsupported (startup|pkt)|feature not supported|command-line options", failures.startup_refused),
)
"""Whoever said it, connected or not."""
_BY_REFUSAL: tuple[tuple[str, Meaning], ...] = (
    (CLEAR_PASSWORD, failures.plain_text),
    (r"no such database|database .* does not exist|database .* is disabled", failures.no_such_database),
    (r"pg_hba\.conf|login rejected", failures.not_admitted),
    (r"server login (has been failing|failed)|cannot connect to server|server_login_retry",
     failures.pooler_without_server),
    (r"authentication (failed|error)|no password supplied|auth(entication)? failed|no such user"
     r"|no credentials for the role|password that was provided|role .* does not exist"
     r"|not permitted to log in|permission denied for database", failures.refused),
    (r"max_client_conn|too many clients|too many connections|connection slots|client connections exceeded"
     r"|no more connections", failures.full),
    (r"query_wait_timeout|acquire database connection|wait.timeout", failures.pooler_busy),
    (r"does not support SSL", failures.no_tls),
    (r"SSL (was )?required|requires? (TLS|SSL)|SSL connection is required", failures.tls_required),
    (r"certificate|signature", failures.untrusted),
    (r"starting up|shutting down|in recovery mode|not yet accepting|administrator command"
     r"|crash of another server process", failures.restarting),
    # what a server says comes after a severity and two spaces, what the driver says after neither
    (r"failed: (?:(?!(?:FATAL|ERROR|PANIC):)\S+:  |FATAL:  .*[^\x00-\x7F])", failures.refused_in_other_words),
)  # fmt: skip
"""In this order: a pooler repeats its server's words behind its own. The last is no English."""


def failure(exc: Exception) -> ReconciliationError:
    """What the driver's error means."""
    text = str(exc)
    if found := _first(_BY_WORDS, text):
        return found
    for kind, meaning in _BY_KIND.items():
        if isinstance(exc, kind):
            return meaning()
    is_lost = isinstance(exc, psycopg2.OperationalError | psycopg2.InterfaceError)
    if is_lost or isinstance(exc, psycopg2.errors.ProtocolViolation):
        return _first(_BY_REFUSAL, text) or failures.unreachable()
    return failures.other(getattr(exc, "pgcode", None))


def _first(meanings: tuple[tuple[str, Meaning], ...], text: str) -> ReconciliationError | None:
    return next((meaning() for words, meaning in meanings if re.search(words, text, re.IGNORECASE)), None)
