"""A supplier's folder against plain Python: its own lines, all of them, and nothing of anybody else's."""

import csv
import io
from collections import defaultdict
from decimal import Decimal
from typing import Any, Final
from urllib.parse import unquote

import polars as pl
import pytest

from reconciliation import places
from reconciliation.adapters.store import Store
from reconciliation.config import Rules
from reconciliation.documents.summary import Summary
from reconciliation.kernels import supplier_files
from reconciliation.kernels.duplicates import resolve
from reconciliation.kernels.lines import parse_lines
from reconciliation.kernels.spreadsheets import as_shown
from tests.memory_s3 import MemoryS3
from tests.report_files.day import PublishedDay, refused, tipo_1, tipo_2, tipo_3

NASTY: Final = (
    "<script>alert(1)</script>", "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "..", ".", "a/b", "a\\b",
    "a b", "100%", "%2E%2E", "~", "_demais", "_sem-fornecedor", "مورد عربي", "\u202egnp", "CON", "a:b", "🦜",
    "Ação; 'x'\" \r\n y", "C" * 10_000,
)  # fmt: skip


def folders(made: dict[str, bytes]) -> dict[str, dict[str, bytes]]:
    found: dict[str, dict[str, bytes]] = defaultdict(dict)
    for name, body in made.items():
        if name.startswith("fornecedores/"):
            _, folder, file = name.split("/")
            found[folder][file] = body
    return found


def rows_of(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline=""), delimiter=";"))


def expected(day: PublishedDay) -> dict[str | None, list[tuple[str, int, str]]]:
    """By supplier its lines: kind, number, key; by number within a kind."""
    found: dict[str | None, list[tuple[str, int, str]]] = defaultdict(list)
    for row in day.rejects:
        found[row["fornecedor_id"]].append(("RECUSADA", row["linha"], row["ordem_id"]))
    for row in day.rows:
        if row["tipo_divergencia"] != "TIPO_2":
            found[row["fornecedor_id"]].append((row["tipo_divergencia"], row["linha"], row["ordem_id"]))
    return {supplier: sorted(lines) for supplier, lines in found.items()}


def test_each_supplier_gets_its_own_lines_and_nobody_else_s() -> None:
    rows, rejects = [], []
    for number, supplier in enumerate(NASTY):
        rows += [tipo_1(f"KEY-A{number}", supplier, 10 * number + 2), tipo_2(f"KEY-B{number}", supplier)]
        rows += [tipo_3(f"KEY-C{number}", supplier, 10 * number + 4)]
        rejects += [refused(10 * number + 5, supplier)]
    rejects += [refused(999, None)]
    day = PublishedDay(Store(MemoryS3()), rows, rejects)
    found = folders(day.make_report())
    wanted = expected(day)
    assert len(found) == len(wanted) == len(NASTY) + 1
    for supplier, lines in wanted.items():
        folder = "_sem-fornecedor" if supplier is None else places.supplier_folder_name(supplier)
        told = rows_of(found[folder]["divergencias.csv"])
        assert [(row["situação"], int(row["linha"]), row["ordem_id"]) for row in told] == lines
        message = found[folder]["mensagem.txt"].decode()
        others = {key for other, theirs in wanted.items() if other != supplier for _, _, key in theirs}
        assert [key for key in others if f"{key} " in message or f"{key}," in message] == []
        assert all(f"linha {number}:" in message for _, number, _ in lines)


@pytest.mark.parametrize("supplier", NASTY)
def test_a_folder_s_name_is_one_for_any_file_system(supplier: str) -> None:
    name = places.supplier_folder_name(supplier)
    assert not set(name) - set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._%~")
    assert name not in (".", "..")
    assert len(name) <= 200
    assert not name.startswith("_")
    assert len(supplier) > 100 or unquote(name) == supplier


def test_no_two_suppliers_share_a_folder() -> None:
    alike = [
        *NASTY,
        "F1",
        "f1",
        "F1 ",
        "C" * 10_001,
        "C" * 9_999 + "D",
        *(f"{'é' * 40}{n}" for n in range(50)),
    ]
    assert len({places.supplier_folder_name(supplier) for supplier in alike}) == len(alike)


def test_of_an_order_that_is_another_s_in_the_base_nothing_of_the_base_is_told() -> None:
    secret = {"fornecedor_id": "OTHER", "nome": "Secret Name", "valor": "987.65"}
    rows = [tipo_3("O1", "F1", 2, "fornecedor_id,nome,valor", **secret)]
    made = folders(PublishedDay(Store(MemoryS3()), rows).make_report())
    assert set(made) == {"F1"}
    for body in made["F1"].values():
        text = body.decode("utf-8-sig")
        assert not [word for word in ("OTHER", "Secret", "987", "977") if word in text]
    (row,) = rows_of(made["F1"]["divergencias.csv"])
    assert row["motivo"] == "na base, a ordem é de outro fornecedor, ou de nenhum"
    assert (row["nome no arquivo"], row["nome na base"], row["diferença"]) == ("Ana", "", "")
    assert (
        "- linha 2: na base, a ordem O1 é de outro fornecedor, ou de nenhum\n"
        in made["F1"]["mensagem.txt"].decode()
    )


