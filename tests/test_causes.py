"""The probable causes: each rule on a day made for it, and none on ordinary days."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import polars as pl
import pytest

from glue_jobs.suppliers import as_absent
from reconciliation.causes import Examined, causes
from reconciliation.contract import TYPES
from reconciliation.documents.summary import Cause
from reconciliation.habits import weekday
from reconciliation.kernels.classify import classify
from reconciliation.kernels.patterns import patterns
from reconciliation.kernels.schemas import BASE, REJECTS, VALID
from reconciliation.kernels.suppliers import missing, rows_by_supplier, tally
from reconciliation.rates import Figures
from reconciliation.wording import brl

DAY = date(2026, 2, 25)
KEYS = 3_000
Row = dict[str, object]


@dataclass
class Sides:
    """A day's rows by key, and the random numbers that made it."""

    drawn: random.Random
    file: dict[str, Row]
    base: dict[str, Row]
    history: list[Figures] = field(default_factory=list)


def ordinary(seed: int) -> Sides:
    """One to ten in a hundred keys diverge, each by chance."""
    drawn = random.Random(seed)
    rate = drawn.uniform(0.01, 0.10)
    file: dict[str, Row] = {}
    base: dict[str, Row] = {}
    for number in range(KEYS):
        key = f"ORD-{number:08d}"
        row: Row = {
            "fornecedor_id": str(drawn.randrange(12)), "nome": f"Fundo {drawn.randrange(40)}",
            "ativo_id": drawn.choice(("PETR4", "VALE3", "ITUB4")), "data": DAY,
            "valor_cents": drawn.randrange(100, 10_000_000),
        }  # fmt: skip
        fate = drawn.choice(TYPES) if drawn.random() < rate else "equal"
        if fate != "TIPO_1":
            base[key] = dict(row)
        if fate != "TIPO_2":
            file[key] = dict(row)
        if fate == "TIPO_3":
            name = drawn.choice(("nome", "ativo_id", "data", "valor_cents"))
            file[key][name] = {
                "nome": "Outro", "ativo_id": "BBDC4", "data": DAY - timedelta(days=drawn.randrange(1, 30)),
                "valor_cents": drawn.randrange(100, 10_000_000),
            }[name]  # fmt: skip
    history = [
        figures(DAY - timedelta(days=back), int(KEYS * drawn.uniform(0.97, 1.03)), drawn.uniform(1, 10))
        for back in range(1, 31)
        if (DAY - timedelta(days=back)).weekday() < 5
    ]
    return Sides(drawn, file, base, history)


def figures(day: date, lines: int, rate: float) -> Figures:
    each = round(lines * rate / 300)
    return Figures(
        day=day.isoformat(), rate_percent=rate, types=dict.fromkeys(TYPES, each), lines=lines,
        base_rows=lines, rules_sha256="r",
    )  # fmt: skip


def frame(rows: dict[str, Row], schema: pl.Schema) -> pl.DataFrame:
    listed = [{"ordem_id": key, **row, "linha": line} for line, (key, row) in enumerate(rows.items(), 2)]
    return (
        pl.DataFrame(listed, schema={**BASE, "linha": pl.Int64})
        .select(schema.names())
        .match_to_schema(schema)
    )


def named(sides: Sides) -> list[str]:
    return [cause.code for cause in found(sides)]


def found(sides: Sides) -> tuple[Cause, ...]:
    valid, base, refused = frame(sides.file, VALID), frame(sides.base, BASE), REJECTS.to_frame()
    compared = classify(valid, refused, base, DAY, "JOB")
    of_day = base.filter(pl.col("data") == DAY)
    suppliers = tally(valid, refused, of_day)
    counted = dict(compared.divergences.group_by("tipo_divergencia").len().iter_rows())
    types = {kind: counted.get(kind, 0) for kind in TYPES}
    keys = len(sides.file.keys() | sides.base.keys())
    today = replace(
        figures(DAY, valid.height, 100 * compared.divergences.height / keys),
        types=types,
        base_rows=compared.base_in_scope,
    )
    examined = Examined(
        today=today, keys=keys, patterns=patterns(compared.divergences),
        absent=as_absent(missing(suppliers, compared.divergences)),
        rows_by_supplier=rows_by_supplier(suppliers),
        history=sides.history,
    )  # fmt: skip
    return causes(examined)


