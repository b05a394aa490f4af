"""Small days made to hurt: near-miss keys, conflicts, moved dates, every refusal, every way to write a line.

`days()` yields files that a run accepts; `files()` also breaks their bytes; `twin_days()` has bases with
keys that only blanks set apart, `two_files()` a day of two suppliers with a file each. A few orders are drawn
first, and the lines and the base rows are mostly copies of them, so that the two sides meet often.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import NamedTuple

from hypothesis import strategies as st

from tests.cases.case import DAY, HEADER
from tests.oracle import SAO_PAULO, BaseRow
from tests.small_files import breakages, broken, file_of, plain_line, quoted_text, texts_of, written_line
from tests.small_orders import ANCHOR, KEYS, NAMES, Order, altered, blanks, marked_order, orders

SUMMER_TIME = (date(2018, 11, 4), date(2019, 2, 16))
"""In São Paulo a day that began at one o'clock, and one whose last hour came twice."""

ABSURD_ON_POSTGRES = ("infinity", "-infinity", "0044-03-15 BC", "10000-01-01")
ABSURD_ON_MYSQL = ("0000-00-00", "2026-00-00", "2026-02-00", "0000-01-01")
"""Dates that are none, as that server takes them (MySQL with a `sql_mode` that lets zeros pass)."""


class SmallDay(NamedTuple):
    """A file's bytes and the base beside it; the reference date is `tests.cases.case.DAY`."""

    file: bytes
    base: list[BaseRow]


def days(*, absurd: Sequence[str] = (), stamped: range = range(0)) -> st.SearchStrategy[SmallDay]:
    """Days that are not refused whole, provided that the share of refused lines is not limited.

    `absurd` are texts that base rows of another date may have as their date; `stamped` the years in which a
    base's date becomes an instant of that day in São Paulo (dates of other years one of SUMMER_TIME), for
    columns that hold instants: `range(1970, 2038)` for MySQL's `timestamp`.
    """
    return _days(anchored=True).flatmap(
        lambda day: st.tuples(*(_dated(row, absurd, stamped) for row in day.base)).map(
            lambda base: day._replace(base=list(base))
        )
    )


@st.composite
def twin_days(draw: st.DrawFn) -> SmallDay:
    """Days whose base may hold an order twice, with other blanks about its key.

    Refused where both are in scope; no two keys are the same bytes.
    """
    day = draw(_days(anchored=True))
    twins = draw(st.lists(st.sampled_from(day.base), min_size=1, max_size=3))
    for row in twins:
        bare = str(row.ordem_id).strip(" \t")
        padded = draw(st.sampled_from((" {}", "{} ", "\t{}", "{}\t", " {} ", "{}  ", "{}"))).format(bare)
        moved = draw(st.sampled_from((DAY, DAY - timedelta(days=1), None)))
        if all(padded != other.ordem_id for other in day.base):
            day.base.append(row._replace(ordem_id=padded, data=moved))
    return day


@st.composite
def two_files(draw: st.DrawFn) -> tuple[bytes, bytes, list[BaseRow]]:
    """Two suppliers of one day, no key in common: a file of each, good lines only, and the base of both."""
    keys = draw(st.lists(st.sampled_from(KEYS), min_size=2, max_size=8, unique=True))
    files, base = [], []
    for supplier, its_keys in (("F1", keys[::2]), ("F2", keys[1::2])):
        its = [Order(supplier, key, draw(st.sampled_from(NAMES)), "A", DAY, 100) for key in its_keys]
        lines = [";".join(map(quoted_text, texts_of(order))) for order in its]
        files.append("".join(f"{line}\n" for line in (HEADER, *lines)).encode())
        base += [BaseRow(*order[:5], Decimal("1.00")) for order in its]
    return files[0], files[1], base


def files() -> st.SearchStrategy[bytes]:
    """Any file: a small day's, at times without a good line, and often with broken bytes."""
    whole = st.booleans().flatmap(lambda anchored: _days(anchored=anchored)).map(lambda day: day.file)
    return st.builds(broken, whole, breakages, st.floats(0, 1))


def held_by(base: list[BaseRow], codec: str) -> list[BaseRow]:
    """The rows whose key a column of that character set holds: `latin-1`, `cp1252` (MySQL's latin1), `utf-8`,
    and MySQL's `utf8mb3`, which is UTF-8 of three bytes at most."""

    def holds(key: str) -> bool:
        if codec == "utf8mb3":
            return all(ord(c) < 0x10000 for c in key)
        return key.encode(codec, "ignore").decode(codec) == key

    return [row for row in base if holds(str(row.ordem_id))]


@st.composite
def _days(draw: st.DrawFn, *, anchored: bool) -> SmallDay:
    drawn = draw(st.lists(orders, min_size=1, max_size=6, unique_by=lambda order: order.ordem_id))
    drawn = [draw(marked_order(order)) for order in drawn]
    copies = [order for order in drawn for _ in range(draw(st.sampled_from((1, 1, 2, 2, 2, 3, 0))))]
    lines = [draw(written_line(order)) for order in draw(st.permutations(copies))]
    base = [draw(_base_rows(order)) for order in drawn if draw(st.integers(0, 4))]
    if anchored:
        anchor = Order("F1", ANCHOR, "Ana", "PETR4", DAY, 1050)
        lines.insert(draw(st.integers(0, len(lines))), plain_line(anchor))
        base.append(BaseRow(*anchor[:5], Decimal("10.50")))
    return SmallDay(draw(file_of(lines)), base)


@st.composite
def _base_rows(draw: st.DrawFn, order: Order) -> BaseRow:
    """The base's row for that order: the same, altered, or with NULLs, blanks and invisible characters."""
    order = draw(marked_order(draw(altered(order))))
    nulls = draw(
        st.sampled_from((frozenset(),) * 6 + tuple(map(frozenset, (("nome",), ("data",), ("valor",)))))
    )
    texts = [draw(blanks) + text + draw(blanks) for text in (order.fornecedor_id, order.nome, order.ativo_id)]
    data = None if "data" in nulls else order.data
    key = draw(blanks) + order.ordem_id + draw(blanks)
    valor = None if "valor" in nulls else Decimal(order.cents).scaleb(-2)
    return BaseRow(texts[0], key, None if "nome" in nulls else texts[1], texts[2], data, valor)


def _dated(row: BaseRow, absurd: Sequence[str], stamped: range) -> st.SearchStrategy[BaseRow]:
    """The row with an absurd date (where it is of another date), or an instant, as `days` says."""
    if absurd and row.data != DAY:
        return st.sampled_from((row.data, *absurd)).map(lambda data: row._replace(data=data))
    if not stamped or row.data is None:
        return st.just(row)
    day = st.just(row.data) if row.data.year in stamped else st.sampled_from(SUMMER_TIME)
    return day.flatmap(_instants_of).map(lambda instant: row._replace(data=instant))


def _instants_of(day: date) -> st.SearchStrategy[datetime]:
    """Instants of that day in São Paulo: its first, its last, and any between, in UTC."""
    first, end = (
        datetime.combine(day + timedelta(days=days), time(), SAO_PAULO).astimezone(UTC) for days in (0, 1)
    )
    last = end - timedelta(microseconds=1)
    return st.sampled_from((first, last)) | st.datetimes(
        first.replace(tzinfo=None), last.replace(tzinfo=None), timezones=st.just(UTC)
    )
