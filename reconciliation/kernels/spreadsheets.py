"""Rows as a Brazilian spreadsheet opens them: a CSV, with nothing in it that runs.

`;`, decimal comma, dates as dd/mm/aaaa, UTF-8 with a BOM, CRLF. Numbers stay numbers; a text that a
spreadsheet would run as a formula, or show as another text, gets an apostrophe before it. Sources: OWASP,
CSV Injection; Microsoft, "Keeping leading zeros and large numbers", "Stop automatically changing numbers to
dates".
"""

from typing import IO, Final

import polars as pl

CSV: Final = "text/csv; charset=utf-8"
"""Its type, for a browser."""
_ROWS_AT_ONCE: Final = 100_000
_IS_FORMULA: Final = r"^\s*[=+\-@\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]|^[\t\r\n]"
"""The signs by which one begins, their full-width forms too, and what hides the sign behind it."""
_MONTH: Final = (
    "jan(eiro|uary)?|fev(ereiro)?|feb(ruary)?|mar(ço|ch)?|abr(il)?|apr(il)?|maio?|may|junh?o?|june?|julh?o?|july?"
    "|ago(sto)?|aug(ust)?|set(embro)?|sept?(ember)?|out(ubro)?|oct(ober)?|nov(embro|ember)?|dez(embro)?|dec(ember)?"
)
_IS_READ_AS_ANOTHER: Final = (
    r"(?i)^\s*((R\$)?[\s(.,]*\d[\d\s.,:/%$()\-+E]*(\s[ap]m?)?|[\d\s./,\-]+"
    rf"({_MONTH})[\d\s./,\-]*|({_MONTH})[\s./,\-]*\d[\d\s./,\-]*|verdadeiro|falso|true|false)\s*$"
)
"""What a number, a date, a time or a truth may look like: 00123 would be 123, 1E5 100000, 3-2 a day."""
_IS_SHOWN_AS_IT_IS: Final = r"^(0|[1-9]\d{0,10})$"
"""A cell's general format shows eleven digits."""
EXACT_BRL: Final = 10**13
"""From here on a spreadsheet, which keeps 15 digits, drops cents: such an amount is a text."""
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
    is_another = text.str.contains(_IS_READ_AS_ANOTHER) & ~text.str.contains(_IS_SHOWN_AS_IT_IS)
    money = pl.col(pl.Decimal)
    amount = money.cast(pl.String).str.replace(".", ",", literal=True)
    is_changed = text.str.contains(_IS_FORMULA) | is_another
    return frame.with_columns(
        pl.when(is_changed).then(pl.lit("'") + text).otherwise(text).name.keep(),
        pl.when(money.abs() < EXACT_BRL).then(amount).otherwise(pl.lit("'") + amount).name.keep(),
        pl.col(pl.Date).dt.strftime("%d/%m/%Y"),
    )
