"""The divergences as an Excel workbook: numbers as numbers, a frozen header, a filter; and a sheet of totals.

XlsxWriter makes the workbook; the divergences' rows are put into it as the XML that it writes in constant
memory, whole columns at a time: cell by cell they take ten times as long. No text is a formula or a link.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from io import BytesIO
from typing import IO, Final

import polars as pl
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from reconciliation import wording
from reconciliation.documents.summary import Summary
from reconciliation.headings import of_business
from reconciliation.kernels.schemas import DIVERGENCES
from reconciliation.kernels.spreadsheets import EXACT_BRL
from reconciliation.report.figures import DayFigures, Tally

ROWS_MAX: Final = 200_000
"""A sheet takes a million, and most computers do not."""
COLUMNS: Final = tuple(name for name in DIVERGENCES.names() if name != "job_id")
"""The job's id is the same in every row, and stands with the totals."""
_ROWS_AT_ONCE: Final = 20_000
_TEXT_MAX: Final = 32_767
"""Of a cell, in UTF-16's units, of which an emoji is two (Excel's specifications and limits)."""
_UNIT_BYTES: Final = 2
_FIRST_DATE: Final = date(1900, 3, 1)
"""Before it Excel counts a day that never was, and before 1900 it knows none: such a date is a text."""
_DAY_ZERO: Final = date(1899, 12, 30)
_ZIP_DATE: Final = (1980, 1, 1, 0, 0, 0)
_SHEET: Final = "xl/worksheets/sheet1.xml"
_MONEY: Final = "#,##0.00"
_CONTROLS: Final = [chr(code) for code in (*range(9), 11, 12, 13, *range(14, 32), 0xFFFE, 0xFFFF)]
_SIGNS: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"} | {sign: f"_x{ord(sign):04X}_" for sign in _CONTROLS}
"""As a cell's text has them (ECMA-376, ST_Xstring)."""
_WIDTHS: Final = {"motivo": 20, "ordem_id": 22, "nome_csv": 26, "nome_base": 26}


