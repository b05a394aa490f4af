"""MySQL's owner of the base: see Owner."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pymysql
from pymysql.constants import ER

from reconciliation import advice
from reconciliation.adapters.database import base_sql, unprepared
from reconciliation.adapters.database.limits import Limits
from reconciliation.adapters.database.mysql import catalog, meaning, settings, tls
from reconciliation.adapters.database.mysql.statements import execute
from reconciliation.adapters.database.secret import Secret
from reconciliation.adapters.database.session import Extension, Index, Owner
from reconciliation.adapters.database.table import Table
from reconciliation.contract import KEY_INDEX

_ALONE = "reconciliation-prepare-base"
_REFUSED = {
    ER.ACCESS_DENIED_ERROR,
    ER.DBACCESS_DENIED_ERROR,
    ER.TABLEACCESS_DENIED_ERROR,
    ER.SPECIFIC_ACCESS_DENIED_ERROR,
    ER.CANNOT_USER,
}
_MAKING = {"idx_ordem_id": "criar_indice_unico", "idx_data": "criar_indice_data"}
_GRANT = re.compile(r"GRANT (.+?) ON ")
_ONLY_READING = {"USAGE", "SELECT", "SHOW VIEW", "REPLICATION CLIENT", "BINLOG MONITOR", "REPLICA MONITOR"}


class MySqlOwner(Owner):
    def __init__(self, connection: Any, limits: Limits) -> None:
        self._connection = connection
        connection.autocommit(True)
        settings.set_session(connection, settings.asked(connection, limits))

    @contextmanager
    def alone(self) -> Iterator[None]:
        if execute(self._connection, "SELECT GET_LOCK(%s, 0)", _ALONE) != [(1,)]:
            raise unprepared.being_prepared()
        try:
            yield
        finally:
            with suppress(pymysql.Error):  # a connection that is gone holds nothing for long
                execute(self._connection, "SELECT RELEASE_LOCK(%s)", _ALONE)

    def table(self) -> Table | None:
        return catalog.table_if_any(self._connection)

    def create_index(self, index: Index, table: Table) -> None:
        """An ALTER that fails leaves the table as it was."""
        if index in table.indexes:
            raise unprepared.index_name_taken(index, _by_hand(index, table))
        self._run(f"o índice {index}", _MAKING[index])

    def is_unfinished(self, index: Index) -> bool:
        return False

    def is_harmless(self, user: str) -> bool | None:
        found = execute(
            self._connection, "SELECT COUNT(*) FROM mysql.user WHERE user = %s AND host = '%%'", user
        )
        if not found[0][0]:
            return None
        granted = [line for (line,) in execute(self._connection, "SHOW GRANTS FOR %s@'%%'", user)]
        return all(_is_reading(line) for line in granted)

    def without_rights(self, secret: Secret) -> Secret:
        """It lets nobody into a database of which he may do nothing."""
        return {**secret, "dbname": None}

    def _tell_password(self, name: str, user: str, password: str) -> None:
        """As it is, in TLS: the server knows no other way, and writes it into none of its logs."""
        tls.require(self._connection)
        self._run(
            f"o usuário {user}", name, usuario=self._named(user), senha=self._connection.escape(password)
        )

    def extension(self) -> Extension:
        """The slow query log is a setting of the server's."""
        return "unknown"

    def _named(self, user: str) -> str:
        return str(self._connection.escape(user))

    def _run(self, what: str, name: str, **parts: str) -> list[list[tuple[Any, ...]]]:
        try:
            return [execute(self._connection, one) for one in base_sql.parts_of("mysql", name, **parts)]
        except pymysql.MySQLError as exc:
            number = exc.args[0] if exc.args else None
            if number == ER.DUP_ENTRY:
                raise unprepared.repeated_keys() from None
            if number in _REFUSED:
                raise unprepared.refused_to_owner(what) from None
            raise unprepared.unless_told(what, number, meaning.failure(exc)) from None


def _is_reading(grant: str) -> bool:
    """A line of SHOW GRANTS; one without ON gives a role, which may hold anything."""
    found = _GRANT.match(grant)
    rights = re.sub(r" ?\([^)]*\)", "", found[1]).split(", ") if found else ["a role"]
    return set(rights) <= _ONLY_READING


def _by_hand(index: Index, table: Table) -> str:
    if index == KEY_INDEX:
        return advice.key_index("mysql", table.name, table.indexes)
    free = advice.free_name(index, table.indexes)
    return advice.statement("mysql.date_index", table.name, index=free)
