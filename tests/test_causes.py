"""The probable causes: each rule on a day made for it, and none on ordinary days."""

import re
from dataclasses import replace

import pytest

from reconciliation.contract import TYPES
from reconciliation.habits import weekday
from reconciliation.wording import brl
from tests.days_with_causes import (
    DAY,
    KEYS,
    PLANTS,
    Row,
    Sides,
    cents,
    change,
    drop,
    found,
    leave_out_some_suppliers,
    leave_out_supplier,
    named,
    ordinary,
    rewrite,
)


@pytest.mark.parametrize("seed", range(20))
def test_an_ordinary_day_has_none(seed: int) -> None:
    assert named(ordinary(seed)) == []


@pytest.mark.parametrize(
    ("code", "number"), [(code, n) for code, some in PLANTS.items() for n in range(len(some))]
)
def test_what_was_planted_is_named(code: str, number: int) -> None:
    sides = ordinary(1)
    PLANTS[code][number](sides)
    assert code in named(sides)


def test_two_at_once_are_both_named() -> None:
    for first, second in [
        ("BASE_ATRASADA", "VALOR_MULTIPLICADO"),
        ("ORDEM_ESCRITA_DIFERENTE", "DATA_DESLOCADA"),
    ]:
        sides = ordinary(2)
        PLANTS[first][0](sides)
        PLANTS[second][0](sides)
        assert {first, second} <= set(named(sides))


def test_orders_written_otherwise_hide_no_late_base() -> None:
    sides = ordinary(1)
    drop("base", 0.15)(sides)
    rewrite(1.0)(sides)
    assert named(sides) == ["BASE_ATRASADA", "ORDEM_ESCRITA_DIFERENTE"]


def test_a_weekday_is_measured_by_its_own() -> None:
    for own, other, expected in ((1.0, 0.75, ["BASE_ATRASADA"]), (0.8, 1.0, [])):
        sides = ordinary(1)
        is_own = [weekday(day.day) == DAY.weekday() for day in sides.history]
        sides.history = [
            replace(day, base_rows=int(KEYS * (own if is_it else other)))
            for day, is_it in zip(sides.history, is_own, strict=True)
        ]
        drop("base", 0.2)(sides)
        assert named(sides) == expected


def test_a_busy_day_may_be_late_too() -> None:
    """Its base is little smaller than usual, and much smaller than the file."""
    for less, expected in ((180, ["BASE_ATRASADA"]), (0, [])):
        sides = ordinary(1)
        drop("base", 0.15)(sides)
        sides.history = [replace(day, base_rows=len(sides.base) + less) for day in sides.history]
        assert named(sides) == expected


def test_a_cent_more_is_no_factor_of_one() -> None:
    sides = ordinary(1)
    change(0.2, "valor_cents", lambda row: cents(row) + 1)(sides)
    assert "VALOR_DESLOCADO" in named(sides)
    assert "VALOR_MULTIPLICADO" not in named(sides)


