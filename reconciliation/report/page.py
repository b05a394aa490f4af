"""The day's report and the index of days, each one file of HTML that needs no other.

The page may run the scripts and the style that are in it, and nothing else, by its own policy (CSP): whatever
a supplier wrote is text. Each text of the data stands isolated, so that its direction ends where it does.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from itertools import groupby
from statistics import fmean
from typing import Any, Final, NamedTuple

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from reconciliation.places import NO_SUPPLIER
from reconciliation.rates import HISTORY_DAYS, Figures, abnormal, is_usual_known, usual_rate_percent
from reconciliation.report.balance import sums
from reconciliation.report.chart import chart
from reconciliation.report.figures import DayFigures, DayLine, Row
from reconciliation.wording import (
    MOTIVES,
    REJECTS,
    TYPES,
    WARNINGS,
    amount,
    brl,
    calendar_day,
    counted,
    month,
    number,
    percent,
    weekday,
)

_PAGE_ROWS: Final = 50
"""Rows of the table at once; the first of them are in the page without its script, and in print."""
_ROWS_BYTES_MAX: Final = 3_500_000
"""Of the table's rows: the page stays under 5 MB whatever the texts are."""
_SUPPLIERS_FIRST: Final = 12
"""The others are folded away."""
_DAYS_OF_INDEX: Final = 31
"""Days in the index's chart."""
_NOT_OF_BUSINESS: Final = ("CAUSES_UNKNOWN", "BASE_NO_DATE_INDEX", "BASE_INVISIBLE_INDEX")
"""Warnings that the page says elsewhere, or that change nothing of the result."""


def page(figures: DayFigures) -> bytes:
    """`relatorio.html` of the day: the same figures give the same bytes."""
    summary = figures.summary
    rows = _within(_ROWS_BYTES_MAX, map(_cells, figures.rows))
    balances = sums(summary.totals)
    days = [*reversed(figures.history), Figures.of(summary)]
    judged_by = figures.history[:HISTORY_DAYS]
    usual = usual_rate_percent(judged_by)
    return _rendered(
        "relatorio.html",
        script=_source("tabela.js"),
        figures=figures,
        summary=summary,
        usual_percent=usual,
        broken=_broken(figures),
        usual_days=len(judged_by),
        is_usual_known=is_usual_known(judged_by),
        sums=balances,
        is_balanced=all(each.balances for each in balances),
        chart=chart(days, usual),
        days=days,
        warnings={code: count for code, count in summary.warnings.items() if code not in _NOT_OF_BUSINESS},
        causes_unknown=summary.causes is None or "CAUSES_UNKNOWN" in summary.warnings,
        rows=rows,
        first_rows=rows[:_PAGE_ROWS],
        suppliers_first=_SUPPLIERS_FIRST,
        table={"porPagina": _PAGE_ROWS, "linhas": rows},
    )


def index(days: Sequence[DayLine], older: int = 0) -> bytes:
    """`index.html`, the newest day first; so many older ones are published, and not in it."""
    newest_first = sorted(days, key=lambda day: day.day, reverse=True)
    newest = newest_first[_DAYS_OF_INDEX - 1 :: -1]
    return _rendered(
        "index.html",
        months=[(name, list(of)) for name, of in groupby(newest_first, key=lambda day: month(day.day))],
        days=newest,
        count=len(days) + older,
        older=older,
        usual=_usual(newest_first),
        chart=chart(newest, None),
    )


def _broken(figures: DayFigures) -> list[str] | None:
    """The rules that the day's rate breaks, as its alert says them; None where its run noted no limit."""
    limit = figures.summary.rules.get("abnormal_rate_percent")
    if not isinstance(limit, int | float):
        return None
    return abnormal(Figures.of(figures.summary), figures.history[:HISTORY_DAYS], limit)


class _Usual(NamedTuple):
    """The mean rate of published days, and which ones."""

    rate_percent: float
    days: Sequence[str]


