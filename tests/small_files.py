"""The ways to write an order as a line, lines as a file, and a file broken."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from tests.cases.case import HEADER
from tests.small_orders import BAD_KEYS, Order, altered, blanks, marked

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

_noise = st.text(alphabet=';;;""" \t\\aé\u0085\u2028\x0b', max_size=20)

_BLANK_ROWS = (";;;;;",) * 3 + (" ;\t; ; ;;  ", '"";"";"";"";"";""', '" ";;"\t";;;')


@st.composite
def written_line(draw: st.DrawFn, order: Order) -> str:
    """A line for that order: written one way or another, sometimes refused, sometimes noise."""
    shape = draw(st.sampled_from(("good",) * 8 + ("bad",) * 4 + ("noise", "empty", "cut", "blank")))
    if shape in ("noise", "empty", "blank"):
        if shape == "blank":
            return draw(st.sampled_from(_BLANK_ROWS))
        return draw(_noise) if shape == "noise" else ""
    line = draw(_good_line(draw(altered(order)), is_good=shape != "bad"))
    if draw(st.integers(0, 5)) == 0:
        line = draw(marked(line))
    return line[: draw(st.integers(0, len(line)))] if shape == "cut" else line


@st.composite
def _good_line(draw: st.DrawFn, order: Order, *, is_good: bool = True) -> str:
    fields = [*texts_of(order)[:5], draw(st.sampled_from(money_texts(order.cents)))]
    if not is_good:
        for spoil in draw(st.lists(st.sampled_from(_SPOILERS), min_size=1, max_size=2, unique=True)):
            fields = draw(spoil(fields))
    return ";".join([draw(_field(text)) for text in fields])


@st.composite
def _field(draw: st.DrawFn, text: str) -> str:
    """A field's text with blanks about it, in quotes where it must be or by chance; rarely quoted wrongly."""
    text = draw(blanks) + text + draw(blanks)
    quoted = quoted_text(text)
    guards = (f"={quoted}", f"\t={quoted}")
    wrong = (quoted[:-1], f"{quoted}x", f"{quoted} ", f" {quoted}", f"\t{quoted}", *guards)
    must_be_quoted = ";" in text or text.strip(" \t").startswith(('"', '="'))
    if not must_be_quoted and draw(st.integers(0, 3)):
        return text
    written: str = draw(st.sampled_from((quoted,) * 60 + wrong))
    return written


def quoted_text(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def plain_line(order: Order) -> str:
    return ";".join(texts_of(order))


def texts_of(order: Order) -> list[str]:
    return [*order[:4], order.data.isoformat(), money_texts(order.cents)[0]]


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
def file_of(draw: st.DrawFn, lines: list[str]) -> bytes:
    """The lines under the header, with their ends, a BOM and the last newline by chance."""
    ends = draw(st.sampled_from((("\n",), ("\n",), ("\r\n",), ("\n", "\r\n"))))
    text = "".join(line + draw(st.sampled_from(ends)) for line in (HEADER, *lines))
    if draw(st.integers(0, 4)) == 0:
        text = text.rstrip("\r\n")
    return ("\ufeff" * (draw(st.integers(0, 4)) == 0) + text).encode()


breakages = st.sampled_from(
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


def broken(file: bytes, breakage: bytes, place: float) -> bytes:
    at = round(place * len(file))
    return file[:at] + breakage + file[at:]