def test_a_supplier_that_differs_in_what_nobody_sees_is_itself() -> None:
    row = tipo_3("O1", "Fé", 2, "fornecedor_id,valor", fornecedor_id="Fe\u0301")
    made = folders(
        PublishedDay(Store(MemoryS3()), [{**row, "campos_so_invisiveis": "fornecedor_id"}]).make_report()
    )
    (told,) = [line for line in made["F%C3%A9"]["mensagem.txt"].decode().splitlines() if "ordem O1" in line]
    assert told == (
        "- linha 2: ordem O1: fornecedor_id difere do da base (só no que não se vê: espaços, acentos,"
        " sinais sem forma); valor R$ 10,00 no arquivo, R$ 9,50 na base"
    )


def test_for_blank_lines_alone_nobody_is_written_to() -> None:
    blank = refused(7, None, "E_BLANK", "os seis campos estão vazios")
    made = PublishedDay(Store(MemoryS3()), [], [blank]).make_report()
    assert [name for name in made if name.startswith("fornecedores/")] == [
        "fornecedores/_sem-fornecedor/divergencias.csv"
    ]


def test_lines_of_two_suppliers_that_contradict_each_other_show_neither_the_other_s() -> None:
    """One order in three lines, each of which is good but for the other supplier's: all are refused."""
    mine, theirs = "AAA;O1;Ana Secret;PETR4;2026-02-16;111.11", "BBB;O1;Bia Hidden;VALE3;2026-02-16;999.99"
    file = "\n".join((mine, theirs, theirs, "AAA;O2;Ana;PETR4;2026-02-16;1.00", "")).encode()
    valid, _ = parse_lines(file, 2, Rules())
    day = PublishedDay(Store(MemoryS3()), [tipo_1("O2", "AAA", 5)], resolve(valid).conflicts.to_dicts())
    made = folders(day.make_report())
    assert set(made) == {"AAA", "BBB"}
    for folder, lines, others in (
        ("AAA", ["2"], ("BBB", "Hidden", "VALE3", "999")),
        ("BBB", ["3", "4"], ("AAA", "Secret", "PETR4", "111")),
    ):
        told = [row for row in rows_of(made[folder]["divergencias.csv"]) if row["situação"] == "RECUSADA"]
        assert [(row["linha"], row["ordem_id"]) for row in told] == [(line, "O1") for line in lines]
        whole = "".join(body.decode("utf-8-sig") for body in made[folder].values())
        assert [word for word in others if word in whole] == []
        assert "E_DUP_CONFLICT" in whole


def test_the_highest_amounts_have_folders_and_the_rest_one_file() -> None:
    rows = [tipo_1(f"O{n}", f"F{n:04d}", n + 2, f"{n}.00") for n in range(1_203)]
    rejects = [refused(5_000 + n, "only refused") for n in range(2)]
    day = PublishedDay(Store(MemoryS3()), rows, rejects)
    parts = list(supplier_files.supplier_parts(_summary(day), day.divergences, day.refused))
    assert [part.folder for part in parts[:1_000]] == [f"F{n:04d}" for n in range(1_202, 202, -1)]
    (rest,) = parts[1_000:]
    assert (rest.folder, rest.message) == ("_demais", None)
    assert sorted(rest.lines["fornecedor_id"]) == [
        *(f"F{n:04d}" for n in range(203)),
        "only refused",
        "only refused",
    ]
    assert sum(part.lines.height for part in parts) == 1_205


def test_formulas_are_texts_and_numbers_numbers() -> None:
    rows = [tipo_1("=1+1", "F1", 2, "-5.25", nome="\t=cmd|x"), tipo_1("＝2", "F1", 3, nome="a-b")]
    made = PublishedDay(Store(MemoryS3()), rows).make_report()
    for name, (order, side, amount) in {
        "divergencias.csv": ("Ordem", "Nome no arquivo", "Valor no arquivo"),
        "fornecedores/F1/divergencias.csv": ("ordem_id", "nome no arquivo", "valor no arquivo"),
    }.items():
        first, second = sorted(rows_of(made[name]), key=lambda row: row[order])
        assert (first[order], first[side], first[amount]) == ("'=1+1", "'\t=cmd|x", "-5,25")
        assert (second[order], second[side]) == ("'＝2", "a-b")


CHANGED = ["00123", "1E5", "12345678901234567890", "3-2", "1/2", "12:30", "1.234", "10%", "R$ 5", "12mar",
           "MAR-1", " 7", "Verdadeiro", "8 pm"]  # fmt: skip
