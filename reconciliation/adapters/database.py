"""The base `transacoes`, read-only: one connection, one REPEATABLE READ transaction, so one snapshot.

Rows and keys travel as data: the day's rows by COPY, the keys as bound arrays. Source: runbook 2.3.
"""

import json
import queue
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from io import BytesIO
from typing import Any

import boto3
import polars as pl
import psycopg2
import psycopg2.errors
from botocore.exceptions import ClientError

from reconciliation.contract import COLUMNS, KEY_INDEX, TABLE
from reconciliation.errors import ReconciliationError, error
from reconciliation.kernels.money import cents
from reconciliation.kernels.schemas import BASE, LINE

_MEMBERS = ("engine", "host", "port", "dbname", "username", "password")
_APPLICATION = "reconciliation-job"
_CONNECT_TIMEOUT_S = 10
_LOCK_TIMEOUT_S = 30
_TIME_ZONE = "America/Sao_Paulo"  # a timestamp is a date there
_TRIES, _PAUSE_S = 3, 5
_CHUNK_BYTES = 8 * 1024 * 1024
_KEYS_PER_LOOKUP = 5_000
_SELECT = (
    "SELECT fornecedor_id::text, ordem_id::text, nome::text, ativo_id::text, data::date::text,"  # noqa: S608
    f" valor::numeric(18,2)::text FROM {TABLE}"
)
_COLUMN_TYPES = """
    SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
    WHERE attrelid = to_regclass(%s) AND attnum > 0 AND NOT attisdropped
"""
# what can hold the contract without rounding: at most 2 decimals, and whole days
_TYPES = {
    "valor": re.compile(r"numeric\(([1-9]|1[0-8]),[0-2]\)|smallint|integer"),
    "data": re.compile(r"date|timestamp(\([0-6]\))? with(out)? time zone"),
}
_WANTED = {"valor": "numeric(18,2)", "data": "date"}
_UNIQUE_ON_KEY = """
    SELECT count(*) FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
    WHERE i.indrelid = to_regclass(%s) AND i.indisunique AND i.indisvalid AND i.indpred IS NULL
      AND i.indnkeyatts = 1 AND a.attname = 'ordem_id'
"""


@contextmanager
def open_base(secret_id: str, query_timeout_s: int) -> Iterator["PostgresBase"]:
    """One snapshot of the base, checked. Raises the base's codes of the data contract and runbook 2.3."""
    with snapshot(_secret(secret_id), query_timeout_s) as base:
        yield base


@contextmanager
def snapshot(secret: dict[str, Any], query_timeout_s: int) -> Iterator["PostgresBase"]:
    """As `open_base`, for the secret's own values."""
    if secret["engine"] != "postgres":
        raise error("E_BASE_SCHEMA", f"o motor {secret['engine']!r} do segredo ainda não é atendido")
    connection = _connect(secret, query_timeout_s)
    try:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        base = PostgresBase(connection)
        try:
            base.check()
            yield base
        finally:
            base.leave()
    except psycopg2.Error as exc:
        raise _failure(exc) from exc
    finally:
        connection.close()


class _Copy:
    """COPY pushes, a frame wants to pull: a thread copies into a bounded queue, in chunks of whole rows."""

    def __init__(self, connection: Any, statement: str) -> None:
        self._connection = connection
        self._statement = statement
        self._chunks: queue.Queue[bytes | BaseException | None] = queue.Queue(maxsize=2)
        self._rows: list[bytes] = []
        self._size_bytes = 0
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._copy, daemon=True)
        self._thread.start()

    def chunks(self) -> Iterator[bytes]:
        while (chunk := self._chunks.get()) is not None:
            if isinstance(chunk, BaseException):
                raise chunk
            yield chunk

    def leave(self) -> None:
        """Ends the copy, also where not all of it was wanted."""
        self._left.set()
        self._thread.join()

    def write(self, row: bytes) -> None:
        """PostgreSQL writes a row at a time."""
        self._rows.append(row)
        self._size_bytes += len(row)
        if self._size_bytes >= _CHUNK_BYTES:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            self._put(b"".join(self._rows))
            self._rows, self._size_bytes = [], 0

    def _copy(self) -> None:
        try:
            with self._connection.cursor() as cursor:
                cursor.copy_expert(self._statement, self, size=_CHUNK_BYTES)
            self._flush()
            self._put(None)
        except BaseException as exc:
            with suppress(_Left):
                self._put(exc)

    def _put(self, chunk: bytes | BaseException | None) -> None:
        while not self._left.is_set():
            with suppress(queue.Full):
                self._chunks.put(chunk, timeout=0.1)
                return
        raise _Left


class _Left(Exception):
    """Nobody reads the copy any more."""


