"""Rows as a Brazilian spreadsheet opens them: a CSV, with nothing in it that runs.

`;`, decimal comma, dates as dd/mm/aaaa, UTF-8 with a BOM, CRLF. Numbers stay numbers; a text that a
spreadsheet would run as a formula gets an apostrophe before it. Source: OWASP, CSV Injection.
"""

from typing import IO, Final

import polars as pl

_ROWS_AT_ONCE: Final = 100_000
_IS_FORMULA: Final = r"^\s*[=+\-@\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]|^[\t\r\n]"
"""The signs by which one begins, their full-width forms too, and what hides the sign behind it."""
_BOM: Final = b"\xef\xbb\xbf"


def write_csv(frame: pl.DataFrame, target: IO[bytes]) -> None:
    """A slice at a time: a day of a million rows is never there twice."""
    target.write(_BOM)
    for start in range(0, max(frame.height, 1), _ROWS_AT_ONCE):
        as_shown(frame.slice(start, _ROWS_AT_ONCE)).write_csv(
            target, include_header=start == 0, separator=";", line_terminator="\r\n"
        )


def as_shown(frame: pl.DataFrame) -> pl.DataFrame:
    """Texts made harmless; money and dates as texts."""
    text = pl.col(pl.String)
    return frame.with_columns(
        pl.when(text.str.contains(_IS_FORMULA)).then(pl.lit("'") + text).otherwise(text).name.keep(),
        pl.col(pl.Decimal).cast(pl.String).str.replace(".", ",", literal=True),
        pl.col(pl.Date).dt.strftime("%d/%m/%Y"),
    )