KEPT = ["123", "12345678901", "0", "A1", "1A", "Marta 2", "R5", "PETR4", "2026-F1", "e-5x"]


def test_a_key_that_a_spreadsheet_would_change_is_kept_by_an_apostrophe() -> None:
    frame = pl.DataFrame({"key": [*CHANGED, *KEPT]})
    assert as_shown(frame)["key"].to_list() == [*(f"'{key}" for key in CHANGED), *KEPT]


def test_an_amount_of_more_digits_than_a_spreadsheet_keeps_is_a_text() -> None:
    """LibreOffice showed 1234567890123456,78 as 1,23456789012346E+015; Excel drops what is past 15 digits."""
    amounts = [
        Decimal("9999999999999.99"),
        Decimal("-10000000000000.00"),
        Decimal("1234567890123456.78"),
        None,
    ]
    frame = pl.DataFrame({"valor": amounts}, schema={"valor": pl.Decimal(18, 2)})
    assert as_shown(frame)["valor"].to_list() == [
        "9999999999999,99", "'-10000000000000,00", "'1234567890123456,78", None,
    ]  # fmt: skip


def test_the_whole_file_is_what_is_published() -> None:
    rows = [tipo_1("A", 'F1;"x"', 2), tipo_2("B", "line\r\nbreak"), tipo_3("C", "", 4), tipo_1("D", "\r", 5)]
    day = PublishedDay(Store(MemoryS3()), rows)
    body = day.make_report()["divergencias.csv"]
    told = rows_of(body)
    assert list(told[0]) == [
        "Tipo", "Motivo", "Ordem", "Execução", "O que difere", "Fornecedor", "Fornecedor no arquivo",
        "Fornecedor na base", "Nome no arquivo", "Nome na base", "Ativo no arquivo", "Ativo na base",
        "Data no arquivo", "Data na base", "Valor no arquivo", "Valor na base", "Diferença", "Linha",
        "O que difere e não se vê",
    ]  # fmt: skip
    for mine, theirs in zip(told, day.divergences.to_dicts(), strict=True):
        assert list(map(_shown, theirs.values())) == list(mine.values())


def _shown(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value).replace(".", ",")
    if value is None or isinstance(value, int):
        return "" if value is None else str(value)
    text = value if isinstance(value, str) else f"{value:%d/%m/%Y}"
    return f"'{text}" if text[:1] in ("=", "\r", "\t") else text


def _summary(day: PublishedDay) -> Summary:
    return Summary.from_dict({**day.summary(), "published_etag": day.etag})


def test_a_message_says_what_is_wrong_with_three_examples_and_by_when() -> None:
    rows = [*(tipo_1(f"A{n}", "F1", 20 + n, "1500.00") for n in range(4)), tipo_3("C1", "F1", 40, nome="Bia")]
    rows[-1]["campos_divergentes"] = "nome,valor"
    rejects = [
        refused(7, "F1"),
        refused(8, "F1"),
        refused(9, "F1", "E_DATA", "data não existe no calendário"),
    ]
    made = PublishedDay(Store(MemoryS3()), rows, rejects).make_report()
    assert made["fornecedores/F1/mensagem.txt"].decode() == MESSAGE


MESSAGE = """\
Assunto: Conciliação de 16/02/2026: linhas a corrigir do fornecedor F1

No arquivo 2026-02-16/input.csv, do dia 16/02/2026, há linhas do fornecedor F1 a corrigir.

O que está errado:
- linhas recusadas, valor não é número (E_VALOR): 2
- linhas recusadas, data inválida (E_DATA): 1
- ordens que a base não tem (TIPO_1): 4, R$ 6.000,00
- ordens com campos diferentes dos da base (TIPO_3): 1, R$ 0,50 (nome: 1, valor: 1)

Exemplos, pelo número da linha no arquivo:
- linha 7: valor não é um número (E_VALOR)
- linha 20: a base não tem a ordem A0, de R$ 1.500,00
- linha 40: ordem C1: nome Ana no arquivo, Bia na base; valor R$ 10,00 no arquivo, R$ 9,50 na base

O que pedimos:
- linhas recusadas por E_VALOR: o valor com ponto decimal e sem milhar, como 1234.56
- linhas recusadas por E_DATA: a data na forma AAAA-MM-DD
- ordens que a base não tem: confirmar o ordem_id e a data; se não são do dia, retirá-las
- ordens com campos diferentes: conferir os valores; avisar-nos se os do arquivo estão certos
- o arquivo completo do dia, com essas linhas corrigidas e as dos outros fornecedores que traz: \
um arquivo novo substitui o inteiro, e o que só tivesse estas linhas tiraria as outras

A lista completa está no arquivo divergencias.csv, que acompanha esta mensagem. \
Prazo para o reenvio: até um dia útil depois do recebimento desta mensagem.

Referência: publicação de JOB-20260216-000001, tentativa 2.
"""