class PostgresBase:
    """Reads within one transaction."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._copies: list[_Copy] = []

    def leave(self) -> None:
        """Ends what still runs, so that the connection can be closed."""
        for copy in self._copies:
            copy.leave()

    def check(self) -> None:
        """Raises E_BASE_SCHEMA, E_BASE_NO_UNIQUE_INDEX."""
        with self._connection.cursor() as cursor:
            cursor.execute(_COLUMN_TYPES, (TABLE,))
            types = dict(cursor.fetchall())
            if missing := [name for name in COLUMNS if name not in types]:
                raise error("E_BASE_SCHEMA", f"a tabela {TABLE} não existe ou não tem {', '.join(missing)}")
            for name, allowed in _TYPES.items():
                if not allowed.fullmatch(types[name]):
                    raise error("E_BASE_SCHEMA", f"{TABLE}.{name} é {types[name]}; deve ser {_WANTED[name]}")
            cursor.execute(_UNIQUE_ON_KEY, (TABLE,))
            if not cursor.fetchone()[0]:
                raise error(
                    "E_BASE_NO_UNIQUE_INDEX",
                    "falta o índice único em ordem_id:"
                    f" CREATE UNIQUE INDEX {KEY_INDEX} ON {TABLE}(ordem_id);",
                )

    def day_rows(self, day: date) -> Iterator[pl.DataFrame]:
        """The rows of that date, in frames of about 8 MB."""
        within = f"data >= DATE '{day}' AND data < DATE '{day + timedelta(days=1)}'"
        statement = f"COPY ({_SELECT} WHERE {within}) TO STDOUT (FORMAT csv)"
        copy = _Copy(self._connection, statement)
        self._copies.append(copy)
        for chunk in copy.chunks():
            yield _frame(pl.read_csv(BytesIO(chunk), has_header=False, schema=LINE))

    def rows_of(self, keys: list[str]) -> Iterator[pl.DataFrame]:
        """The rows, of any date, that have one of the keys, byte for byte."""
        with self._connection.cursor() as cursor:
            for start in range(0, len(keys), _KEYS_PER_LOOKUP):
                batch = keys[start : start + _KEYS_PER_LOOKUP]
                cursor.execute(f"{_SELECT} WHERE ordem_id = ANY(%s)", (batch,))
                found = pl.DataFrame(cursor.fetchall(), schema=LINE, orient="row")
                if found.height:
                    yield _frame(found)


def _frame(texts: pl.DataFrame) -> pl.DataFrame:
    """By the BASE schema: NULL and blanks are the same, blanks at both ends do not count."""
    return texts.select(
        pl.col(COLUMNS[:4]).fill_null("").str.strip_chars(" \t"),
        pl.col("data").str.to_date("%Y-%m-%d"),
        cents(pl.col("valor")).alias("valor_cents"),
    ).match_to_schema(BASE)


def _secret(secret_id: str) -> dict[str, Any]:
    """Raises RDS_AUTH where it cannot be read or lacks a member; its content is in no message."""
    try:
        stored = boto3.client("secretsmanager").get_secret_value(SecretId=secret_id)
        secret = json.loads(stored["SecretString"])
        missing = [name for name in _MEMBERS if name not in secret]
    except (ClientError, KeyError, ValueError, TypeError) as exc:
        raise error("RDS_AUTH", f"o segredo {secret_id} não pode ser lido ({type(exc).__name__})") from None
    if missing:
        raise error("RDS_AUTH", f"o segredo {secret_id} não tem {', '.join(missing)}")
    return dict(secret)


def _connect(secret: dict[str, Any], query_timeout_s: int) -> Any:
    """Tried three times. Raises RDS_UNREACHABLE, RDS_AUTH."""
    options = (
        f"-c statement_timeout={query_timeout_s}s -c lock_timeout={_LOCK_TIMEOUT_S}s -c TimeZone={_TIME_ZONE}"
    )
    for attempt in range(1, _TRIES + 1):
        try:
            return psycopg2.connect(
                host=secret["host"],
                port=secret["port"],
                dbname=secret["dbname"],
                user=secret["username"],
                password=secret["password"],
                sslmode=secret.get("sslmode", "prefer"),
                sslrootcert=secret.get("sslrootcert"),
                application_name=_APPLICATION,
                connect_timeout=_CONNECT_TIMEOUT_S,
                options=options,
            )
        except psycopg2.OperationalError as exc:
            failure = _failure(exc)
            if failure.code == "RDS_AUTH" or attempt == _TRIES:
                raise failure from exc
            time.sleep(_PAUSE_S)
    raise AssertionError("the last try returns or raises")


def _failure(exc: psycopg2.Error) -> ReconciliationError:
    """Never with the statement or a parameter in its text."""
    if isinstance(exc, psycopg2.errors.QueryCanceled | psycopg2.errors.LockNotAvailable):
        return error("RDS_QUERY_TIMEOUT", "a consulta excedeu query_timeout_s, ou esperou por um lock")
    if "authentication failed" in str(exc) or "no password supplied" in str(exc):
        return error("RDS_AUTH", "usuário ou senha do segredo recusados pelo banco")
    if isinstance(exc, psycopg2.OperationalError):
        return error("RDS_UNREACHABLE", "o banco não responde; verifique rede, security groups e manutenção")
    if isinstance(exc, psycopg2.errors.UndefinedTable | psycopg2.errors.UndefinedColumn):
        return error("E_BASE_SCHEMA", f"{TABLE}: {exc.diag.message_primary}")
    return error("RECONCILIATION_FAILED", f"o banco recusou a leitura ({exc.pgcode})")
