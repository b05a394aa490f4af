"""What the servers write, as frames of texts: PostgreSQL's COPY in chunks, MySQL's rows as tuples.

COPY's text form needs no quotes: a tab always ends a field, a line feed always a row, and what a text has
of them, or of backslashes, is escaped. So no answer depends on where a chunk begins or threads cut it.
Polars takes a U+FEFF, or the first bytes of compressed data, at its input's start for a mark: a row of our
own stands there. What was read is weighed against what was given.
"""

from io import BytesIO

import polars as pl

from reconciliation.adapters.database.copy import Copied, Texts, undecodable
from reconciliation.errors import error

_ESCAPED = {"\\\\": "\\", "\\b": "\b", "\\f": "\f", "\\n": "\n", "\\r": "\r", "\\t": "\t", "\\v": "\v"}


def read(texts: Texts, schema: pl.Schema) -> pl.DataFrame:
    """By a schema of texts; NULL is null, and so is COPY's empty text.

    Raises UNBALANCED_TOTALS where a reader swallowed or added a byte or a row, E_BASE_SCHEMA for no UTF-8.
    """
    if not isinstance(texts, Copied):
        return pl.DataFrame(texts, schema=schema, orient="row")
    rows = texts.rows.count(b"\n")
    data = b"".join((b"-", b"\t" * (len(schema) - 1), b"\n", texts.rows))
    try:
        whole = pl.read_csv(BytesIO(data), has_header=False, schema=schema, separator="\t", quote_char=None)
    except pl.exceptions.ComputeError as exc:
        raise undecodable([texts], schema.names()) from exc
    found = whole.slice(1)
    ends = len(schema) * whole.height
    weight = int(whole.select(pl.sum_horizontal(pl.all().str.len_bytes().sum())).item())
    if (found.height, weight + ends) != (rows, len(data)):
        raise error(
            "UNBALANCED_TOTALS",
            f"o banco enviou {rows} linhas em {len(data)} bytes, e delas se leram {found.height}"
            f" linhas e {weight + ends} bytes",
        )
    return _unescaped(found) if b"\\" in data else found


def _unescaped(read: pl.DataFrame) -> pl.DataFrame:
    """Each escape is two characters, found from the left in one pass; most rows have none."""
    escaped = read.select(pl.all().str.contains("\\", literal=True))
    for name in read.columns:
        where = escaped[name].arg_true()
        if where.len():
            column = read[name]
            plain = column.gather(where).str.replace_many(list(_ESCAPED), list(_ESCAPED.values()))
            read = read.with_columns(column.scatter(where, plain))
    return read
