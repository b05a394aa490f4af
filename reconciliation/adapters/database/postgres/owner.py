"""PostgreSQL's owner of the base: see Owner."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg2
import psycopg2.errors
from psycopg2.extensions import adapt, encrypt_password, quote_ident

from reconciliation import advice
from reconciliation.adapters.database import base_sql, unprepared
from reconciliation.adapters.database.limits import Limits
from reconciliation.adapters.database.postgres import catalog, meaning
from reconciliation.adapters.database.postgres.statements import execute
from reconciliation.adapters.database.secret import Secret
from reconciliation.adapters.database.session import Extension, Index, Owner
from reconciliation.adapters.database.table import Table
from reconciliation.contract import KEY_INDEX, TABLE
from reconciliation.errors import ReconciliationError

_EXTENSION = "pg_stat_statements"
_ALONE = 7_263_544_118
"""Any number that is nobody else's lock."""
# `pg_shdepend` has whatever names a user, in every database; the rights in another one cannot be looked into
_HARMLESS = """
    WITH lists (class, object, acl, reading) AS (
        SELECT 'pg_class'::regclass, oid, relacl, 'SELECT' FROM pg_class
        UNION ALL SELECT 'pg_class'::regclass, attrelid, attacl, 'SELECT' FROM pg_attribute
        UNION ALL SELECT 'pg_namespace'::regclass, oid, nspacl, 'USAGE' FROM pg_namespace
        UNION ALL SELECT 'pg_database'::regclass, oid, datacl, 'CONNECT' FROM pg_database
    ), given AS (
        SELECT class, object, item.grantee, bool_and(item.privilege_type = reading) AS only_reads
        FROM lists, aclexplode(acl) item GROUP BY class, object, item.grantee
    )
    SELECT NOT (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication)
       AND NOT EXISTS (
           SELECT FROM pg_auth_members JOIN pg_roles role ON role.oid = roleid
           WHERE member = u.oid AND role.rolname NOT IN ('pg_read_all_data', 'pg_read_all_settings',
               'pg_read_all_stats', 'pg_stat_scan_tables', 'pg_monitor'))
       AND NOT EXISTS (
           SELECT FROM pg_shdepend LEFT JOIN given
               ON deptype = 'a' AND class = classid AND object = objid AND grantee = u.oid
           WHERE refclassid = 'pg_authid'::regclass AND refobjid = u.oid AND (
               dbid NOT IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
               OR deptype <> 'r' AND only_reads IS NOT TRUE))
    FROM pg_roles u WHERE rolname = %s
"""
_INDEX = """
    SELECT indrelid = to_regclass(%s), indisvalid,
           EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.relid = indrelid)
    FROM pg_index WHERE indexrelid = to_regclass(%s)
"""
_KNOWN_EXTENSION = """
    SELECT EXISTS (SELECT FROM pg_extension WHERE extname = %s),
           EXISTS (SELECT FROM pg_available_extensions WHERE name = %s)
"""
_MAKING = {"idx_ordem_id": "criar_indice_unico", "idx_data": "criar_indice_data"}


class PostgresOwner(Owner):
    def __init__(self, connection: Any, limits: Limits) -> None:
        self._connection, self._limits = connection, limits
        execute(connection, "SET search_path = public")
        self._allow(self._limits.lock_timeout_s)

    def _allow(self, seconds: int) -> None:
        """To each statement from now on."""
        execute(self._connection, f"SET statement_timeout = {seconds * 1000}")

    @contextmanager
    def alone(self) -> Iterator[None]:
        if not execute(self._connection, "SELECT pg_try_advisory_lock(%s)", _ALONE)[0][0]:
            raise unprepared.being_prepared()
        try:
            yield
        finally:
            with suppress(psycopg2.Error):  # a connection that is gone holds nothing for long
                execute(self._connection, "SELECT pg_advisory_unlock(%s)", _ALONE)

    def table(self) -> Table | None:
        return catalog.table_if_any(self._connection)

    def create_index(self, index: Index, table: Table) -> None:
        """What CONCURRENTLY left unfinished is taken away before, and after it failed.

        One that is left refuses the company's keys as if it were valid. Where it cannot be taken away either
        (whoever reads the table is waited for), that is told, and the next call begins with it.
        """
        self._clear(index, table)
        try:
            self._make(index)
        except ReconciliationError as failure:
            try:
                self._clear(index, table)
            except (ReconciliationError, psycopg2.Error):
                raise unprepared.left_unfinished(index, failure.code) from failure
            raise

    def _make(self, index: Index) -> None:
        self._allow(self._limits.query_timeout_s)
        try:
            self._run(f"o índice {index}", _MAKING[index])
        finally:
            self._allow(self._limits.lock_timeout_s)

    def is_unfinished(self, index: Index) -> bool:
        found = execute(self._connection, _INDEX, TABLE, index)
        return any(is_ours and not (is_valid or is_being_made) for is_ours, is_valid, is_being_made in found)

    def _clear(self, index: Index, table: Table) -> None:
        """Of that name, what is no index that anybody reads. Raises for one that is, or is being made."""
        for is_ours, is_valid, is_being_made in execute(self._connection, _INDEX, TABLE, index):
            if is_being_made and not is_valid:
                raise unprepared.index_being_made(index)
            if is_valid or not is_ours:
                raise unprepared.index_name_taken(index, _by_hand(index, table))
            self._run(f"o índice {index}", "remover_indice_inacabado", indice=index)

    def is_harmless(self, user: str) -> bool | None:
        found = execute(self._connection, _HARMLESS, user)
        return bool(found[0][0]) if found else None

    def without_rights(self, secret: Secret) -> Secret:
        return secret

    def _tell_password(self, name: str, user: str, password: str) -> None:
        """As what proves it (SCRAM): the server may log statements, and keeps them."""
        proof = encrypt_password(password, user, self._connection, "scram-sha-256")
        literal = adapt(proof).getquoted().decode("ascii")
        self._run(f"o usuário {user}", name, usuario=self._named(user), senha=literal)

    def extension(self) -> Extension:
        ((is_there, is_known),) = execute(self._connection, _KNOWN_EXTENSION, _EXTENSION, _EXTENSION)
        if not is_there:
            return "missing" if is_known else "unknown"
        try:
            execute(self._connection, f"SELECT FROM {_EXTENSION} LIMIT 1")
        except psycopg2.errors.ObjectNotInPrerequisiteState as exc:
            raise unprepared.not_loaded(_EXTENSION) from exc
        return "there"

    def _named(self, user: str) -> str:
        return str(quote_ident(user, self._connection))

    def _run(self, what: str, name: str, **parts: str) -> list[list[tuple[Any, ...]]]:
        try:
            return [execute(self._connection, one) for one in base_sql.parts_of("postgres", name, **parts)]
        except psycopg2.errors.UniqueViolation:
            raise unprepared.repeated_keys() from None
        except psycopg2.errors.InsufficientPrivilege:
            raise unprepared.refused_to_owner(what) from None
        except psycopg2.Error as exc:
            raise unprepared.unless_told(what, exc.pgcode, meaning.failure(exc)) from None


def _by_hand(index: Index, table: Table) -> str:
    if index == KEY_INDEX:
        return advice.key_index("postgres", table.name, table.indexes)
    free = advice.free_name(index, table.indexes)
    return advice.statement("postgres.date_index", table.name, index=free)
