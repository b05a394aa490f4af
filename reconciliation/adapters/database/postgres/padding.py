"""Keys that blanks surround: what of a PostgreSQL table proves that there is none, and the scan for them.

A proof is taken only from the server's own text of a constraint or an index, in the few forms known here;
any other is no proof, and the table is scanned.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import psycopg2.errors

from reconciliation.adapters.database.copy import Copied, Copy
from reconciliation.adapters.database.postgres import meaning
from reconciliation.adapters.database.postgres.statements import execute
from reconciliation.adapters.database.session import PaddingProof, ScanStopped
from reconciliation.contract import TABLE
from reconciliation.line import BLANKS

# a collation may call padded and trimmed equal where it is not deterministic
_CHECKS = """
    SELECT pg_get_constraintdef(c.oid) FROM pg_constraint c
    JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attname = 'ordem_id'
    LEFT JOIN pg_collation o ON o.oid = a.attcollation
    WHERE c.conrelid = to_regclass(%s) AND c.contype = 'c' AND c.convalidated AND NOT c.connoinherit
      AND coalesce(o.collisdeterministic, true)
"""
# where other tables inherit from this one, its index does not hold their rows
_INDEXES = """
    SELECT pg_get_indexdef(i.indexrelid, 1, false) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
    WHERE i.indrelid = to_regclass(%s) AND i.indisunique AND i.indisvalid AND i.indisready
      AND i.indpred IS NULL AND i.indnkeyatts = 1 AND i.indkey[0] = 0
      AND NOT (c.relkind = 'r' AND EXISTS (SELECT FROM pg_inherits WHERE inhparent = c.oid))
"""
_KEY = r"(?:ordem_id|\(ordem_id\)::text)"
_LIST = r"'([^'\\]*)'::text"  # without quotes and escapes: the server writes a tab as it is
_TRIM = rf"(?:btrim\({_KEY}, {_LIST}\)|TRIM\(BOTH {_LIST} FROM {_KEY}\))"
_IS_TRIMMED = re.compile(rf"{_KEY} = {_TRIM}|{_TRIM} = {_KEY}")
_NO_BLANK = re.compile(rf"{_KEY} !~ '\^(\[ (?:\t|\\t)]|\\s|\[\[:space:]])\|\1\$'::text")
_TOKEN = re.compile(r"E?'(?:[^'\\]|\\.|'')*'|\(|\)| AND ")
# cheap, and a few more than are wanted: what begins with a control character, and the empty key
_SCAN = (
    f"COPY (SELECT ordem_id::text FROM {TABLE}"  # noqa: S608
    """ WHERE ordem_id::text COLLATE "C" < '!' OR ordem_id::text COLLATE "C" LIKE '% '"""
    """ OR ordem_id::text COLLATE "C" LIKE '%\t') TO STDOUT (FORMAT text, NULL '')"""
)
_STOPPED = (psycopg2.errors.QueryCanceled, *meaning.UNREADABLE)


class Proof(NamedTuple):
    """`trimmed_key` is the expression by whose unique index a look-up finds a key whatever its blanks."""

    by: PaddingProof
    trimmed_key: str | None = None


def proof(connection: Any) -> Proof:
    if any(says_trimmed(definition) for (definition,) in execute(connection, _CHECKS, TABLE)):
        return Proof("check")
    for (expression,) in execute(connection, _INDEXES, TABLE):
        if is_trimmed_key(expression):
            return Proof("unique_index", expression)
    return Proof("unproved")


def says_trimmed(definition: str) -> bool:
    """Whether this CHECK, as the server writes it, lets no blank stand at either end of `ordem_id`."""
    return any(
        _NO_BLANK.fullmatch(part) or _strips(_IS_TRIMMED.fullmatch(part)) >= set(BLANKS)
        for part in _conjuncts(definition.removeprefix("CHECK "))
    )


def is_trimmed_key(expression: str) -> bool:
    """Whether this index is on the key without its blanks, and nothing less that a file's key may have."""
    stripped = _strips(re.fullmatch(_TRIM, _bare(expression)))
    # no key of a file holds a control character
    return stripped >= set(BLANKS) and all(char <= " " for char in stripped)


def scan(connection: Any, begin_copy: Callable[[str], Copy], limit_s: int) -> Iterator[Copied]:
    """The padded keys. Raises ScanStopped; the transaction and its snapshot go on."""
    execute(connection, "SAVEPOINT padded_keys")
    execute(connection, "SET LOCAL statement_timeout = %s", f"{limit_s}s")
    copy = begin_copy(_SCAN)
    try:
        yield from copy.chunks()
    except _STOPPED as exc:
        raise ScanStopped from exc
    finally:
        copy.leave()
        if not connection.closed:  # as it is where whoever read the keys failed, or the server went away
            # its timeout is gone, too
            execute(connection, "ROLLBACK TO SAVEPOINT padded_keys; RELEASE SAVEPOINT padded_keys")


def _conjuncts(condition: str) -> list[str]:
    """The conditions that all hold: split at the outermost AND; PostgreSQL writes all its parentheses."""
    condition = _bare(condition)
    parts, start, depth = [], 0, 0
    for found in _TOKEN.finditer(condition):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if found[0] == " AND " and not depth:
            parts.append(condition[start : found.start()])
            start = found.end()
    if not parts:
        return [condition]
    return [deeper for part in [*parts, condition[start:]] for deeper in _conjuncts(part)]


def _bare(expression: str) -> str:
    """Without the parentheses around the whole."""
    while expression.startswith("(") and _closing(expression) == len(expression) - 1:
        expression = expression[1:-1]
    return expression


def _closing(expression: str) -> int:
    """Where the first parenthesis is closed."""
    depth = 0
    for found in _TOKEN.finditer(expression):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if not depth:  # at the first, since the expression begins with one
            return found.start()
    return -1


def _strips(found: re.Match[str] | None) -> set[str]:
    """The characters that a trim takes away."""
    return set("".join(filter(None, found.groups()))) if found else set()