def drop(side: str, share: float) -> Callable[[Sides], None]:
    def plant(sides: Sides) -> None:
        rows = getattr(sides, side)
        for key in sides.drawn.sample(sorted(rows), int(share * len(rows))):
            del rows[key]

    return plant


def change(
    share: float, name: str, of: Callable[[Row], object], supplier: str = ""
) -> Callable[[Sides], None]:
    def plant(sides: Sides) -> None:
        for key in sides.drawn.sample(sorted(sides.file), int(share * len(sides.file))):
            row = sides.file[key]
            if not supplier or row["fornecedor_id"] == supplier:
                row[name] = of(row)

    return plant


def rewrite(share: float) -> Callable[[Sides], None]:
    """ORD-00000012 as ord 12."""

    def plant(sides: Sides) -> None:
        for key in sides.drawn.sample(sorted(sides.file), int(share * len(sides.file))):
            sides.file[f"ord {int(key[4:])}"] = sides.file.pop(key)

    return plant


def rewrite_all(of: Callable[[str], str]) -> Callable[[Sides], None]:
    """Every key of the file as `of` writes it."""

    def plant(sides: Sides) -> None:
        sides.file = {of(key): row for key, row in sides.file.items()}

    return plant


def hundredth_of_the_file(sides: Sides) -> None:
    """The base lost the last two digits: the rounding is on its side."""
    for key in sides.drawn.sample(sorted(sides.file.keys() & sides.base.keys()), KEYS // 5):
        sides.base[key]["valor_cents"] = round(cents(sides.file[key]) / 100)


def leave_out_supplier(sides: Sides) -> None:
    sides.file = {key: row for key, row in sides.file.items() if row["fornecedor_id"] != "7"}


def leave_out_some_suppliers(sides: Sides) -> None:
    """Three large ones, and one to eight small ones."""
    sides.file = {key: row for key, row in sides.file.items() if row["fornecedor_id"] not in ("5", "6", "7")}
    some = next(iter(sides.base.values()))
    for number in range(10 * sides.drawn.randint(1, 8)):
        sides.base[f"S{number}"] = {**some, "fornecedor_id": f"S{number // 10}"}


def cents(row: Row) -> int:
    value = row["valor_cents"]
    assert isinstance(value, int)
    return value


PLANTS: dict[str, list[Callable[[Sides], None]]] = {
    "BASE_ATRASADA": [drop("base", 0.15), drop("base", 0.4)],
    "ARQUIVO_INCOMPLETO": [drop("file", 0.15), drop("file", 0.4)],
    "FORNECEDOR_AUSENTE": [leave_out_supplier],
    "ORDEM_ESCRITA_DIFERENTE": [
        rewrite(0.05),
        rewrite(1.0),
        rewrite_all(lambda key: f"{key[:6]} {key[6:]}"),
    ],
    "VALOR_MULTIPLICADO": [
        change(0.1, "valor_cents", lambda row: cents(row) * 100),
        change(0.2, "valor_cents", lambda row: -cents(row)),
        change(0.3, "valor_cents", lambda row: round(cents(row) * 1.05)),
        hundredth_of_the_file,
    ],
    "VALOR_DESLOCADO": [change(0.2, "valor_cents", lambda row: cents(row) + 150)],
    "DATA_DESLOCADA": [change(0.2, "data", lambda _: DAY + timedelta(days=1))],
    "UM_FORNECEDOR": [change(1.0, "nome", lambda row: f"{row['nome']} SA", "3")],
    "UM_CAMPO": [change(0.6, "ativo_id", lambda row: f"{row['ativo_id']}F")],
}


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
    assert re.fullmatch(r"Em \d\d,\d\d% dos valores que diferem \(\d+ de \d+\)\.", cause.evidence)


def _before(sides: Sides, days: int, sentence: str) -> None:
    """So many published days before had that cause."""
    sides.history[:days] = [replace(day, causes=(sentence,)) for day in sides.history[:days]]
