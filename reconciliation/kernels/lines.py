"""Bytes of a cut to valid rows and rejects.

Lines of the common shape are decided all at once. Whatever that shape does not show to be good is doubtful,
and `reconciliation.line` decides it singly: so the rules stand there alone, and this module can only be slow.

Polars' readers look at the first bytes that they are given: U+FEFF is a mark to them and is dropped, `x^` the
start of zlib's data and all of it is gone. So no byte of the file is ever the first: our own line stands in
front, and what was read is weighed against what was given.
"""

import re
from functools import cache
from io import BytesIO

import polars as pl

from reconciliation.config import Rules
from reconciliation.contract import (
    COLUMNS,
    HEADER,
    KEY_MAX_CHARS,
    TEXTS,
    VALOR_MAX_INTEGER_DIGITS,
    VALOR_SCALE,
)
from reconciliation.errors import ReconciliationError, error
from reconciliation.kernels.money import cents
from reconciliation.kernels.schemas import LINE, REJECTS, VALID
from reconciliation.line import BLANKS, Fault, is_left_open, parse_line

# Characters of a common key: visible ones of Latin scripts, all of them assigned since Unicode 5.0, so that
# no version of Unicode has another opinion; and the space. Without `;` and `"`.
_KEY = r" !#-:<-~\u00A1-\u00AC\u00AE-\u024F"
_ORDEM_ID = rf'(?:[{_KEY}]+|"[{_KEY};]+")'
_TEXT = r'(?:[^;"\p{Cc}]*|"(?:[^"\p{Cc}]|"")*")'


@cache
def _common_shape(decimal_separator: str) -> str:
    """A whole line: six fields, each bare without a quote or wholly quoted, without control characters."""

    def field(pattern: str) -> str:
        return f'(?: *{pattern} *|" *{pattern} *")'

    data = field(r"(?:19|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}")
    decimals = rf"{re.escape(decimal_separator)}[0-9]{{1,{VALOR_SCALE}}}"
    valor = field(rf"-?[0-9]{{1,{VALOR_MAX_INTEGER_DIGITS}}}(?:{decimals})?")
    return f"^{_TEXT};{_ORDEM_ID};{_TEXT};{_TEXT};{data};{valor}$"


def parse_lines(
    data: bytes, first_line: int, rules: Rules, *, opened: bool = False
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Valid rows and rejects (schemas VALID, REJECTS), each in line order, of whole lines in UTF-8.

    Lines end in LF or CRLF. An empty line is skipped, and counted in `linha`. `opened`: whether a quote is
    open where the data begin (`is_left_open`).
    Raises UNBALANCED_TOTALS where a reader swallowed or added a byte.
    """
    lines = _numbered(data, first_line).filter(pl.col("line") != "")
    is_common = pl.col("line").str.contains(_common_shape(rules.decimal_separator))
    common = _parse_common(lines.filter(is_common), rules.decimal_separator)
    # the shape says nothing of these, and the null of a date that does not exist is not true either
    is_good = (
        (pl.col("fornecedor_id") != "")
        & (pl.col("ordem_id") != "")
        & (pl.col("ordem_id").str.len_bytes() <= KEY_MAX_CHARS)
        & (pl.col("ativo_id") != "")
        & pl.col("data").is_not_null()
    )
    good = common.filter(is_good)
    if len(good) == len(lines):
        return good, REJECTS.to_frame()
    doubtful = lines.with_row_index("place").join(
        good.select("linha"), on="linha", how="anti", maintain_order="left"
    )
    accepted, rejects = _parse_singly(doubtful, rules.decimal_separator, opened=opened)
    valid = pl.concat([good, accepted]).sort("linha") if len(accepted) else good
    return valid, rejects


def _numbered(data: bytes, first_line: int) -> pl.DataFrame:
    """Every line (`line`, without its end) with its number (`linha`), after one empty line of our own."""
    lines = pl.read_lines(b"\n" + data, row_index_name="linha", row_index_offset=first_line - 1)
    newlines = len(lines) - (1 if data.endswith(b"\n") or not data else 2)
    unread = len(data) - newlines - _bytes(lines["line"])
    if unread and unread != data.count(b"\r"):  # none but those of CRLF, says the pass over the bytes
        raise _torn(unread, first_line)
    return lines.with_columns(pl.col("linha").cast(pl.Int64))


def _parse_common(lines: pl.DataFrame, decimal_separator: str) -> pl.DataFrame:
    """The lines' rows, one each, by schema VALID; `data` is null where there is no such date."""
    if not len(lines):
        return VALID.to_frame()
    fields = _split(lines)
    valor = pl.col("valor")
    if decimal_separator != ".":
        valor = valor.str.replace(decimal_separator, ".", literal=True)
    trimmed = fields.select(pl.col(LINE.names()).str.strip_chars(BLANKS))
    return trimmed.select(
        *TEXTS,
        pl.col("data").str.to_date("%Y-%m-%d", strict=False),
        cents(valor).alias("valor_cents"),
        lines["linha"],
    )


def _split(lines: pl.DataFrame) -> pl.DataFrame:
    """The fields as they stand in lines of the common shape, one row each, by schema LINE."""
    text = BytesIO()
    lines.select(pl.col("line").alias(HEADER)).write_csv(text, quote_style="never")
    text.seek(0)
    fields = pl.read_csv(text, separator=";", schema=LINE, empty_string_is_null=False)
    unread = _unread(lines["line"], fields)
    if unread and lines["line"].str.contains('"', literal=True).any():
        # to count all quotes costs as much as to read: only where a reader begins and ends they are counted
        edges, theirs = lines["line"][[0, -1]], fields[[0, -1]]
        unread = _unread(edges, theirs) - _quotes(edges) + sum(map(_quotes, theirs))
    if unread or len(fields) != len(lines):
        raise _torn(unread, lines["linha"][0])
    return fields


def _unread(lines: pl.Series, fields: pl.DataFrame) -> int:
    """Bytes of the lines that are in no field; beside the separators, only quotes may be that."""
    return _bytes(lines) - (len(COLUMNS) - 1) * len(lines) - sum(map(_bytes, fields))


def _bytes(texts: pl.Series) -> int:
    return int(texts.str.len_bytes().sum())


def _quotes(texts: pl.Series) -> int:
    return int(texts.str.count_matches('"', literal=True).sum())


def _torn(unread: int, first_line: int) -> ReconciliationError:
    return error("UNBALANCED_TOTALS", f"bytes não lidos da linha {first_line} em diante: {unread}")


def _parse_singly(
    doubtful: pl.DataFrame, decimal_separator: str, *, opened: bool
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`place` counts all lines that are not empty: one of the common shape between two leaves none open."""
    accepted, rejects, expected = [], [], 0
    for place, linha, text in doubtful.select("place", "linha", "line").iter_rows():
        begins_open = opened and place == expected
        opened, expected = is_left_open(text, opened=begins_open), place + 1
        try:
            accepted.append((*parse_line(text, decimal_separator, opened=begins_open), linha))
        except Fault as fault:
            rejects.append((linha, fault.codigo, fault.detalhe, fault.ordem_id, fault.fornecedor_id))
    return (
        pl.DataFrame(accepted, schema=VALID, orient="row"),
        pl.DataFrame(rejects, schema=REJECTS, orient="row"),
    )