def _usual(newest_first: Sequence[DayLine]) -> dict[str, _Usual]:
    """By day of the published days before it, as many as alerts compare it with."""
    before = {
        line.day: newest_first[place : place + HISTORY_DAYS]
        for place, line in enumerate(newest_first, start=1)
    }
    return {
        day: _Usual(fmean(line.rate_percent for line in lines), [line.day for line in lines])
        for day, lines in before.items()
        if lines
    }


def _cells(row: Row) -> list[Any]:
    """A row as the script takes it: type, order, supplier, line, three amounts, and what differs.

    What differs is a word, or `[field, file, base]`, with a 1 more where nobody sees the difference.
    """
    return [
        row.kind[-1],
        _visible(row.order),
        _visible(row.supplier),
        row.line,
        None if row.file_cents is None else amount(row.file_cents),
        None if row.base_cents is None else amount(row.base_cents),
        amount(row.difference_cents),
        list(_differing(row)),
    ]


def _differing(row: Row) -> Iterable[Any]:
    if row.amount_differs:
        yield "valor"
    for each in row.differing:
        sides = [None if text is None else _visible(text) for text in (each.file, each.base)]
        yield [each.field, *sides, *([1] if each.looks_alike else [])]
    if not row.amount_differs and not row.differing:
        yield MOTIVES[row.motive]


def _within(most_bytes: int, rows: Iterable[list[Any]]) -> list[list[Any]]:
    """The first rows that are no more than that as JSON."""
    kept, used = [], 0
    for row in rows:
        used += len(_json(row).encode()) + 1
        if used > most_bytes:
            break
        kept.append(row)
    return kept


def _json(value: Any) -> Markup:
    """As it may stand in a script element: nothing in it ends that, or begins a comment."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704  (no character is left that HTML reads)


def _visible(text: str) -> str:
    """What shows nothing, or turns the direction of what follows, is written by its code point."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else f"⟨{ord(each):04X}⟩" for each in text)


def _isolated(text: str | None) -> Markup:
    """A text of the data."""
    if text is None or not text.strip():
        return Markup('<i class="vazio">vazio</i>')
    return Markup("<bdi>{}</bdi>").format(_visible(text))


def _unbroken(text: str) -> str:
    """No line ends between R$ and its amount."""
    return text.replace("R$ ", "R$\u00a0")


def _unbroken_brl(cents: int) -> str:
    return _unbroken(brl(cents))


def _share(part: int, of: int) -> str:
    """For a drawing: percent with a point."""
    return f"{100 * part / of if of else 0:.2f}%"


def _policy(style: str, scripts: Sequence[str]) -> str:
    allowed = [f"style-src {_digest(style)}", " ".join(["script-src", *map(_digest, scripts)])]
    return "; ".join(
        ["default-src 'none'", *allowed, "img-src data:", "base-uri 'none'", "form-action 'none'"]
    )


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _rendered(name: str, *, script: str = "", **values: Any) -> bytes:
    style, addresses = _source("estilo.css"), _source("enderecos.js")
    own = {"style": style, "addresses": addresses, "script": script}
    # written into the page as they are: the policy has their digests
    values |= {key: Markup(text) for key, text in own.items()}  # noqa: S704
    values["policy"] = _policy(style, [each for each in (addresses, script) if each])
    return _environment().get_template(name).render(values).encode()


@cache
def _environment() -> Environment:
    environment = Environment(
        autoescape=True,
        undefined=StrictUndefined,
        loader=FunctionLoader(_source),
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "amount": amount, "brl": _unbroken_brl, "unbroken": _unbroken, "number": number, "percent": percent,
        "calendar_day": calendar_day,
        "month": month, "weekday": weekday, "isolated": _isolated, "visible": _visible, "json": _json,
        "css": lambda kind: kind.lower().replace("_", "-"),
    }  # fmt: skip
    environment.globals |= {
        "history_days": HISTORY_DAYS,
        "counted": counted, "share": _share, "NO_SUPPLIER": NO_SUPPLIER,
        "TYPES": TYPES, "REJECTS": REJECTS, "WARNINGS": WARNINGS,
    }  # fmt: skip
    return environment


def _source(name: str) -> str:
    """A template, the style or the script; from a zip as well."""
    return files(__package__).joinpath("templates", name).read_text(encoding="utf-8")
