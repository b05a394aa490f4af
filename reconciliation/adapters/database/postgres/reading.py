"""The rows as PostgreSQL writes them: the day's by COPY, the keys' as bound arrays."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import psycopg2
import psycopg2.errors
from psycopg2.extensions import encodings

from reconciliation.adapters.database import failures
from reconciliation.adapters.database.copy import Copy, Texts, undecodable
from reconciliation.adapters.database.counted import looked_up
from reconciliation.adapters.database.postgres.session import server
from reconciliation.adapters.database.postgres.statements import execute
from reconciliation.adapters.database.session import Bounds, Slice
from reconciliation.adapters.database.table import Column
from reconciliation.contract import COLUMNS, TABLE, TEXTS
from reconciliation.errors import ReconciliationError

_KEYS_PER_LOOKUP = 5_000
_NAMES = ", ".join(f"{name}::text" for name in TEXTS)
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


def select(has_moments: bool) -> str:
    data = "data::text" if has_moments else "data::date::text"
    return f"SELECT {_NAMES}, {data}, valor::text FROM {TABLE}"  # noqa: S608


def copy_of_day(select: str, bounds: Bounds, of: Slice | None) -> str:
    """The statement that copies the day's rows out, or a slice of them."""
    return f"COPY ({select} WHERE {_within(bounds, of)}) TO STDOUT (FORMAT text, NULL '')"


def counted_day(connection: Any, bounds: Bounds) -> Sequence[Any] | None:
    statement = f"SELECT count(*), sum(valor)::text FROM {TABLE} WHERE {_within(bounds, None)}"  # noqa: S608
    return next(iter(execute(connection, statement)), None)


def unreadable(connection: Any, statement: str, chunk_bytes: int) -> ReconciliationError:
    """Where the copy failed: the same rows once more, in the bytes that are stored, in a transaction like it.

    Without a column and a key where this reading fails, too.
    """
    codec = encodings.get(connection.info.parameter_status("server_encoding"))
    execute(connection, "SET LOCAL client_encoding = 'SQL_ASCII'")
    copy = Copy(connection, statement, chunk_bytes)
    try:
        return undecodable(copy.chunks(), COLUMNS, "utf-8" if codec in (None, "ascii") else codec)
    except psycopg2.Error:
        return failures.unreadable_text()
    finally:
        copy.leave()


def texts_of(
    connection: Any, select: str, sought: str, keys: list[str], besides: Bounds | None
) -> Iterator[tuple[list[str], Texts]]:
    """By batch of keys, the rows that the condition `sought`, made by `is_one_of`, finds."""
    statement = f"{select} WHERE {sought}"
    if besides:
        statement += f" AND ({_within(besides, None)}) IS NOT TRUE"
    return looked_up(partial(execute, connection), statement, keys, _KEYS_PER_LOOKUP)


def is_one_of(key: Column, trimmed_key: str | None = None) -> str:
    """That a row's key is one of an array of the column's own type, else its index is not used.

    Where the trimmed key, an expression on the column, has an index of its own, that is asked.
    %s is a list of texts. One that is no label of an enumeration is no key of it, and would be an error.
    """
    if trimmed_key:
        return f"{trimmed_key} = ANY(%s::text[])"
    castable = key.castable.replace("%", "%%")
    if key.base == "enum":  # the cast takes a domain off
        labels = f"SELECT label FROM unnest(enum_range(NULL::{castable})) AS label"  # noqa: S608
        return f"ordem_id::{castable} = ANY(ARRAY({labels} WHERE label::text = ANY(%s::text[])))"
    return f"ordem_id = ANY(%s::{castable if castable != 'name' else 'text'}[])"  # a name is cut at 63 bytes


def lag_s(connection: Any) -> float | None:
    """None of Aurora, too, whose readers refuse these functions: they share its storage and receive no log.

    The savepoint keeps the snapshot, and is released: within one no snapshot is exported, and a replica
    that cancels a reading ends the connection.
    """
    seconds = None
    execute(connection, "SAVEPOINT lag")
    try:
        ((seconds,),) = execute(connection, _LAG)
    except psycopg2.errors.FeatureNotSupported:
        execute(connection, "ROLLBACK TO SAVEPOINT lag")
    execute(connection, "RELEASE SAVEPOINT lag")
    return None if seconds is None else float(seconds)


def share(connection: Any, readers: int) -> list[Slice]:
    """By pages of the table, or of each of its partitions; the last slice has no end."""
    ((pages,),) = execute(connection, _PAGES, TABLE, TABLE)
    ((name,),) = execute(connection, "SELECT pg_export_snapshot()")
    here = server(connection)
    starts = [pages * reader // readers for reader in range(readers)]
    return [Slice(name, here, first, end) for first, end in zip(starts, [*starts[1:], None], strict=True)]


def _within(bounds: Bounds, of: Slice | None) -> str:
    within = f"data >= '{bounds.first}' AND data < '{bounds.end}'"
    if of:
        before = "" if of.end is None else f" AND ctid < '({of.end},0)'"
        within += f" AND ctid >= '({of.first},0)'{before}"
    return within
