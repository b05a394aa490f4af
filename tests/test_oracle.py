"""The oracle against the contract's examples, supplier files collected beside the checkout, and by hand."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.cases import ANA, BIA, DAY, HEADER, Case, cases
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
