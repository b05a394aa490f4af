"""What the causes say of days on which one of them is true, and of days on which it nearly is."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from reconciliation.cause_sizes import base_behind, file_incomplete
from reconciliation.contract import TIPO_1, TIPO_2, TIPO_3
from reconciliation.documents.summary import Cause
from reconciliation.examined import Examined
from tests.causes_of_rows import divergences, examined, keys_apart, said
from tests.report_files.day import tipo_1, tipo_2, tipo_3

Pairs = list[tuple[str, str]]


def of_amounts(pairs: Pairs) -> dict[str, Cause]:
    """Orders of these amounts, the file's and the base's."""
    return said([tipo_3(f"O{n}", "F1", n, mine=mine, valor=base) for n, (mine, base) in enumerate(pairs)])


# --- amounts


def test_a_cent_is_a_factor_of_nothing() -> None:
    """Of a base's 0.01, which stands for no amount yet, whatever the file has is a multiple."""
    for pairs in (
        [(f"0.{60 + n}", "0.01") for n in range(35)],
        [(f"12.{30 + n}", "0.20") for n in range(65)],
    ):
        assert "VALOR_MULTIPLICADO" not in of_amounts(pairs)
    assert "VALOR_MULTIPLICADO" in of_amounts([(f"{160 + n}.00", f"{160 + n}00.00") for n in range(35)])


def test_what_is_shown_as_one_is_no_factor() -> None:
    cent_more: Pairs = [(f"{100 + n}.01", f"{100 + n}.00") for n in range(30)]
    found = of_amounts([*cent_more, ("10000000.05", "10000000.00")])
    assert "VALOR_MULTIPLICADO" not in found
    assert found["VALOR_DESLOCADO"].evidence.startswith("Em 96,77%")
    ten_thousandth: Pairs = [(f"{10_001 * n}.00", f"{10_000 * n}.00") for n in range(1, 31)]
    assert "VALOR_MULTIPLICADO" not in of_amounts(ten_thousandth)


def test_a_few_cents_more_are_no_factor() -> None:
    """Of R$ 5,00, what is three, four or five cents more is within a cent of 0,8 %."""
    assert "VALOR_MULTIPLICADO" not in of_amounts([(f"5.0{3 + n % 3}", "5.00") for n in range(30)])


def test_a_tax_of_five_percent_is_one() -> None:
    taxed = of_amounts([(f"{105 * (20 + n) / 100:.2f}", f"{20 + n}.00") for n in range(30)])
    assert taxed["VALOR_MULTIPLICADO"].sentence == "O valor do arquivo é o da base multiplicado por 1,05."


def test_tiny_amounts_count_for_no_factor_and_are_said_to_differ() -> None:
    real: Pairs = [(f"{100 * n}.00", f"{n}.00") for n in range(2, 30)]
    found = of_amounts([*real, *((f"0.{50 + n}", "0.01") for n in range(12))])
    assert found["VALOR_MULTIPLICADO"].evidence.startswith(
        "Em 70,00% dos valores que diferem e os dois lados têm, sem os zeros (28 de 40)"
    )


def test_neither_side_loses_its_cents_where_both_are_whole_in_turn() -> None:
    whole_in_file: Pairs = [(f"{100 + n}.00", f"{100 + n}.{n + 10}") for n in range(25)]
    assert "VALOR_SEM_CENTAVOS" in of_amounts(whole_in_file)
    assert "VALOR_SEM_CENTAVOS" not in of_amounts([*whole_in_file, *((b, a) for a, b in whole_in_file)])


# --- fields


def test_two_fields_that_differ_together_are_named_both() -> None:
    rows = [
        tipo_3(f"O{n}", "F1", n, fields="nome,valor", nome=f"A{n}", mine=f"{n * n}.10") for n in range(30)
    ]
    assert said(rows)["UM_CAMPO"].sentence == "Quase tudo o que difere são os campos nome e valor, juntos."
    half = [{**row, "campos_divergentes": "valor"} if n % 2 else row for n, row in enumerate(rows)]
    assert "UM_CAMPO" not in said(half)
    assert said([{**row, "campos_divergentes": "nome"} for row in rows])["UM_CAMPO"].sentence == (
        "Quase tudo o que difere é o campo nome."
    )


