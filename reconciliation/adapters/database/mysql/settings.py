"""What a session of MySQL or MariaDB is asked for, and the proof that it is so.

Set by statements, once the server's `init_connect` had its say; read back within the transaction.
"""

from typing import Any

from pymysql.constants import SERVER_STATUS

from reconciliation.adapters.database import failures
from reconciliation.adapters.database.limits import Limits
from reconciliation.adapters.database.mysql.statements import execute, is_mariadb

ANSWER_S = 30
"""How long after its own limit a server may stay silent."""
_IN_TRANS_READONLY = 0x2000


def asked(connection: Any, limits: Limits) -> dict[str, str | int]:
    """By session variable, its value as the server shows it."""
    if is_mariadb(connection):
        own: dict[str, str | int] = {
            "max_statement_time": limits.query_timeout_s,
            "system_versioning_asof": "DEFAULT",
            "in_predicate_conversion_threshold": 0,  # a look-up of 1,000 keys would read the whole table
        }
    else:
        own = {"max_execution_time": limits.query_timeout_s * 1000}
    return own | {
        "time_zone": "+00:00",  # servers need not know zones by name
        "sql_mode": "",  # none that turns a date of zeros into NULL, pads a CHAR or reads quotes otherwise
        "sql_select_limit": 2**64 - 1,  # none
        "sql_big_selects": 1,  # then max_join_size counts for nothing
        "sql_auto_is_null": 0,
        "character_set_client": "utf8mb4",
        "character_set_results": "utf8mb4",
        # both servers know it, its character set comes with it, and a column's own counts before it
        "collation_connection": "utf8mb4_general_ci",
        "lock_wait_timeout": limits.lock_timeout_s,
        "net_write_timeout": limits.query_timeout_s + ANSWER_S,
        "wait_timeout": 28_800,  # a snapshot waits for what is done with its rows
    }


def set_session(connection: Any, wanted: dict[str, str | int]) -> None:
    """Quotes of one kind only: until now `sql_mode` is the server's."""
    listed = ", ".join(
        f"{name} = {value}" if isinstance(value, int) or value == "DEFAULT" else f"{name} = '{value}'"
        for name, value in wanted.items()
    )
    execute(connection, f"SET SESSION {listed}")


def require(connection: Any, wanted: dict[str, str | int]) -> None:
    """Raises E_BASE_SESSION for the first variable that is not as asked."""
    rows = execute(connection, "SELECT " + ", ".join(f"@@SESSION.{name}" for name in wanted))
    found = rows[0] if rows else (None,) * len(wanted)  # a row limit of 0
    for (name, value), shown in zip(wanted.items(), found, strict=True):
        if shown != value:
            raise failures.session(name, str(value), shown)


def require_snapshot(connection: Any, wanted: dict[str, str | int]) -> None:
    """As `require`; and that a transaction is open, REPEATABLE READ and read only."""
    isolation = "tx_isolation" if is_mariadb(connection) else "transaction_isolation"
    require(connection, wanted | {isolation: "REPEATABLE-READ"})
    for name, flag in (
        ("transaction", SERVER_STATUS.SERVER_STATUS_IN_TRANS),
        ("transaction_read_only", _IN_TRANS_READONLY),
    ):
        if not connection.server_status & flag:
            raise failures.session(name, "ON", "OFF")
