"""The index of days: all that are published, the newest first; a replaced day's figures leave it."""

import re
from dataclasses import replace
from decimal import Decimal

from reconciliation.awaited_page import without_figures
from reconciliation.report.figures import DayLine
from reconciliation.report.page import index
from tests.report.days import CAUSE, divergence, summary_of
from tests.report.elements import Elements


def test_the_index_has_all_days_the_newest_first() -> None:
    days = [
        DayLine.of(summary_of([divergence("TIPO_1", "A")], day=day, causes=causes), has_report=has_report)
        for day, causes, has_report in (
            ("2026-01-30", None, False), ("2026-02-16", (CAUSE, CAUSE), True), ("2026-02-13", (), True),
        )
    ]  # fmt: skip
    html = index(days).decode()
    text = Elements(html).text()
    assert re.findall(r'<th scope="row" role="rowheader">(?:<a href="([^"]*)">)?([\d/]+)', html) == [
        ("2026-02-16/relatorio.html", "16/02/2026"), ("2026-02-13/relatorio.html", "13/02/2026"),
        ("", "30/01/2026"),
    ]  # fmt: skip
    assert "sem causa aparente" in text
    assert "não calculada" in text
    assert CAUSE.sentence in text
    assert index(list(reversed(days))) == html.encode()


def test_a_day_s_figures_are_taken_off_the_index_and_no_other_s() -> None:
    """Headline, line and bar; a cause that is written as the page's own mark takes nothing with it."""
    hostile = replace(CAUSE, sentence="<!--dia 2026-02-16--><!--ou x-->")

    def line(day: str, rate: float) -> DayLine:
        rows = [divergence("TIPO_1", "A", valor_csv=Decimal("4321.09"))]
        summary = summary_of(rows, day=day, causes=(hostile,), divergence_rate_percent=rate)
        return DayLine.of(summary, has_report=True)

    whole = index([line("2026-02-16", 7.65), line("2026-02-13", 3.21)])
    left = without_figures(whole, "2026-02-16").decode()
    Elements(left)
    assert ("7,65%" in whole.decode(), "7,65%" in left, left.count("4.321,09")) == (True, False, 1)
    assert "16/02/2026</a>, publicado de novo: o relatório ainda não foi feito." in left
    assert left.count("<g class") == 1
    other = whole.decode().index('<th scope="row" role="rowheader"><a href="2026-02-13')
    assert left.endswith(whole.decode()[other:])
    assert without_figures(left.encode(), "2026-02-16") == left.encode()


def test_a_mean_of_a_replaced_rate_leaves_the_index_with_it() -> None:
    """The seven published days after it are compared with the new one, once its report is made."""
    days = [
        DayLine.of(summary_of([], day=f"2026-02-{at:02}", divergence_rate_percent=float(at)), has_report=True)
        for at in range(1, 13)
    ]
    left = without_figures(index(days), "2026-02-03").decode()
    told = re.findall(r'<span class="nota">média (?:<!--de [^>]*-->)?([^<]*)', left)
    assert told == ["8,00%", "7,00%", *["a recalcular"] * 7, "1,00%"], "the day itself has no figure at all"
    Elements(left)
    assert without_figures(left.encode(), "2026-02-03") == left.encode()


def test_the_index_says_what_is_not_in_it() -> None:
    day = DayLine.of(summary_of([divergence("TIPO_1", "A")]), has_report=False)
    html = index([day], older=2).decode()
    assert "3 dias publicados" in html
    assert "2 dias mais antigos não estão nesta lista" in html
    assert "relatorio.html" not in html, "a day without a report has no link, the newest neither"


def test_the_index_beside_what_is_usual() -> None:
    """Without divergences there is nothing to explain; one day is not several; a rate has its mean."""
    alone = index([DayLine.of(summary_of([]), has_report=True)]).decode()
    assert "nada a explicar" in alone
    assert "sem causa aparente" not in alone
    assert "Taxa do último dia" in alone
    assert ">média " not in alone
    days = [
        DayLine.of(summary_of([], day=f"2026-02-{at:02}", divergence_rate_percent=float(at)), has_report=True)
        for at in range(1, 10)
    ]
    told = r'(\d,\d\d%) <span class="nota">média <!--de [\d -]*-->(\d,\d\d%)'
    assert re.findall(told, index(days).decode())[:2] == [
        ("9,00%", "5,00%"), ("8,00%", "4,00%"),
    ]  # fmt: skip
