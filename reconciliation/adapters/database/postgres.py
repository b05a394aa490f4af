"""The base on PostgreSQL: the day's rows by COPY, the keys as bound arrays."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from typing import Any

import psycopg2
import psycopg2.errors
from psycopg2.extensions import encrypt_password

from reconciliation.adapters.database import base, failures
from reconciliation.adapters.database.base import Slice, SqlBase, Table, Texts
from reconciliation.adapters.database.copy import Copy
from reconciliation.adapters.database.secret import Secret
from reconciliation.contract import COLUMNS, KEY_INDEX, TABLE
from reconciliation.errors import ReconciliationError

_TIME_ZONE = "America/Sao_Paulo"  # a timestamp is a date there
_KEYS_PER_LOOKUP = 5_000
_SELECT = (
    "SELECT fornecedor_id::text, ordem_id::text, nome::text, ativo_id::text, data::date::text, valor::text"  # noqa: S608
    f" FROM {TABLE}"
)
_COLUMN_TYPES = """
    SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
    WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped
"""
# an expression's column number is 0, so that it finds no attribute
_INDEXES = """
    SELECT c.relname, a.attname, i.indisunique AND i.indnkeyatts = 1, i.indisvalid AND i.indpred IS NULL
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
    LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
    WHERE i.indrelid = to_regclass(%s)
"""
# an idle primary sends nothing: what was received and replayed is all there is while the receiver lives
_LAG = """
    SELECT CASE WHEN NOT pg_is_in_recovery() THEN 0
                WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()
                     AND EXISTS (SELECT FROM pg_stat_wal_receiver) THEN 0
                ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END
"""
_PAGES = """
    SELECT greatest(pg_relation_size(%s), max(pg_relation_size(relid))) / current_setting('block_size')::int
    FROM pg_partition_tree(%s)