def test_a_constant_sum_beside_whole_amounts_is_no_lost_cents() -> None:
    """The file's are whole by their nature, and the base's have a fee of 37 cents."""
    sides = ordinary(1)
    for key in sides.drawn.sample(sorted(sides.file.keys() & sides.base.keys()), KEYS // 5):
        sides.file[key]["valor_cents"] = cents(sides.file[key]) // 100 * 100
        sides.base[key]["valor_cents"] = cents(sides.file[key]) + 37
    assert "VALOR_DESLOCADO" in named(sides)
    assert "VALOR_SEM_CENTAVOS" not in named(sides)


@pytest.mark.parametrize("of_file", [0.06, 0.03])
def test_orders_missing_all_over_are_nobodys_delay(of_file: float) -> None:
    sides = ordinary(3)
    sides.history = [
        replace(day, base_rows=KEYS, lines=KEYS, types=dict.fromkeys(TYPES, 40)) for day in sides.history
    ]
    drop("base", 0.08)(sides)
    drop("file", of_file)(sides)
    assert named(sides) == []


def test_an_absent_supplier_is_one_that_had_some_rows() -> None:
    for rows, expected in ((12, ["FORNECEDOR_AUSENTE"]), (1, [])):
        sides = ordinary(1)
        for number in range(24):
            some = next(iter(sides.base.values()))
            sides.base[f"S{number}"] = {**some, "fornecedor_id": f"S{number // rows}"}
        assert named(sides) == expected


def test_a_supplier_has_over_half_beyond_what_its_rows_explain() -> None:
    for part, expected in ((0.4, ["UM_FORNECEDOR"]), (0.56, [])):
        sides = ordinary(1)
        sides.file, sides.base = {}, {}
        for number in range(1_000):
            row: Row = {
                "fornecedor_id": "large" if number < 1_000 * part else f"S{number % 9}",
                "nome": "Fundo", "ativo_id": "PETR4", "data": DAY, "valor_cents": 100,
            }  # fmt: skip
            sides.file[f"O{number}"], sides.base[f"O{number}"] = dict(row), dict(row)
            if number < 58 or number >= 958:
                sides.file[f"O{number}"]["nome" if number % 2 else "ativo_id"] = f"{number}"
        assert named(sides) == expected


@pytest.mark.parametrize(
    ("days", "told"), [(1, "no dia publicado anterior"), (2, "nos 2 dias publicados anteriores")]
)
def test_it_is_said_since_when(days: int, told: str) -> None:
    sides = ordinary(1)
    PLANTS["UM_CAMPO"][0](sides)
    _before(sides, days, found(sides)[0].sentence)
    assert found(sides)[0].evidence.endswith(f" Também {told}.")


def test_another_cause_of_its_code_is_no_earlier_day_of_it() -> None:
    cent_less, real_more = ordinary(1), ordinary(1)
    change(0.2, "valor_cents", lambda row: cents(row) - 1)(cent_less)
    change(0.2, "valor_cents", lambda row: cents(row) + 101)(real_more)
    _before(real_more, 1, found(cent_less)[0].sentence)
    assert (named(cent_less), named(real_more)) == (["VALOR_DESLOCADO", "UM_CAMPO"],) * 2
    assert "Também" not in found(real_more)[0].evidence


@pytest.mark.parametrize("code", [*PLANTS, "FORNECEDORES"])
def test_the_same_cause_has_the_same_sentence_on_another_day(code: str) -> None:
    """It holds no figure of the day: by it a cause is known again."""
    plant = PLANTS[code][0] if code in PLANTS else leave_out_some_suppliers
    sentences = []
    for seed in (1, 2):
        sides = ordinary(seed)
        plant(sides)
        sentences.append(
            [cause.sentence for cause in found(sides) if cause.code in (code, "FORNECEDOR_AUSENTE")]
        )
    assert sentences[0] == sentences[1] != []


def test_a_supplier_whose_orders_all_came_under_another_is_not_absent() -> None:
    sides = ordinary(1)
    for row in sides.file.values():
        if row["fornecedor_id"] == "7":
            row["fornecedor_id"] = "97"
    assert "FORNECEDOR_AUSENTE" not in named(sides)


def test_of_the_absent_only_those_whose_orders_are_missing_are_counted() -> None:
    sides = ordinary(1)
    leave_out_supplier(sides)
    for row in sides.file.values():
        if row["fornecedor_id"] == "6":
            row["fornecedor_id"] = "96"
    (cause,) = (cause for cause in found(sides) if cause.code == "FORNECEDOR_AUSENTE")
    of_base = [row for row in sides.base.values() if row["fornecedor_id"] == "7"]
    assert cause.sentence == "Nenhuma linha no arquivo: 7."
    assert cause.evidence == f"1 fornecedor, {len(of_base)} ordens na base, {brl(sum(map(cents, of_base)))}."


@pytest.mark.parametrize(
    ("off", "share", "expected"),
    [
        (-1, 0.05, ["DATA_DESLOCADA", "VALOR_DESLOCADO"]),
        (-1, 0.3, ["VALOR_DESLOCADO", "DATA_DESLOCADA"]),
        (-100, 0.05, ["VALOR_DESLOCADO", "DATA_DESLOCADA"]),
    ],
)
def test_a_few_cents_stand_after_what_explains_more_rows(off: int, share: float, expected: list[str]) -> None:
    sides = ordinary(1)
    change(share, "valor_cents", lambda row: cents(row) + off)(sides)
    PLANTS["DATA_DESLOCADA"][0](sides)
    assert [code for code in named(sides) if code in expected] == expected


def test_a_difference_of_most_is_not_said_to_be_of_all() -> None:
    sides = ordinary(1)
    change(0.05, "valor_cents", lambda row: cents(row) - 1)(sides)
    cause = found(sides)[0]
    assert cause.sentence == "O valor do arquivo tem R$ 0,01 a menos que o da base."
    told = re.fullmatch(
        r"Em \d\d,\d\d% dos valores que diferem e os dois lados têm \((\d+) de \d+\): R\$ (\d),(\d\d)\.",
        cause.evidence,
    )
    assert told
    assert int(told[1]) == int(told[2] + told[3]), "a cent each"


@pytest.mark.parametrize(
    "code", ["VALOR_MULTIPLICADO", "VALOR_DESLOCADO", "VALOR_SEM_CENTAVOS", "DATA_DESLOCADA"]
)
def test_a_share_of_amounts_or_dates_says_that_it_is_of_those_on_both_sides(code: str) -> None:
    """A field that one side lacks differs, too: the report's table counts it, these shares do not."""
    sides = ordinary(1)
    PLANTS[code][0](sides)
    (evidence,) = (cause.evidence for cause in found(sides) if cause.code == code)
    assert "que diferem e os dois lados têm" in evidence


def test_the_one_of_the_most_money_stands_first_and_what_explains_the_whole_before_it() -> None:
    """Hundredfold amounts are more than orders written otherwise, and few of these more than R$ 1 a row."""
    sides = ordinary(1)
    drop("base", 0.15)(sides)
    change(0.1, "valor_cents", lambda row: cents(row) * 100)(sides)
    rewrite(0.05)(sides)
    shown = [code for code in named(sides) if code != "UM_CAMPO"]
    assert shown == ["BASE_ATRASADA", "VALOR_MULTIPLICADO", "ORDEM_ESCRITA_DIFERENTE"]
    small = ordinary(1)
    change(0.1, "valor_cents", lambda row: cents(row) + 150)(small)
    rewrite(0.05)(small)
    shown = [code for code in named(small) if code != "UM_CAMPO"]
    assert shown == ["ORDEM_ESCRITA_DIFERENTE", "VALOR_DESLOCADO"]


def _before(sides: Sides, days: int, sentence: str) -> None:
    """So many published days before had that cause."""
    sides.history[:days] = [replace(day, causes=(sentence,)) for day in sides.history[:days]]