def write_workbook(
    figures: DayFigures, divergences: pl.DataFrame, target: IO[bytes], most: int = ROWS_MAX
) -> None:
    """`divergences` by schema DIVERGENCES, of which the `most` largest are shown; always the same bytes."""
    rows = _largest(divergences, most).select(COLUMNS)
    skeleton = _skeleton(figures, rows.head(1), rows.height, divergences.height)
    with zipfile.ZipFile(BytesIO(skeleton)) as empty, zipfile.ZipFile(target, "w") as filled:
        for name in empty.namelist():
            entry = zipfile.ZipInfo(name, _ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            content = empty.read(name)
            with filled.open(entry, "w") as into:
                into.writelines(_with_rows(content.decode(), rows) if name == _SHEET else [content])


def _largest(divergences: pl.DataFrame, most: int) -> pl.DataFrame:
    """In the order that they have."""
    if divergences.height <= most:
        return divergences
    amount = pl.col("diferenca_valor").abs()
    placed = divergences.with_row_index("place").sort(amount, "place", descending=[True, False])
    return placed.head(most).sort("place").drop("place")


# --- the workbook, without rows


def _skeleton(figures: DayFigures, first: pl.DataFrame, shown: int, of: int) -> bytes:
    """With the first row, which says how each column's cells look in XML."""
    target = BytesIO()
    with xlsxwriter.Workbook(target, {"constant_memory": True}) as book:
        book.set_properties(
            {"created": datetime.fromisoformat(figures.summary.day), "title": figures.summary.day}
        )
        bold = book.add_format({"bold": True})
        formats = {pl.Date: book.add_format({"num_format": "dd/mm/yyyy"}),
                   pl.Decimal: book.add_format({"num_format": _MONEY})}  # fmt: skip
        sheet = book.add_worksheet("Divergências")
        sheet.freeze_panes(1, 0)
        _print_wide(sheet)
        sheet.autofilter(0, 0, shown, len(COLUMNS) - 1)
        for place, name in enumerate(COLUMNS):
            sheet.set_column(place, place, _WIDTHS.get(name, 14))
        for place, name in enumerate(COLUMNS):
            sheet.write_string(0, place, of_business(name), bold)
        for place, name in enumerate(COLUMNS if len(first) else ()):
            sheet.write_number(1, place, 0, formats.get(DIVERGENCES[name].base_type()))
        _totals(book, figures, shown, of)
    return target.getvalue()


def _print_wide(sheet: Worksheet) -> None:
    """All columns on one sheet of A4, the header on each."""
    sheet.set_paper(9)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _totals(book: xlsxwriter.Workbook, figures: DayFigures, shown: int, of: int) -> None:
    """Where only a part of the divergences is in the workbook, the first thing that it says."""
    sheet, bold = book.add_worksheet("Totais"), book.add_format({"bold": True})
    money, count = book.add_format({"num_format": _MONEY}), book.add_format({"num_format": "#,##0"})
    rate = book.add_format({"num_format": "0.00%"})
    sheet.set_column(0, 0, 44)
    sheet.set_column(1, 3, 20)
    places = iter(range(1 << 20))
    if shown < of:
        told = (
            f"A planilha Divergências tem as {wording.number(shown)} de maior valor, de {wording.number(of)}."
        )
        sheet.write_string(next(places), 0, f"{told} Todas estão em divergencias.csv.", bold)
    for name, value in _facts(figures.summary):
        place = next(places)
        sheet.write_string(place, 0, name)
        if isinstance(value, str):
            sheet.write_string(place, 1, value)
        else:
            sheet.write_number(place, 1, value, rate if isinstance(value, float) else count)
    for title, tallies in _tables(figures):
        next(places)
        place = next(places)
        for column, name in enumerate((title, "Divergências", "R$ bruto", "R$ líquido")):
            sheet.write_string(place, column, name, bold)
        for name, tally in tallies:
            place = next(places)
            sheet.write_string(place, 0, _shortened(name))
            sheet.write_number(place, 1, tally.count, count)
            _write_money(sheet, place, 2, tally.gross_cents, money)
            _write_money(sheet, place, 3, tally.net_cents, money)


def _facts(summary: Summary) -> Iterator[tuple[str, str | int | float]]:
    """A float is a rate, of 1."""
    lines = summary.totals.lines
    yield "Dia", f"{date.fromisoformat(summary.day):%d/%m/%Y}"
    yield "Arquivo", summary.input.s3_key
    yield of_business("job_id"), f"{summary.job_id}, tentativa {summary.attempt}"
    yield "Linhas do arquivo", lines.data_lines
    yield "Linhas rejeitadas", lines.rejected
    yield "Ordens iguais nos dois lados", lines.equal
    yield "Taxa de divergências", summary.divergence_rate_percent / 100


def _tables(figures: DayFigures) -> Iterator[tuple[str, Iterable[tuple[str, Tally]]]]:
    yield "Por tipo", [*((kind.name, kind) for kind in figures.types), ("Total", figures.total)]
    yield "Por campo (TIPO_3)", [(name.name, name) for name in figures.fields]
    others = [("Outros fornecedores", figures.others)] if figures.other_suppliers else []
    yield "Por fornecedor", [*((one.name, one) for one in figures.suppliers), *others]


def _write_money(sheet: Worksheet, row: int, column: int, cents: int, money: object) -> None:
    if abs(cents) < 100 * EXACT_BRL:
        sheet.write_number(row, column, cents / 100, money)
    else:
        sheet.write_string(row, column, wording.brl(cents))


# --- its rows


def _with_rows(xml: str, rows: pl.DataFrame) -> Iterator[bytes]:
    """The sheet's XML, its one row of examples replaced by these."""
    styles = re.findall(r'<c r="[A-Z]+2"( s="\d+")?>', xml)
    bare = re.sub(r'<row r="2".*?</row>', "", xml, flags=re.DOTALL)
    bare = re.sub(r'(<dimension ref="A1:[A-Z]+)\d+', rf"\g<1>{rows.height + 1}", bare)
    before, end, after = bare.partition("</sheetData>")
    yield before.encode()
    for start in range(0, rows.height, _ROWS_AT_ONCE):
        yield _rows(rows.slice(start, _ROWS_AT_ONCE), start + 2, styles).encode()
    yield (end + after).encode()


def _rows(rows: pl.DataFrame, first: int, styles: list[str]) -> str:
    """`first` is the number of their first row; `styles` an attribute, or nothing, for each column."""
    numbered = rows.with_columns(pl.int_range(first, first + rows.height).cast(pl.String).alias("row"))
    cells = [
        _cell(name, rows.schema[name], chr(ord("A") + place), style)
        for place, (name, style) in enumerate(zip(rows.columns, styles, strict=True))
    ]
    row = pl.concat_str(pl.lit('<row r="'), "row", pl.lit('">'), *cells, pl.lit("</row>"), ignore_nulls=True)
    return "".join(numbered.select(row).to_series())


def _cell(name: str, kind: pl.DataType, letter: str, style: str) -> pl.Expr:
    """Null where the cell is empty. A number or a date that Excel could not show as it is is a text."""
    value = pl.col(name)
    if kind == pl.String:
        return _inline(_escaped(value), letter, style)
    if kind == pl.Date:
        is_known = value >= _FIRST_DATE
        days = (value - pl.lit(_DAY_ZERO)).dt.total_days().cast(pl.String)
        return _number_or_text(is_known, days, value.dt.strftime("%d/%m/%Y"), letter, style)
    if kind == pl.Decimal:
        written = value.cast(pl.String)
        return _number_or_text(
            value.abs() < EXACT_BRL, written, written.str.replace(".", ",", literal=True), letter, style
        )
    return _number(value.cast(pl.String), letter, style)


def _number_or_text(is_number: pl.Expr, number: pl.Expr, text: pl.Expr, letter: str, style: str) -> pl.Expr:
    return pl.when(is_number).then(_number(number, letter, style)).otherwise(_inline(text, letter, style))


def _number(value: pl.Expr, letter: str, style: str) -> pl.Expr:
    return pl.concat_str(pl.lit(f'<c r="{letter}'), "row", pl.lit(f'"{style}><v>'), value, pl.lit("</v></c>"))


def _inline(text: pl.Expr, letter: str, style: str) -> pl.Expr:
    opened = pl.lit(f'"{style} t="inlineStr"><is><t xml:space="preserve">')
    return pl.concat_str(pl.lit(f'<c r="{letter}'), "row", opened, text, pl.lit("</t></is></c>"))


def _escaped(text: pl.Expr) -> pl.Expr:
    spelled = text.map_batches(_all_shortened, pl.String).str.replace_all(
        r"_(x[0-9A-Fa-f]{4}_)", "_x005F_${1}"
    )
    return spelled.str.replace_many(list(_SIGNS), list(_SIGNS.values()))


def _all_shortened(texts: pl.Series) -> pl.Series:
    """A text has no more units than bytes: where none has many of these, nothing is looked at."""
    if not (texts.str.len_bytes() > _TEXT_MAX).any():
        return texts
    return pl.Series(texts.name, [text and _shortened(text) for text in texts], pl.String)


def _shortened(text: str) -> str:
    """As much of it as a cell takes: a pair of units is left whole, or out."""
    units = text.encode("utf-16-le")
    if len(units) <= _TEXT_MAX * _UNIT_BYTES:
        return text
    return units[: (_TEXT_MAX - 1) * _UNIT_BYTES].decode("utf-16-le", "ignore") + "…"
