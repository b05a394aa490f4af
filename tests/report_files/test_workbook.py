"""The workbook, read back from its XML: what Excel is told of each cell."""

import io
import re
import zipfile
from datetime import date
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest

from glue_jobs.report_inputs import Source
from reconciliation.adapters.store import Store
from reconciliation.headings import of_business
from reconciliation.kernels.report import figures
from reconciliation.kernels.workbook import COLUMNS, write_workbook
from tests.memory_s3 import MemoryS3
from tests.report_files.day import DAY, PublishedDay, tipo_1, tipo_2, tipo_3

NS = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
Cell = str | float


def made(rows: list[dict[str, Any]]) -> zipfile.ZipFile:
    body = PublishedDay(Store(MemoryS3()), rows).make_report()["divergencias.xlsx"]
    return zipfile.ZipFile(io.BytesIO(body))


def cells(book: zipfile.ZipFile, sheet: int) -> dict[str, Cell]:
    root = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{sheet}.xml"))
    found: dict[str, Cell] = {}
    for cell in root.iterfind(".//x:c", NS):
        value, text = cell.find("x:v", NS), cell.find("x:is/x:t", NS)
        if text is not None:
            found[cell.attrib["r"]] = text.text or ""
        elif value is not None:
            found[cell.attrib["r"]] = float(value.text or "nan")
    return found


def table(book: zipfile.ZipFile) -> list[dict[str, Cell]]:
    """The rows, by the columns that their headings stand for."""
    found = cells(book, 1)
    last = max(int(re.sub(r"\D", "", place)) for place in found)
    letters = [chr(ord("A") + place) for place in range(len(COLUMNS))]
    header = [found[f"{letter}1"] for letter in letters]
    assert header == list(map(of_business, COLUMNS))
    return [
        {
            name: found[f"{letter}{row}"]
            for name, letter in zip(COLUMNS, letters, strict=True)
            if f"{letter}{row}" in found
        }
        for row in range(2, last + 1)
    ]


def test_numbers_are_numbers_and_texts_texts() -> None:
    nasty = '<a> & "b" _x0041_ \x01 \r\n ]]>'
    rows = [
        tipo_1("=1+1", "F1", 2, "-1234.56", nome=nasty),
        tipo_2("B", "F2"),
        tipo_3("C", "F3", 4, nome="x" * 40_000),
    ]
    first, second, third = table(made(rows))
    assert (first["ordem_id"], first["linha"], first["valor_csv"]) == ("=1+1", 2.0, -1234.56)
    assert first["nome_csv"] == '<a> & "b" _x005F_x0041_ _x0001_ _x000D_\n ]]>', "as Excel reads it back"
    assert first["data_csv"] == float((date(2026, 2, 16) - date(1899, 12, 30)).days)
    assert "data_base" not in first
    assert (second["tipo_divergencia"], second["diferenca_valor"]) == ("TIPO_2", -10.0)
    assert len(str(third["nome_base"])) == 32_767


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("x" * 32_767, "x" * 32_767),
        ("x" * 32_768, "x" * 32_766 + "…"),
        ("é" * 32_767, "é" * 32_767),
        ("😀" * 16_383, "😀" * 16_383),
        ("😀" * 20_000, "😀" * 16_383 + "…"),
        ("x" + "😀" * 20_000, "x" + "😀" * 16_382 + "…"),
    ],
)
def test_a_text_is_cut_by_the_units_that_excel_counts_and_never_within_a_sign(text: str, shown: str) -> None:
    """Of UTF-16: an emoji is two."""
    (told,) = table(made([tipo_3("C", "F3", 4, nome=text)]))
    assert told["nome_base"] == shown
    assert len(shown.encode("utf-16-le")) // 2 <= 32_767


def test_what_excel_would_round_or_miscount_is_a_text() -> None:
    row = tipo_1("A", "F1", 2, "1234567890123456.78")
    row["data_csv"] = date(1900, 1, 1)
    (told,) = table(made([row]))
    assert told["valor_csv"] == "1234567890123456,78"
    assert told["data_csv"] == "01/01/1900"
    (exact,) = table(made([tipo_1("A", "F1", 2, "9999999999999.99")]))
    assert Decimal(repr(exact["valor_csv"])) == Decimal("9999999999999.99")


def test_the_header_is_frozen_filtered_and_printed_on_each_page() -> None:
    xml = made([tipo_1("A", "F1", 2), tipo_1("B", "F1", 3)]).read("xl/worksheets/sheet1.xml").decode()
    last = chr(ord("A") + len(COLUMNS) - 1)
    assert 'state="frozen"' in xml
    assert f'<autoFilter ref="A1:{last}3"/>' in xml
    assert f'<dimension ref="A1:{last}3"/>' in xml
    assert "<f>" not in xml
    assert 'fitToHeight="0" orientation="landscape"' in xml


def test_the_totals_are_those_of_the_day() -> None:
    rows = [tipo_1("A", "F1", 2, "3.00"), tipo_2("B", "F1", "5.00"), tipo_3("C", "F2", 4)]
    found = cells(made(rows), 2)
    by_name = {value: place[1:] for place, value in found.items() if place.startswith("A")}

    def of(name: str) -> list[Cell]:
        return [found[f"{letter}{by_name[name]}"] for letter in "BCD"]

    assert of("TIPO_1") == [1.0, 3.0, 3.0]
    assert of("TIPO_2") == [1.0, 5.0, -5.0]
    assert of("Total") == [3.0, 8.5, -1.5]
    assert of("F1") == [2.0, 8.0, -2.0]
    rate, run = (found[f"B{by_name[name]}"] for name in ("Taxa de divergências", "Execução"))
    assert isinstance(rate, float), "a number, to be counted on"
    assert 0 < rate <= 1
    assert str(run).startswith("JOB-")


def test_a_cut_one_says_so_and_keeps_the_largest() -> None:
    rows = [tipo_1("A", "F1", 2, "1.00"), tipo_1("B", "F1", 3, "9.00"), tipo_1("C", "F1", 4, "-8.00")]
    day, target = PublishedDay(Store(MemoryS3()), rows), io.BytesIO()
    inputs = Source(day.store, "intermediate", "output").inputs(DAY)
    write_workbook(figures(inputs), inputs.divergences, target, most=2)
    book = zipfile.ZipFile(target)
    assert [row["ordem_id"] for row in table(book)] == ["B", "C"]
    told = "A planilha Divergências tem as 2 de maior valor, de 3. Todas estão em divergencias.csv."
    assert cells(book, 2)["A1"] == told


def test_no_day_at_all_is_a_whole_workbook() -> None:
    assert table(made([])) == []
