"""Days with a cause planted, for test_causes.py: two sides, and what is done to them."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import polars as pl

from glue_jobs.suppliers import as_absent
from reconciliation.causes import causes
from reconciliation.contract import TYPES
from reconciliation.documents.summary import Cause
from reconciliation.examined import Examined
from reconciliation.kernels.classify import classify
from reconciliation.kernels.patterns import patterns
from reconciliation.kernels.schemas import BASE, REJECTS, VALID
from reconciliation.kernels.suppliers import missing, rows_by_supplier, tally
from reconciliation.rates import Figures

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
        refused_of_nobody=0,
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


def whole_reais_in_the_base(sides: Sides) -> None:
    for key in sides.drawn.sample(sorted(sides.file.keys() & sides.base.keys()), KEYS // 5):
        sides.base[key]["valor_cents"] = cents(sides.file[key]) // 100 * 100


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
    "VALOR_SEM_CENTAVOS": [
        change(0.2, "valor_cents", lambda row: cents(row) // 100 * 100),
        change(0.2, "valor_cents", lambda row: round(cents(row), -2)),
        whole_reais_in_the_base,
    ],
    "DATA_DESLOCADA": [change(0.2, "data", lambda _: DAY + timedelta(days=1))],
    "UM_FORNECEDOR": [change(1.0, "nome", lambda row: f"{row['nome']} SA", "3")],
    "UM_CAMPO": [change(0.6, "ativo_id", lambda row: f"{row['ativo_id']}F")],
}
