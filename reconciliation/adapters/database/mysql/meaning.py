"""What the errors of MySQL, MariaDB, the driver and the proxies before them mean."""

import re
from collections.abc import Callable

from pymysql.constants import ER

from reconciliation.adapters.database import failures
from reconciliation.adapters.database.mysql import tls
from reconciliation.adapters.database.mysql.statements import MAX_EXECUTION_TIME, MAX_STATEMENT_TIME
from reconciliation.errors import ReconciliationError

_SLOW = (MAX_STATEMENT_TIME, MAX_EXECUTION_TIME)
_BY_NUMBER: dict[object, Callable[[], ReconciliationError]] = {
    **dict.fromkeys((ER.LOCK_WAIT_TIMEOUT, *_SLOW), failures.timeout),
    **dict.fromkeys((ER.ACCESS_DENIED_ERROR, 1698, 1862, 3118), failures.refused),  # no password, old, locked
    **dict.fromkeys((ER.HOST_NOT_PRIVILEGED, ER.HOST_IS_BLOCKED), failures.not_admitted),
    **dict.fromkeys(
        (ER.TABLEACCESS_DENIED_ERROR, ER.COLUMNACCESS_DENIED_ERROR),
        failures.not_granted,
    ),
    ER.DBACCESS_DENIED_ERROR: failures.no_such_database,  # so it answers who may not know which there are
    **dict.fromkeys((ER.CON_COUNT_ERROR, ER.TOO_MANY_USER_CONNECTIONS, ER.USER_LIMIT_REACHED), failures.full),
    ER.SERVER_SHUTDOWN: failures.restarting,
    # disk, memory, memory to sort, any of these, a temporary table; the driver has no name for a thread's
    **dict.fromkeys(
        (ER.DISK_FULL, ER.OUTOFMEMORY, ER.OUT_OF_SORTMEMORY, ER.OUT_OF_RESOURCES, ER.RECORD_FILE_FULL, 1135),
        failures.short_of_resources,
    ),
    3159: failures.tls_required,  # ER_SECURE_TRANSPORT_REQUIRED
    ER.BAD_DB_ERROR: failures.no_such_database,
    ER.NO_SUCH_TABLE: failures.no_table,
    ER.NEW_ABORTING_CONNECTION: failures.init_connect,
    9501: failures.pooler_busy,
}
_PROXY_BUSY = re.compile("acquire database connection|Max connect timeout reached", re.IGNORECASE)
_KILLED, _DRIVERS_OWN = 1927, range(2000, 3000)


def is_slow(exc: Exception) -> bool:
    """Whether the statement itself took too long: it waited for nobody's lock."""
    return exc.args[:1] in [(number,) for number in _SLOW]


def failure(exc: Exception) -> ReconciliationError:
    """What the driver's error means."""
    if (insecure := tls.failure(exc)) is not None:
        return insecure
    number = exc.args[0] if exc.args else None
    if number in _BY_NUMBER:
        return _BY_NUMBER[number]()
    if _PROXY_BUSY.search(str(exc)):
        return failures.pooler_busy()
    if number in (0, _KILLED) or (isinstance(number, int) and number in _DRIVERS_OWN):
        return failures.unreachable()
    return failures.other(number)
