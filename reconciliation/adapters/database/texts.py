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

_NO_TEXT = "\0"
"""PostgreSQL's texts have none, so that it may stand for a backslash while the other escapes are undone."""
_ESCAPED = {"\\\\": _NO_TEXT, "\\b": "\b", "\\f": "\f", "\\n": "\n", "\\r": "\r", "\\t": "\t", "\\v": "\v",
            _NO_TEXT: "\\"}  # fmt: skip


def read(texts: Texts, schema: pl.Schema) -> pl.DataFrame:
    """By a schema of texts; NULL is null, and so is COPY's empty text.

    Raises UNBALANCED_TOTALS where a reader swallowed or added a byte or a row, E_BASE_SCHEMA for no UTF-8.
    """
    if not isinstance(texts, Copied):
        return pl.DataFrame(texts, schema=schema, orient="row")
    data = b"".join((b"-", b"\t" * (len(schema) - 1), b"\n", *texts.rows))
    try:
        whole = pl.read_csv(BytesIO(data), has_header=False, schema=schema, separator="\t", quote_char=None)
    except pl.exceptions.ComputeError as exc:
        raise undecodable(texts.rows, schema.names()) from exc
    found = whole.slice(1)
    ends = len(schema) * whole.height
    weight = int(whole.select(pl.sum_horizontal(pl.all().str.len_bytes().sum())).item())
    if (found.height, weight + ends) != (len(texts.rows), len(data)):
        raise error(
            "UNBALANCED_TOTALS",
            f"o banco enviou {len(texts.rows)} linhas em {len(data)} bytes, e delas se leram {found.height}"
            f" linhas e {weight + ends} bytes",
        )
    return _unescaped(found) if b"\\" in data else found


def _unescaped(read: pl.DataFrame) -> pl.DataFrame:
    """Where there are escapes: most chunks have a few, and all the other texts are as they stand."""
    return read.with_columns(_unescaped_column(column) for column in read)


def _unescaped_column(column: pl.Series) -> pl.Series:
    where = column.str.contains("\\", literal=True).arg_true()
    if not where.len():
        return column
    text = column.gather(where)
    for escaped, plain in _ESCAPED.items():
        text = text.str.replace_all(escaped, plain, literal=True)
    return column.scatter(where, text)
