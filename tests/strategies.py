"""Small days made to hurt: near-miss keys, conflicts, moved dates, every refusal, every way to write a line.

`days()` yields files that a run accepts; `files()` also breaks their bytes. A few orders are drawn first, and
the lines and the base rows are mostly copies of them, so that the two sides meet often.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from hypothesis import strategies as st

from tests.cases import DAY, HEADER
from tests.oracle import BaseRow

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

BAD_DATES = (
    "",
    "2026-02-30",
    "16/02/2026",
    "2026-2-16",
    "20260216",
    "1899-12-31",
    "3000-01-01",
    "２026-02-16",
)
BAD_VALUES = ("", "10,50", "1e3", "+5", ".5", "5.", "NaN", "--1", "1 0", "٣", "0x1", "R$ 1")
TOO_LARGE_VALUES = ("1" * 17, "1" * 17 + ".001", "-" + "9" * 30)
TOO_FINE_VALUES = ("10.555", "-0.001")
CONTROLS = ("\x01", "\x0b", "\x0c", "\x1c", "\x7f", "\u0085", "a\tb")


class Order(NamedTuple):
    """An order before it is written: money in cents."""

    fornecedor_id: str
    ordem_id: str
    nome: str
    ativo_id: str
    data: date
    cents: int


class SmallDay(NamedTuple):
    """A file's bytes and the base beside it; the reference date is `tests.cases.DAY`."""

    file: bytes
    base: list[BaseRow]


_others: dict[str, st.SearchStrategy[Any]] = {
    "fornecedor_id": st.sampled_from(SUPPLIERS),
    "nome": st.sampled_from(NAMES),
    "ativo_id": st.sampled_from(ASSETS),
    "data": st.sampled_from(DATES),
    "cents": st.sampled_from(CENTS),
}
_blanks = st.sampled_from(("", "", "", " ", "\t", "  \t"))
_orders = st.builds(Order, ordem_id=st.sampled_from(KEYS * 2 + BAD_KEYS), **_others)
_noise = st.text(alphabet=';;;""" \t\\aé\u0085\u2028\x0b', max_size=20)


def days() -> st.SearchStrategy[SmallDay]:
    """Days that are not refused whole, provided that the share of refused lines is not limited."""
    return _days(anchored=True)


def files() -> st.SearchStrategy[bytes]:
    """Any file: a small day's, at times without a good line, and often with broken bytes."""
    whole = st.booleans().flatmap(lambda anchored: _days(anchored=anchored)).map(lambda day: day.file)
    return st.builds(_broken, whole, _breakages, st.floats(0, 1))


@st.composite
def _days(draw: st.DrawFn, *, anchored: bool) -> SmallDay:
    orders = draw(st.lists(_orders, min_size=1, max_size=6, unique_by=lambda order: order.ordem_id))
    copies = [order for order in orders for _ in range(draw(st.sampled_from((1, 1, 1, 2, 2, 3, 0))))]
    lines = [draw(_lines(order)) for order in draw(st.permutations(copies))]
    base = [draw(_base_rows(order)) for order in orders if draw(st.integers(0, 4))]
    if anchored:
        anchor = Order("F1", ANCHOR, "Ana", "PETR4", DAY, 1050)
        lines.insert(draw(st.integers(0, len(lines))), _written(anchor))
        base.append(BaseRow(*anchor[:5], Decimal("10.50")))
    return SmallDay(draw(_files(lines)), base)


@st.composite
def _altered(draw: st.DrawFn, order: Order) -> Order:
    """The order itself, mostly; else with another value in some of its fields."""
    names = draw(st.sampled_from(((),) * 5 + tuple((name,) for name in _others) + (tuple(_others),)))
    return order._replace(**{name: draw(_others[name]) for name in names})


# --- the file


@st.composite
def _lines(draw: st.DrawFn, order: Order) -> str:
    """A line for that order: written one way or another, sometimes refused, sometimes noise."""
    shape = draw(st.sampled_from(("good",) * 8 + ("bad",) * 4 + ("noise", "empty", "cut")))
    if shape in ("noise", "empty"):
        return draw(_noise) if shape == "noise" else ""
    order = draw(_altered(order))
    fields = [*order[:4], order.data.isoformat(), draw(st.sampled_from(money_texts(order.cents)))]
    if shape == "bad":
        for spoil in draw(st.lists(st.sampled_from(_SPOILERS), min_size=1, max_size=2, unique=True)):
            fields = draw(spoil(fields))
    line = ";".join([draw(_field(text)) for text in fields])
    return line[: draw(st.integers(0, len(line)))] if shape == "cut" else line


