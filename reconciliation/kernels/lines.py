"""Bytes of a cut to valid rows and rejects.

Lines of the common shape are decided all at once. Whatever that shape does not show to be good is doubtful,
and `reconciliation.line` decides it singly: so the rules stand there alone, and this module can only be slow.
"""

import re
from functools import cache

import polars as pl

from reconciliation.config import Rules
from reconciliation.contract import KEY_MAX_CHARS, VALOR_MAX_INTEGER_DIGITS, VALOR_SCALE
from reconciliation.kernels.money import cents
from reconciliation.kernels.schemas import LINE, REJECTS, VALID
from reconciliation.line import BLANKS, Fault, parse_line

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


def parse_lines(data: bytes, first_line: int, rules: Rules) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Valid rows and rejects (schemas VALID, REJECTS), each in line order, of whole lines in UTF-8.

    Lines end in LF or CRLF. An empty line is skipped, and counted in `linha`.
    """
    lines = pl.read_lines(data, row_index_name="linha", row_index_offset=first_line)
    lines = lines.filter(pl.col("line") != "").with_columns(pl.col("linha").cast(pl.Int64))
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
    doubtful = lines.join(good.select("linha"), on="linha", how="anti", maintain_order="left")
    accepted, rejects = _parse_singly(doubtful, rules.decimal_separator)
    valid = pl.concat([good, accepted]).sort("linha") if len(accepted) else good
    return valid, rejects


def _parse_common(lines: pl.DataFrame, decimal_separator: str) -> pl.DataFrame:
    """The lines' rows, one each, by schema VALID; `data` is null where there is no such date."""
    if not len(lines):
        return VALID.to_frame()
    text = lines.select("line").write_csv(include_header=False, quote_style="never")
    fields = pl.read_csv(
        text.encode(), separator=";", has_header=False, schema=LINE, empty_string_is_null=False
    )
    trimmed = fields.select(pl.col(LINE.names()).str.strip_chars(BLANKS))
    return trimmed.select(
        "fornecedor_id",
        "ordem_id",
        "nome",
        "ativo_id",
        pl.col("data").str.to_date("%Y-%m-%d", strict=False),
        cents(pl.col("valor").str.replace(decimal_separator, ".", literal=True)).alias("valor_cents"),
        lines["linha"],
    )


def _parse_singly(doubtful: pl.DataFrame, decimal_separator: str) -> tuple[pl.DataFrame, pl.DataFrame]:
    accepted, rejects = [], []
    for linha, text in doubtful.select("linha", "line").iter_rows():
        try:
            accepted.append((*parse_line(text, decimal_separator), linha))
        except Fault as fault:
            rejects.append((linha, fault.codigo, fault.detalhe, fault.ordem_id, fault.fornecedor_id))
    return (
        pl.DataFrame(accepted, schema=VALID, orient="row"),
        pl.DataFrame(rejects, schema=REJECTS, orient="row"),
    )
