"""When a day is abnormal (runbook 2.5), and the template that the user wrote for it."""

from typing import Any

import pytest

from reconciliation.rates import Figures, abnormal, comparison, report, usual_in_words, usual_rate_percent


def day(number: int, rate: float = 5.0, types: tuple[int, int, int] = (50, 50, 50), **more: Any) -> Figures:
    named = dict(zip(("TIPO_1", "TIPO_2", "TIPO_3"), types, strict=True))
    known = {"lines": 1000, "base_rows": 990, "rules_sha256": "r"}
    return Figures(day=f"2026-02-{number:02d}", rate_percent=rate, types=named, **{**known, **more})


WEEK = [day(number) for number in range(15, 8, -1)]


@pytest.mark.parametrize(
    ("today", "history", "rules"),
    [
        (day(16), WEEK, 0),
        (day(16, 10.0), WEEK, 0),  # twice the mean exactly, and the limit exactly
        (day(16, 10.01), WEEK, 2),  # over the limit, and over twice the mean
        (day(16, 10.01), [], 1),
        (day(16, 10.01), WEEK[:2], 1),  # two days are no history
        (day(16, 3.0), [day(15, 1.0), day(14, 1.0), day(13, 1.0)], 1),
        (day(16, 3.0), [day(15, 1.0), day(14, 1.0)], 0),
        (day(16, types=(101, 50, 50)), WEEK, 1),
        (day(16, types=(100, 50, 50)), WEEK, 0),  # twice the mean exactly
        (day(16, types=(99, 0, 0)), [day(n, types=(1, 1, 1)) for n in (13, 14, 15)], 0),  # too few to matter
        (day(16, types=(100, 0, 0)), [day(n, types=(1, 1, 1)) for n in (13, 14, 15)], 1),
        (day(16, types=(500, 500, 500)), WEEK, 3),
    ],
)
def test_a_day_is_abnormal_by_three_rules(today: Figures, history: list[Figures], rules: int) -> None:
    assert len(abnormal(today, history, 10.0)) == rules


def test_each_broken_rule_is_said_with_its_figures() -> None:
    told = abnormal(day(16, 12.5, (50, 1234, 50)), WEEK, 10.0)
    assert told == [
        "taxa de 12,50%, acima do limite de 10,00%",
        "taxa de 12,50%, mais que o dobro da média (5,00%)",
        "Tipo 2: 1.234, mais que o dobro da média (50)",
    ]


def test_no_published_day_is_no_mean() -> None:
    assert usual_rate_percent([]) is None
    assert usual_rate_percent([day(15, 4.0), day(14, 6.0)]) == 5.0


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, "sem histórico"), (1, "média de 1 dia publicado: 5,00%"), (2, "média de 2 dias publicados: 5,00%")],
)
def test_the_mean_in_words(days: int, words: str) -> None:
    assert usual_in_words([day(number + 1) for number in range(days)]) == words


def test_the_day_is_compared_with_those_before() -> None:
    history = [day(15, lines=1100), day(14), day(13), day(9, 7.25)]
    told = comparison(day(16, lines=2000, rules_sha256="other", base_newest="2026-02-14"), history)
    assert told == {
        "Mesmo dia da semana anterior": "7,25%",
        "Linhas do arquivo": "2.000 (média: 1.025)",
        "Regras de conciliação": "MUDARAM desde as de 2026-02-15",
        "Linhas da base": "990 (média: 990)",
        "Data mais nova da base": "2026-02-14",
    }
    assert comparison(day(16), WEEK)["Data mais nova da base"] == "desconhecida"
    assert comparison(day(16), WEEK)["Regras de conciliação"] == "iguais às de 2026-02-15"


def test_the_notification_is_the_users_template() -> None:
    """Runbook 2.5, "Template de notificação", with its blanks filled."""
    today = day(16, 12.5, (1000, 200, 30), top_suppliers=[("F1", 900), ("F\n2", 200), ("F3", 9), ("F4", 1)])
    assert (
        report(today, WEEK, "https://x")
        == """\
Assunto: Taxa de Divergências Anormal - 2026-02-16

Taxa de divergências detectada: 12,50%
Histórico médio: 5,00%

Divergências por tipo:
- Tipo 1 (ausente na base): 1.000
- Tipo 2 (ausente no CSV): 200
- Tipo 3 (campos divergentes): 30

Top 3 fornecedores com mais divergências:
1. F1: 900
2. F 2: 200
3. F3: 9

Link para análise detalhada: [QuickSight Dashboard] https://x"""
    )
