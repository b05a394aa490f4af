"""The oracle against the contract's examples, supplier files collected beside the checkout, and by hand."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.cases.case import ANA, BIA, DAY, HEADER, Case
from tests.cases.contract import cases
from tests.oracle import BaseRow, reconcile
from tests.oracle_file import Outcome, Rules, validate

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
WARNINGS_OF_THE_CORPUS = {"BOM", "MIXED_EOL", "NO_FINAL_NEWLINE", "DUP_IDENTICAL"}
BASE_ANA = BaseRow("F1", "O1", "Ana", "PETR4", DAY, Decimal("10.50"))
BASE_BIA = BaseRow("F1", "O2", "Bia", "VALE3", DAY, Decimal("20.00"))


def _file(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in (HEADER, *lines)).encode()


def _run(lines: list[str], base: list[BaseRow], **rules: Any) -> Outcome:
    return reconcile(_file(*lines), base, DAY, Rules(**{"max_rejected_share": Fraction(1), **rules}))


def _kinds(outcome: Outcome) -> list[tuple[str, str, str, str]]:
    names = ("tipo_divergencia", "ordem_id", "motivo", "campos_divergentes")
    return [tuple(divergence[name] for name in names) for divergence in outcome.divergences]


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_examples_of_the_contract(case: Case) -> None:
    outcome = validate(case.file, DAY, Rules(max_rejected_share=case.max_rejected_share))
    assert outcome.code == case.code
    if case.code is None:
        assert len(outcome.valid) == case.valid
        assert [(reject.linha, reject.codigo) for reject in outcome.rejects] == list(case.rejects)
        assert sorted(outcome.warnings) == sorted(case.warnings)


def test_names_of_the_examples_are_unique() -> None:
    names = [case.name for case in cases()]
    assert len(names) == len(set(names))


def _manifest() -> list[dict[str, Any]]:
    path = CORPUS / "manifest.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.mark.parametrize("entry", _manifest(), ids=lambda entry: entry["file"])
def test_collected_supplier_files(entry: dict[str, Any]) -> None:
    outcome = validate((CORPUS / entry["file"]).read_bytes(), DAY, Rules(max_rejected_share=Fraction(1)))
    expected = entry["expected"]
    assert outcome.code == expected.get("file")
    if outcome.code is None:
        assert len(outcome.valid) == expected["valid"]
        assert [[reject.linha, reject.codigo] for reject in outcome.rejects] == expected["rejects"]
        assert sorted(outcome.warnings.keys() & WARNINGS_OF_THE_CORPUS) == sorted(expected["warnings"])


def test_each_type_and_motivo() -> None:
    other = date(2026, 2, 13)
    lines = [ANA, BIA, "F1;O3;c;A;2026-02-16;1.00", "F1;O4;d;A;2026-02-16;x", "F1;O6;f;A;2026-02-16;6.00"]
    lines += ["F1;O5;e;A;2026-02-16;5.00", "F1;O5;e;A;2026-02-16;5.01"]
    base = [
        BASE_ANA._replace(nome=" Ana\t"),
        BASE_BIA._replace(data=other, valor=Decimal("20.01"), fornecedor_id="F2"),
        *(BASE_ANA._replace(ordem_id=key) for key in ("O4", "O5", "o1")),
        BASE_ANA._replace(ordem_id="O7", data=other),
        BASE_ANA._replace(ordem_id="O6", nome="f", ativo_id="A", valor=None),
    ]
    outcome = _run(lines, base)
    assert _kinds(outcome) == [
        ("TIPO_1", "O3", "AUSENTE_NA_BASE", ""),
        ("TIPO_2", "O4", "LINHA_REJEITADA", ""),
        ("TIPO_2", "O5", "DUPLICATA_CONFLITANTE", ""),
        ("TIPO_2", "o1", "AUSENTE_NO_CSV", ""),
        ("TIPO_3", "O2", "CAMPOS", "fornecedor_id,data,valor"),
        ("TIPO_3", "O6", "CAMPOS", "valor"),
    ]
    assert outcome.lines["base_in_scope"] == 6  # O7 is of another date, and of no line of the file
    assert outcome.cents == {"file": 1050 + 2000 + 100 + 600, "base": 4 * 1050 + 2001, "difference": -2451}


def test_a_published_row_keeps_both_sides() -> None:
    (row,) = _run([ANA], [BASE_ANA._replace(nome=None, valor=Decimal("-0.00"))]).divergences
    assert row == {
        "tipo_divergencia": "TIPO_3", "motivo": "CAMPOS", "ordem_id": "O1", "linha": 2,
        "campos_divergentes": "nome,valor", "fornecedor_id": "F1",
        "fornecedor_id_csv": "F1", "fornecedor_id_base": "F1", "nome_csv": "Ana",
        "nome_base": "", "ativo_id_csv": "PETR4", "ativo_id_base": "PETR4", "data_csv": DAY, "data_base": DAY,
        "valor_csv": Decimal("10.50"), "valor_base": Decimal(0), "diferenca_valor": Decimal("10.50"),
        "campos_so_invisiveis": "",
    }  # fmt: skip


def test_null_equals_blank_in_texts_and_nothing_in_values() -> None:
    line = "F1;O1;;PETR4;2026-02-16;0.00"
    assert _kinds(_run([line], [BASE_ANA._replace(nome=None, valor=Decimal("-0.00"))])) == []
    null = BASE_ANA._replace(nome=" \t", valor=None, data=None)
    assert _kinds(_run([line, BIA], [null, BASE_BIA])) == [("TIPO_3", "O1", "CAMPOS", "data,valor")]


def test_a_good_line_stands_beside_a_refused_one() -> None:
    assert _kinds(_run([ANA, f"{ANA}5"], [BASE_ANA])) == []


def test_a_base_that_cannot_be_trusted() -> None:
    assert _run([ANA], [BASE_ANA, BASE_ANA]).code == "E_BASE_DUP_OR_NULL_KEY"
    assert _run([ANA], [BASE_ANA._replace(data=date(2026, 2, 13))]).code == "BASE_EMPTY"


def test_a_declared_decimal_comma() -> None:
    line = ANA.replace("10.50", "10,5")
    assert _kinds(_run([line], [BASE_ANA], decimal_separator=",")) == []
    assert (
        _run([ANA, line.replace("O1", "O2")], [BASE_ANA], decimal_separator=",").rejects[0].codigo
        == "E_VALOR"
    )


def test_too_many_lines() -> None:
    assert _run([ANA, "", BIA], [], max_lines=1).code == "E_TOO_MANY_LINES"
    assert _run([ANA, "", BIA], [BASE_ANA], max_lines=2).code is None


OTHER = date(2026, 2, 13)


def test_blanks_about_a_base_key_count_for_nothing_of_whatever_date() -> None:
    base = [BASE_ANA._replace(ordem_id=" O1\t", data=OTHER), BASE_BIA._replace(ordem_id="O2  ")]
    outcome = _run([ANA, BIA], base)
    assert _kinds(outcome) == [("TIPO_3", "O1", "CAMPOS", "data")]
    assert outcome.lines["base_in_scope"] == 2
    no_break_space = BASE_ANA._replace(ordem_id="O1\u00a0", data=OTHER)
    assert _kinds(_run([ANA, BIA], [no_break_space, BASE_BIA])) == [("TIPO_1", "O1", "AUSENTE_NA_BASE", "")]


@pytest.mark.parametrize(
    ("lines", "dates", "is_refused"),
    [
        ([ANA], (DAY, DAY), True),
        ([BIA], (DAY, DAY), True),  # both in scope by their date
        ([ANA, BIA], (DAY, OTHER), True),  # the second in scope by the line of its key
        ([ANA, BIA], (OTHER, OTHER), True),
        ([ANA, BIA], (None, OTHER), True),
        ([BIA], (DAY, OTHER), False),  # no line brings the second into scope
        ([BIA], (OTHER, OTHER), False),
        ([BIA, f"{ANA}5"], (DAY, OTHER), False),  # a refused line brings none
    ],
)
def test_keys_in_scope_that_only_blanks_set_apart(
    lines: list[str], dates: tuple[date | None, date | None], is_refused: bool
) -> None:
    twins = [BASE_ANA._replace(data=dates[0]), BASE_ANA._replace(ordem_id="O1 ", data=dates[1])]
    outcome = _run(lines, [*twins, BASE_BIA])
    assert outcome.code == ("E_BASE_DUP_OR_NULL_KEY" if is_refused else None)


@pytest.mark.parametrize("key", [None, "", " \t"])
def test_a_key_that_is_none(key: str | None) -> None:
    assert _run([BIA], [BASE_BIA, BASE_ANA._replace(ordem_id=key)]).code == "E_BASE_DUP_OR_NULL_KEY"
    assert _run([BIA], [BASE_BIA, BASE_ANA._replace(ordem_id=key, data=OTHER)]).code is None


@pytest.mark.parametrize("absurd", ["0000-00-00", "infinity", "-infinity", "0044-03-15 BC", "10000-01-01"])
def test_an_absurd_date_is_a_difference_of_its_row(absurd: str) -> None:
    out_of_scope = BASE_ANA._replace(ordem_id="O9", data=absurd)
    outcome = _run([ANA, BIA], [BASE_ANA._replace(data=absurd), BASE_BIA, out_of_scope])
    assert _kinds(outcome) == [("TIPO_3", "O1", "CAMPOS", "data")]
    assert outcome.divergences[0]["data_base"] is None
    assert outcome.warnings == {"BASE_ABSURD_DATE": 1}


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2026-02-17T02:59:59Z", "2026-02-16"),  # three hours behind Greenwich
        ("2026-02-17T03:00:00Z", "2026-02-17"),
        ("2026-02-16T02:59:59.999999Z", "2026-02-15"),
        ("2019-02-16T02:30:00Z", "2019-02-16"),  # summer time: two hours behind
        ("2019-02-16T01:59:59Z", "2019-02-15"),
        ("2019-02-17T02:30:00Z", "2019-02-16"),  # the hour that came twice, the second time
        ("2018-11-04T03:00:00Z", "2018-11-04"),  # a day without its first hour
        ("2018-11-04T02:59:59Z", "2018-11-03"),
        ("1900-01-01T03:06:00Z", "1899-12-31"),  # the sun's own time until 1914: 3:06:28 behind
        ("1900-01-01T03:06:28Z", "1900-01-01"),
        ("2026-02-17T11:00:00+09:00", "2026-02-16"),
    ],
)
def test_an_instant_is_a_date_in_sao_paulo(instant: str, day: str) -> None:
    line = ANA.replace("2026-02-16", "2026-02-11" if day < "1900" else day)
    outcome = _run([line, BIA], [BASE_ANA._replace(data=datetime.fromisoformat(instant)), BASE_BIA])
    assert [row["data_base"] for row in outcome.divergences] == ([date(1899, 12, 31)] if day < "1900" else [])


def test_an_instant_decides_the_scope_and_one_of_nowhere_keeps_its_date() -> None:
    late = datetime(2026, 2, 17, 2, 30, tzinfo=UTC)
    assert _kinds(_run([BIA], [BASE_BIA, BASE_ANA._replace(data=late)]))[0][:2] == ("TIPO_2", "O1")
    assert _kinds(_run([BIA], [BASE_BIA, BASE_ANA._replace(data=late.replace(tzinfo=None))])) == []
    first_hours = datetime(1, 1, 1, 2, tzinfo=UTC)
    assert _run([ANA, BIA], [BASE_BIA, BASE_ANA._replace(data=first_hours)]).warnings["BASE_ABSURD_DATE"] == 1


def test_an_enumeration_is_its_text_and_an_integer_a_supplier() -> None:
    asset = Enum("asset", {"one": " PETR4"})
    row = BASE_ANA._replace(fornecedor_id=7, ativo_id=asset["one"])
    assert _kinds(_run([ANA.replace("F1", "7"), BIA], [row, BASE_BIA])) == []
    assert _kinds(_run([ANA.replace("F1", "07"), BIA], [row, BASE_BIA]))[0][3] == "fornecedor_id"


@pytest.mark.parametrize("key", ["O\u20131", "O\U0001f6001", "\u65e5\u672c"])
def test_a_key_that_the_base_cannot_hold_is_not_in_it(key: str) -> None:
    question_marks = BASE_ANA._replace(ordem_id=key.encode("latin-1", "replace").decode())
    assert _kinds(_run([ANA.replace("O1", key)], [question_marks])) == [
        ("TIPO_1", key, "AUSENTE_NA_BASE", ""),
        ("TIPO_2", question_marks.ordem_id, "AUSENTE_NO_CSV", ""),
    ]


@pytest.mark.parametrize(
    ("ours", "theirs", "invisible"),
    [
        ("Ana\u00a0Lu", "Ana Lu", True),
        ("Ana\u00a0", "Ana", True),
        ("\u3000", "", True),
        ("Jos\u00e9", "Jose\u0301", True),
        ("Jos\u0435\u0301", "Jos\u00e9", False),  # a Cyrillic letter
        ("\u200eAna", "Ana", True),
        ("\ufeffAna", "Ana", True),
        ("A\u00adna", "Ana", True),
        ("\u2764\ufe0f", "\u2764", True),
        ("e\u200d\u0301", "\u00e9", True),
        ("\u212b", "\u00c5", True),  # two signs of one letter
        ("\ufb01", "fi", False),
        ("\uff11", "1", False),
        ("Ana  Lu", "Ana Lu", False),
        ("AnaLu", "Ana Lu", False),
        ("Ana", "ana", False),
    ],
)
def test_fields_whose_difference_nobody_sees(ours: str, theirs: str, invisible: bool) -> None:
    line = ANA.replace("Ana", ours).replace("F1", "F1\u00a0").replace("10.50", "10.51")
    (row,) = _run([line], [BASE_ANA._replace(nome=theirs)]).divergences
    assert row["campos_divergentes"] == "fornecedor_id,nome,valor"
    assert row["campos_so_invisiveis"] == ("fornecedor_id,nome" if invisible else "fornecedor_id")


def test_the_line_ends_of_a_base_are_not_seen() -> None:
    (row,) = _run([ANA], [BASE_ANA._replace(nome="Ana\r\n")]).divergences
    assert (row["campos_divergentes"], row["campos_so_invisiveis"]) == ("nome", "nome")


def test_suppliers_without_one_line_in_the_file() -> None:
    lines = [ANA, BIA, "F2;O3;c;A;2026-02-16;x", "F3;O4;d;A;2026-02-16", "F6;O6;f;A;2026-02-13;6.00"]
    base = [
        BASE_ANA,
        BASE_BIA._replace(fornecedor_id="F4 ", data=OTHER),  # in scope by its key
        *(BASE_ANA._replace(ordem_id=f"P{n}", fornecedor_id=f"F{n}") for n in (2, 3, 5)),
        BASE_ANA._replace(ordem_id="P6", fornecedor_id="F5", valor=None),
        BASE_ANA._replace(ordem_id="P7", fornecedor_id="f1", valor=Decimal("-1.00")),
        BASE_ANA._replace(ordem_id="P8", fornecedor_id=" "),
        BASE_ANA._replace(ordem_id="P9", fornecedor_id="F9", data=OTHER),  # out of scope
    ]
    outcome = _run(lines, base)
    # F2's line is refused, and a line all the same; F3's has five fields
    assert outcome.absent_suppliers == {
        "F3": (1, 1050), "F4": (1, 2000), "F5": (2, 1050), "f1": (1, -100),
    }  # fmt: skip
    assert outcome.warnings == {"SUPPLIER_ABSENT": 4, "OTHER_DAY": 1}
    assert outcome.suppliers == {"F1": (2, 3050), "F6": (1, 600)}
