"""What a session of PostgreSQL is asked for, and the proof that it is so.

All of it is set within the one transaction: a pooler may hand each transaction to another connection, and
takes nothing beyond the plainest parameters when a client connects.
"""

from collections.abc import Mapping
from typing import Any

from reconciliation.adapters.database import failures
from reconciliation.adapters.database.limits import Limits
from reconciliation.adapters.database.postgres.statements import execute
from reconciliation.contract import TABLE

_OF_THE_TRANSACTION = {"transaction_isolation": "repeatable read", "transaction_read_only": "on"}
_HAS_TRANSACTION_TIMEOUT = 170_000
# its schema first, temporary tables last: nobody's new table of that name takes the place of the one locked
_PIN = """
    SELECT set_config('search_path', concat_ws(', ', 'pg_catalog', quote_ident(n.nspname),
                      nullif(current_setting('search_path'), ''), 'pg_temp'), true),
           row_security_active(c.oid),
           ARRAY(SELECT polname::text FROM pg_policy WHERE polrelid = c.oid ORDER BY 1)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass(%s)
"""


def asked(limits: Limits, connection: Any) -> dict[str, str]:
    """By setting, its value as `pg_settings` shows it."""
    # the driver quotes as it was when it connected, and as by "on" where a pooler does not tell: with the
    # other one a backslash would be another text
    strings = connection.info.parameter_status("standard_conforming_strings") or "on"
    wanted = {
        "TimeZone": "UTC",
        "DateStyle": "ISO, YMD",
        "client_encoding": "UTF8",
        "standard_conforming_strings": strings,
        "quote_all_identifiers": "off",  # else the catalogue writes types otherwise
        "row_security": "off",  # a policy that hides rows is an error, not a smaller base
        "statement_timeout": str(limits.query_timeout_s * 1000),
        "lock_timeout": str(limits.lock_timeout_s * 1000),
        "idle_in_transaction_session_timeout": "0",  # a snapshot that is shared waits
    }
    if connection.server_version >= _HAS_TRANSACTION_TIMEOUT:
        wanted["transaction_timeout"] = "0"
    return wanted


def begin(connection: Any, mode: str, wanted: Mapping[str, str]) -> None:
    """In one message: no time-out of the server's own comes in between."""
    execute(
        connection,
        "; ".join([f"BEGIN {mode}", *(f"SET LOCAL {name} = '{value}'" for name, value in wanted.items())]),
    )


def require_snapshot(connection: Any, wanted: dict[str, str]) -> None:
    """Raises E_BASE_SESSION for a setting that is not as asked, and for rows that the reader may not see.

    The table is locked. Takes the snapshot, where the transaction has none.
    """
    require_reading(connection, wanted)
    ((_, hides_rows, policies),) = execute(connection, _PIN, TABLE)
    if hides_rows:
        raise failures.row_security(policies)


def require_reading(connection: Any, wanted: dict[str, str]) -> None:
    """Raises E_BASE_SESSION unless the session is as asked, and its transaction one that only reads."""
    require(connection, wanted | _OF_THE_TRANSACTION)


def require(connection: Any, wanted: Mapping[str, str]) -> None:
    """Raises E_BASE_SESSION for the first setting that is not as asked."""
    statement = "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)"
    shown = dict(execute(connection, statement, list(wanted)))
    for name, value in wanted.items():
        if shown.get(name) != value:
            raise failures.session(name, value, shown.get(name))
