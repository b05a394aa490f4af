"""Orders before they are written: the values that hurt, and strategies that draw and alter them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

from hypothesis import strategies as st

from tests.cases.case import DAY

KEYS = (
    "O1", "o1", "0", "7", "07", "007", "Caf\u00e9", "Cafe\u0301", "cafe", "CAF\u00c9", "stra\u00dfe",
    "strasse", "\u0130", "i", "I", "\ufb01", "fi", "\uff11", "1", "a b", "a  b", "=1+1", "\\", "'", "''",
    "NULL", "\\N", "nan", "😀", "日本", "K" * 255, 'q"q', "a;b", "-1", "+1",
)  # fmt: skip
BAD_KEYS = ("O\u200b1", "O\u00a01", "O\u20281", "\ufeffO1", "O\u03781", "\ue000", "K" * 256, "O\x7f1", "O\t1")
SUPPLIERS = ("F1", "f1", "F2", "12345", "é", 'F"1', "F;1")
NAMES = (
    "Ana",
    "ana",
    "",
    "Jos\u00e9",
    "Jose\u0301",
    "S/A; Filhos",
    '"Zé"',
    "a\u00a0b",
    "NULL",
    "\\",
    "Ana  Lu",
)
ASSETS = ("PETR4", "petr4", "VALE3", "0", "A;B")
DATES = (
    DAY,
    DAY,
    DAY,
    DAY,
    DAY - timedelta(days=1),
    DAY + timedelta(days=1),
    date(1900, 1, 1),
    date(2999, 12, 31),
)
CENTS = (0, 1, -1, 100, 1050, 1051, 2**53 + 1, 2**53, 10**18 - 1, 1 - 10**18)
ANCHOR = "ÂNCORA"
"""A key that every accepted day has on both sides: a run needs one good line and one base row."""

INVISIBLE = ("\ufeff",) * 4 + (
    "\u200b",
    "\u200e",
    "\u202e",
    "\u00ad",
    "\u00a0",
    "\u2028",
    "\ufe0f",
    "\u0301",
    "\ufffe",
)
"""A mark that is none, first of all, and others that a reader, a trim or a normalization could eat."""


class Order(NamedTuple):
    """An order before it is written: money in cents."""

    fornecedor_id: str
    ordem_id: str
    nome: str
    ativo_id: str
    data: date
    cents: int


OTHERS: dict[str, st.SearchStrategy[Any]] = {
    "fornecedor_id": st.sampled_from(SUPPLIERS),
    "nome": st.sampled_from(NAMES),
    "ativo_id": st.sampled_from(ASSETS),
    "data": st.sampled_from(DATES),
    "cents": st.sampled_from(CENTS),
}
blanks = st.sampled_from(("", "", "", " ", "\t", "  \t"))
orders = st.builds(Order, ordem_id=st.sampled_from(KEYS * 2 + BAD_KEYS), **OTHERS)


@st.composite
def marked_order(draw: st.DrawFn, order: Order) -> Order:
    """The order itself, mostly; else with a character that nobody sees in one of its texts, on both sides."""
    name = draw(st.sampled_from(("",) * 6 + ("fornecedor_id", "fornecedor_id", "nome", "ativo_id")))
    return order._replace(**{name: draw(marked(getattr(order, name)))}) if name else order


@st.composite
def marked(draw: st.DrawFn, text: str) -> str:
    """The text with a character that nobody sees: at its start, at its end, after a separator, anywhere."""
    starts = [0, 0, 0, len(text), *(at + 1 for at, c in enumerate(text) if c == ";")]
    at = draw(st.one_of(st.sampled_from(starts), st.integers(0, len(text))))
    return text[:at] + draw(st.sampled_from(INVISIBLE)) + text[at:]


@st.composite
def altered(draw: st.DrawFn, order: Order) -> Order:
    """The order itself, mostly; else with another value in some of its fields."""
    names = draw(st.sampled_from(((),) * 5 + tuple((name,) for name in OTHERS) + (tuple(OTHERS),)))
    return order._replace(**{name: draw(OTHERS[name]) for name in names})