@st.composite
def _field(draw: st.DrawFn, text: str) -> str:
    """A field's text with blanks about it, in quotes where it must be or by chance; rarely quoted wrongly."""
    text = draw(_blanks) + text + draw(_blanks)
    if ";" not in text and not text.startswith('"') and draw(st.integers(0, 3)):
        return text
    quoted = '"' + text.replace('"', '""') + '"'
    wrong = (quoted[:-1], f"{quoted}x", f"{quoted} ", f" {quoted}")
    written: str = draw(st.sampled_from((quoted,) * 60 + wrong))
    return written


def _written(order: Order) -> str:
    return ";".join([*order[:4], order.data.isoformat(), money_texts(order.cents)[0]])


def money_texts(cents: int) -> list[str]:
    """The ways to write that much, the plain one first."""
    sign, (whole, rest) = "-" * (cents < 0), divmod(abs(cents), 100)
    plain = f"{sign}{whole}.{rest:02d}"
    texts = [plain, f"{plain}0", f"{sign}0{plain.removeprefix('-')}"]
    if rest % 10 == 0:
        texts.append(plain[:-1])
    if rest == 0:
        texts.append(f"{sign}{whole}")
    if cents == 0:
        texts += ["-0.00", "-0", "000"]
    return texts


def _spoil(position: int, *texts: str) -> Callable[[list[str]], st.SearchStrategy[list[str]]]:
    return lambda fields: st.sampled_from(texts).map(
        lambda text: [*fields[:position], text, *fields[position + 1 :]]
    )


_SPOILERS: tuple[Callable[[list[str]], st.SearchStrategy[list[str]]], ...] = (
    _spoil(0, "", " "),
    _spoil(1, "", "\t"),
    _spoil(1, *BAD_KEYS),
    _spoil(2, *CONTROLS),
    _spoil(3, "", "\t"),
    _spoil(4, *BAD_DATES),
    _spoil(5, *BAD_VALUES),
    _spoil(5, *TOO_LARGE_VALUES),
    _spoil(5, *TOO_FINE_VALUES),
    lambda fields: st.just([*fields, ""]),
    lambda fields: st.just(fields[:-1]),
)


@st.composite
def _files(draw: st.DrawFn, lines: list[str]) -> bytes:
    """The lines under the header, with their ends, a BOM and the last newline by chance."""
    ends = draw(st.sampled_from((("\n",), ("\n",), ("\r\n",), ("\n", "\r\n"))))
    text = "".join(line + draw(st.sampled_from(ends)) for line in (HEADER, *lines))
    if draw(st.integers(0, 4)) == 0:
        text = text.rstrip("\r\n")
    return ("\ufeff" * (draw(st.integers(0, 4)) == 0) + text).encode()


_breakages = st.sampled_from(
    (
        b"",
        b"",
        b"\0",
        b"\xff",
        b"\xc3",
        b"\xed\xa0\x80",
        b"\r",
        b"\r\r\n",
        b"\n",
        b"\xef\xbb\xbf",
        b'"',
        *(b"x" * 70_000,) * 2,
    )
)


def _broken(file: bytes, breakage: bytes, place: float) -> bytes:
    at = round(place * len(file))
    return file[:at] + breakage + file[at:]


# --- the base


@st.composite
def _base_rows(draw: st.DrawFn, order: Order) -> BaseRow:
    """The base's row for that order: the same, altered, or with NULLs and blanks.

    Only rows of the reference date have blanks about their key: others are found by the key as it is.
    """
    order = draw(_altered(order))
    nulls = draw(
        st.sampled_from((frozenset(),) * 6 + tuple(map(frozenset, (("nome",), ("data",), ("valor",)))))
    )
    texts = [
        draw(_blanks) + text + draw(_blanks) for text in (order.fornecedor_id, order.nome, order.ativo_id)
    ]
    data = None if "data" in nulls else order.data
    key = order.ordem_id + (draw(_blanks) if data == DAY else "")
    valor = None if "valor" in nulls else Decimal(order.cents).scaleb(-2)
    return BaseRow(texts[0], key, None if "nome" in nulls else texts[1], texts[2], data, valor)