"""
_UNTRUSTED = re.compile("certificate|signature|SSL was required")
_CHARACTERS = r"text|citext|character varying(\(\d+\))?|character\(\d+\)|bpchar"
_NAMES = re.compile(rf"{_CHARACTERS}|smallint|integer|bigint|uuid")


_MEANINGS: dict[type[Exception], Callable[[], ReconciliationError]] = {
    psycopg2.errors.QueryCanceled: failures.timeout,
    psycopg2.errors.LockNotAvailable: failures.timeout,
    psycopg2.errors.UndefinedTable: partial(failures.no_table, base.CREATE_TABLE),
    psycopg2.errors.InsufficientPrivilege: failures.not_granted,
}


class PostgresBase(SqlBase):
    """See SqlBase."""

    engine = "postgres"
    errors = psycopg2.Error
    allowed = {  # noqa: RUF012 - a constant
        **dict.fromkeys(COLUMNS[:4], _NAMES),
        "ordem_id": re.compile(_CHARACTERS),
        "data": re.compile(r"date|timestamp(\([0-6]\))? with(out)? time zone"),
        "valor": re.compile(r"numeric\(([1-9]|1[0-8]),[0-2]\)|smallint|integer"),
    }
    alter = "ALTER TABLE {table} ALTER COLUMN {column} TYPE {type} USING {column}::{type};"
    drop_index = f"DROP INDEX {KEY_INDEX};"

    def __init__(self, connection: Any) -> None:
        super().__init__(connection)
        self._copies: list[Copy] = []
        self._key_type = "text"
        self._within = ""

    @staticmethod
    def connect(secret: Secret, query_timeout_s: int, ca: str) -> Any:
        settings = {
            "statement_timeout": f"{query_timeout_s}s",
            "lock_timeout": f"{base.LOCK_TIMEOUT_S}s",
            "TimeZone": _TIME_ZONE,
            "idle_in_transaction_session_timeout": "0",  # a snapshot that is shared waits
            "row_security": "off",  # a policy that hides rows is an error, not a smaller base
        }
        tls = (
            {"sslmode": "verify-full", "sslrootcert": ca}
            if ca
            else {"sslmode": secret.get("sslmode", "prefer")}
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

    @staticmethod
    def failure(exc: Exception) -> ReconciliationError:
        return _failure(exc)

    def begin(self, of: Slice | None = None) -> None:
        """Locked before the snapshot is taken: a TRUNCATE in between would show an empty table."""
        self._connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        with self._connection.cursor() as cursor:
            if of:
                cursor.execute("SET TRANSACTION SNAPSHOT %s", (of.snapshot,))
                before = "" if of.end is None else f" AND ctid < '({of.end},0)'"
                self._within = f" AND ctid >= '({of.first},0)'{before}"
            cursor.execute(f"LOCK TABLE {TABLE} IN ACCESS SHARE MODE")

    def close(self) -> None:
        for copy in self._copies:
            copy.leave()
        self._connection.close()

    def table(self) -> Table:
        with self._connection.cursor() as cursor:
            cursor.execute(_COLUMN_TYPES, (TABLE,))
            types = dict(cursor.fetchall())
            cursor.execute(_INDEXES, (TABLE,))
            indexes = cursor.fetchall()
        if types.get("ordem_id", "").startswith(("character(", "bpchar")):
            self._key_type = "bpchar"  # else its index is not used
        leading = {(first, unique) for _, first, unique, whole in indexes if whole}
        return Table(
            types,
            frozenset(name for name, *_ in indexes),
            has_unique_key=("ordem_id", True) in leading,
            has_date_index="data" in {first for first, _ in leading},
        )

    def newest_date(self) -> str | None:
        with self._connection.cursor() as cursor:
            cursor.execute(f"SELECT to_char(max(data)::date, 'YYYY-MM-DD') FROM {TABLE}")  # noqa: S608
            (newest,) = cursor.fetchone()
        return newest or None

    def lag_s(self) -> float | None:
        with self._connection.cursor() as cursor:
            cursor.execute(_LAG)
            (lag_s,) = cursor.fetchone()
        return None if lag_s is None else float(lag_s)

    def share(self, readers: int) -> list[Slice]:
        """By pages of the table, or of each of its partitions; the last slice has no end."""
        with self._connection.cursor() as cursor:
            cursor.execute(_PAGES, (TABLE, TABLE))
            (pages,) = cursor.fetchone()
            cursor.execute("SELECT pg_export_snapshot()")
            (name,) = cursor.fetchone()
        starts = [pages * reader // readers for reader in range(readers)]
        return [Slice(name, first, end) for first, end in zip(starts, [*starts[1:], None], strict=True)]

    def change_password(self, username: str, password: str) -> None:
        """As its hash: the server may log statements."""
        hashed = encrypt_password(password, username, self._connection, "scram-sha-256")
        with self._connection, self._connection.cursor() as cursor:
            cursor.execute("ALTER ROLE CURRENT_USER PASSWORD %s", (hashed,))

    def day_texts(self, day: date) -> Iterator[Texts]:
        """In chunks of about 8 MB."""
        within = f"data >= DATE '{day}' AND data < DATE '{day + timedelta(days=1)}'{self._within}"
        copy = Copy(self._connection, f"COPY ({_SELECT} WHERE {within}) TO STDOUT (FORMAT csv)")
        self._copies.append(copy)
        yield from copy.chunks()

    def texts_of(self, keys: list[str]) -> Iterator[tuple[list[str], Texts]]:
        statement = f"{_SELECT} WHERE ordem_id = ANY(%s::{self._key_type}[])"
        with self._connection.cursor() as cursor:
            for start in range(0, len(keys), _KEYS_PER_LOOKUP):
                batch = keys[start : start + _KEYS_PER_LOOKUP]
                cursor.execute(statement, (batch,))
                if found := cursor.fetchall():
                    yield batch, found


def _failure(exc: Exception) -> ReconciliationError:
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