# --- keys


def test_keys_that_are_alike_by_chance_are_no_cause() -> None:
    """`12-1149` and `121-149` have the same digits, and are two shops' orders."""
    rows = keys_apart([(f"{n}-1{n}49", f"{n}1-{n}49", "7.00", "7.00") for n in range(12, 42)])
    assert "ORDEM_ESCRITA_DIFERENTE" not in said(rows)


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ("12-{n}", "12/{n}"),
        ("12-{n}", "12{n}"),
        ("12-{n}", "00012-000{n}"),
        ("ORD-{n}", "ord{n}"),
        ("2026-02-16-{n}", "20260216-{n}"),
        ("00 0{n}", "{n}"),
        ("12.345.678/0001-{n}", "12345678/0001-{n}"),
    ],
)
def test_another_writing_of_the_same_numbers_is_one(mine: str, theirs: str) -> None:
    rows = [(mine.format(n=n), theirs.format(n=n), f"{n}.00", f"{n}.00") for n in range(111, 141)]
    assert said(keys_apart(rows))["ORDEM_ESCRITA_DIFERENTE"].evidence.startswith("30 pares de mesmo valor")
    others = [(mine, theirs, amount, f"{n}.50") for n, (mine, theirs, amount, _) in enumerate(rows)]
    assert "ORDEM_ESCRITA_DIFERENTE" not in said(keys_apart(others))


@pytest.mark.parametrize(("absent", "is_said"), [(100, False), (15, True)])
def test_a_few_pairs_among_many_absent_orders_are_no_cause(absent: int, is_said: bool) -> None:
    pairs = keys_apart([(f"{n}", f"00{n}", "7.00", "7.00") for n in range(1, 7)])
    others = [tipo_1(f"A{n}", "F1", n) for n in range(absent)] + [
        tipo_2(f"B{n}", "F1") for n in range(absent)
    ]
    assert ("ORDEM_ESCRITA_DIFERENTE" in said([*pairs, *others])) is is_said


# --- sizes


def sized(base_rows: int, lines: int, kinds: dict[str, int]) -> Examined:
    """A day after thirty of 1,000 rows on both sides."""
    day = date(2026, 2, 16)
    today = replace(
        examined(divergences([])).today, day=day.isoformat(), base_rows=base_rows, lines=lines,
        types={TIPO_1: 2, TIPO_2: 2, TIPO_3: 1},
    )  # fmt: skip
    before = [
        replace(today, day=(day - timedelta(days=back)).isoformat(), base_rows=1_000, lines=1_000)
        for back in range(1, 31)
    ]
    seen = examined(divergences([]))
    return replace(seen, today=replace(today, types=today.types | kinds), history=before, keys=1_200)


def test_a_file_with_more_lines_than_usual_is_told_beside_a_base_with_fewer() -> None:
    late, both = (base_behind(sized(900, lines, {TIPO_1: lines - 900})) for lines in (1_010, 1_180))
    assert late
    assert late.sentence.endswith("tem menos linhas que o normal, e o arquivo tem as outras.")
    assert both
    assert both.sentence.endswith("tem menos linhas que o normal, e o arquivo tem mais que o normal.")
    assert both.evidence == (
        "900 linhas na base, contra 1.000 de costume; 1.180 linhas no arquivo, contra 1.000 de costume;"
        " 280 ordens do arquivo não estão na base."
    )
    assert "se são do dia" in both.action


def test_a_base_with_more_rows_than_usual_is_told_beside_a_file_with_fewer() -> None:
    short, both = (file_incomplete(sized(rows, 900, {TIPO_2: rows - 900})) for rows in (1_010, 1_180))
    assert short
    assert short.sentence.endswith("tem menos linhas que o normal, e a base tem as que faltam.")
    assert both
    assert both.sentence.endswith("tem menos linhas que o normal, e a base tem mais que o normal.")
    assert both.evidence == (
        "900 linhas no arquivo, contra 1.000 de costume; 1.180 linhas na base, contra 1.000 de costume;"
        " 280 ordens da base não estão entre as linhas aceitas do arquivo."
    )
