"""A seeded day in which some 300 orders have every fate that an order can have."""

import random
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from tests.cases.case import DAY, HEADER
from tests.oracle import BaseRow
from tests.small_files import quoted_text

ODD = ('a"b', "100%", "😀", "a;b", "o'x", "é", "x  y", "\\N", "=1+1", "{}", "日本", "K" * 250, "..", "/", "?")
"""What keys are made of, beside a number: what a query, a path, a pattern or a shell could eat."""


class Order(NamedTuple):
    """The six fields of a line, as they are written, and the base's row."""

    fields: tuple[str, ...]
    base: BaseRow | None


Fate = Callable[[Order], tuple[list[tuple[str, ...]], BaseRow | None]]


def _set(place: int, text: str, *, in_base: bool = True) -> Fate:
    """One line with another field, for which it is refused or differs."""

    def fate(order: Order) -> tuple[list[tuple[str, ...]], BaseRow | None]:
        fields = [*order.fields]
        fields[place] = text
        return [tuple(fields)], order.base if in_base else None

    return fate


def _base(**changes: object) -> Fate:
    def fate(order: Order) -> tuple[list[tuple[str, ...]], BaseRow | None]:
        assert order.base
        return [order.fields], order.base._replace(**changes)

    return fate


def _lines(*values: str, in_base: bool = True) -> Fate:
    """A line for each amount."""

    def fate(order: Order) -> tuple[list[tuple[str, ...]], BaseRow | None]:
        return [(*order.fields[:5], value) for value in values], order.base if in_base else None

    return fate


def _padded(order: Order) -> tuple[list[tuple[str, ...]], BaseRow | None]:
    assert order.base
    return [order.fields], order.base._replace(ordem_id=f" {order.base.ordem_id}\t")


_YESTERDAY = DAY - timedelta(days=1)
FATES: dict[str, Fate] = {
    "equal": _base(),
    "padded in the base": _padded,
    "said again": _lines("10.50", "10.5", "010.50"),
    "TIPO_1": _set(2, "Ana", in_base=False),
    "TIPO_2": lambda order: ([], order.base),
    "moved": _base(data=_YESTERDAY),
    "moved in the file": _set(4, str(_YESTERDAY)),
    "other supplier": _base(fornecedor_id="F9"),
    "other amount": _base(valor=Decimal("10.51")),
    "invisible": _set(2, "Ana\u200b"),
    "no name": _base(nome=None),
    "no date": _base(data=None),
    "no amount": _base(valor=None),
    "all differ": _base(fornecedor_id="F8", nome="Bia", ativo_id="VALE3", valor=Decimal(-1)),
    "conflict": _lines("10.50", "10.51"),
    "conflict and absent": _lines("10.50", "10.51", "10.50", in_base=False),
    "good and refused": _lines("10.50", "10,50"),
    "E_CTRL": _set(2, "A\x7fna"),
    "E_REQUIRED": _set(3, ""),
    "E_DATA": _set(4, "16/02/2026"),
    "E_VALOR": _set(5, "1e3"),
    "E_VALOR_RANGE": _set(5, "1" * 17),
    "E_VALOR_SCALE": _set(5, "1.001"),
    "E_VALOR and absent": _set(5, "R$ 1", in_base=False),
    "absent": lambda _: ([], None),
}
"""By name, the lines and the base's row that come of an order that would be equal."""


class Seeded(NamedTuple):
    """The day's file and base, and the keys of its orders with their fates."""

    file: bytes
    base: list[BaseRow]
    fates: dict[str, str]


def seeded(seed: int, orders: int) -> Seeded:
    """All fates in turn, their lines shuffled over the whole file."""
    drawn = random.Random(seed)
    lines: list[tuple[str, ...]] = []
    base: list[BaseRow] = []
    fates = {}
    for number in range(orders):
        name = list(FATES)[number % len(FATES)]
        key = drawn.choice((f"ORD-{number:05d}", f"{drawn.choice(ODD)}{number:05d}", f"o {number}"))
        fields = ("F1", key, "Ana", "PETR4", str(DAY), "10.50")
        row = BaseRow("F1", key, "Ana", "PETR4", DAY, Decimal("10.50"))
        written, kept = FATES[name](Order(fields, row))
        lines += written
        base += [kept] if kept else []
        fates[key] = name
    lines += [("F1", "K" * 256, "Ana", "A", str(DAY), "1"), ("F1", "O\u200b1", "Ana", "A", str(DAY), "1")]
    fates |= {"K" * 256: "E_KEY_LONG", "O\u200b1": "E_KEY_CHARS"}
    drawn.shuffle(lines)
    texts = [";".join(quoted_text(field) for field in fields) for fields in lines]
    texts += ["F1;so;tres", '"F1;x;y;z;w;v', ";;;;;"]  # no key can be read in these
    file = "\r\n".join((HEADER, *texts, "")).encode()
    return Seeded(file, base, fates)
