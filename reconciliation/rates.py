"""Whether a day's divergences are abnormal against the published days before it, and the words for it.

Source: runbook 2.5 ("> 10% (vs. histórico de ~5%)", "aumento súbito em Tipo 1 ou Tipo 2", "Comparar com média
dos últimos 7 dias", the notification's template).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import fmean
from typing import Final, Self

from reconciliation.appearance import one_line
from reconciliation.contract import TYPES
from reconciliation.documents.summary import SummaryDraft
from reconciliation.wording import WITHOUT_SUPPLIER, counted, number, percent

HISTORY_DAYS: Final = 7
_LEAST_DAYS: Final = 3
"""Fewer published days are no history."""
_NAME_CHARS: Final = 80
_SUDDEN: Final = 2.0
"""So many times the mean is sudden."""
_LEAST_OF_A_TYPE: Final = 100
"""Twice of next to nothing is still next to nothing."""


@dataclass(frozen=True, kw_only=True)
class Figures:
    """One published day, as its summary tells it. `rate_percent` is of the keys of both sides."""

    day: str
    rate_percent: float
    types: dict[str, int]
    lines: int
    base_rows: int
    rules_sha256: str
    base_newest: str | None = None
    """`YYYY-MM-DD` of the base's newest row, where it is known."""
    top_suppliers: list[tuple[str, int]] = field(default_factory=list)
    causes: tuple[str, ...] = ()
    """The sentences of its probable causes: each names what it is about, as a code does not."""

    @classmethod
    def of(cls, summary: SummaryDraft) -> Self:
        return cls(
            day=summary.day,
            rate_percent=summary.divergence_rate_percent,
            types={kind: summary.types.get(kind, 0) for kind in TYPES},
            lines=summary.totals.lines.data_lines,
            base_rows=summary.totals.lines.base_in_scope,
            rules_sha256=summary.rules_sha256,
            base_newest=(summary.base or {}).get("newest_date"),
            top_suppliers=[
                (top.fornecedor_id or WITHOUT_SUPPLIER, top.divergences) for top in summary.top_suppliers
            ],
            causes=tuple(cause.sentence for cause in summary.causes or ()),
        )


def usual_rate_percent(history: Sequence[Figures]) -> float | None:
    """Mean of the published days before; None where there are none."""
    return fmean(day.rate_percent for day in history) if history else None


def usual_in_words(history: Sequence[Figures]) -> str:
    """The mean rate in words: `média de 7 dias publicados: 5,00%`."""
    if not history:
        return percent(None)
    days = counted(len(history), "dia publicado", "dias publicados")
    return f"média de {days}: {percent(usual_rate_percent(history))}"


def abnormal(today: Figures, history: Sequence[Figures], limit_percent: float) -> list[str]:
    """Each rule that the day breaks, in words with its figures; empty for an ordinary day."""
    broken = []
    if today.rate_percent > limit_percent:
        broken.append(f"taxa de {percent(today.rate_percent)}, acima do limite de {percent(limit_percent)}")
    if not is_usual_known(history):
        return broken
    usual = fmean(day.rate_percent for day in history)
    if today.rate_percent > _SUDDEN * usual:
        broken.append(f"taxa de {percent(today.rate_percent)}, mais que o dobro da média ({percent(usual)})")
    for kind in TYPES:
        count, mean = today.types[kind], fmean(day.types[kind] for day in history)
        if count >= _LEAST_OF_A_TYPE and count > _SUDDEN * mean:
            told = f"{number(count)}, mais que o dobro da média ({number(round(mean))})"
            broken.append(f"Tipo {kind[-1]}: {told}")  # the business area is told it, too
    return broken


def is_usual_known(history: Sequence[Figures]) -> bool:
    """Whether there are published days enough to say what is usual."""
    return len(history) >= _LEAST_DAYS


def comparison(today: Figures, history: Sequence[Figures]) -> dict[str, str]:
    """What runbook 2.5 compares with the days before, as alerts show it."""
    weekday = (date.fromisoformat(today.day) - timedelta(days=7)).isoformat()
    same = next((day.rate_percent for day in history if day.day == weekday), None)
    return {
        "Mesmo dia da semana anterior": percent(same),
        "Linhas do arquivo": _against(today.lines, [day.lines for day in history]),
        "Regras de conciliação": _rules(today, history),
        "Linhas da base": _against(today.base_rows, [day.base_rows for day in history]),
        "Data mais nova da base": today.base_newest or "desconhecida",
    }


def report(today: Figures, history: Sequence[Figures], link: str) -> str:
    """The template of runbook 2.5, filled; `link` is "" where there is no dashboard."""
    suppliers = [
        f"{place}. {one_line(supplier, _NAME_CHARS)}: {number(count)}"
        for place, (supplier, count) in enumerate(today.top_suppliers[:3], start=1)
    ]
    return "\n".join(
        [
            f"Assunto: Taxa de Divergências Anormal - {today.day}",
            "",
            f"Taxa de divergências detectada: {percent(today.rate_percent)}",
            f"Histórico médio: {percent(usual_rate_percent(history))}",
            "",
            "Divergências por tipo:",
            f"- Tipo 1 (ausente na base): {number(today.types['TIPO_1'])}",
            f"- Tipo 2 (ausente no CSV): {number(today.types['TIPO_2'])}",
            f"- Tipo 3 (campos divergentes): {number(today.types['TIPO_3'])}",
            "",
            "Top 3 fornecedores com mais divergências:",
            *suppliers,
            *(["", f"Link para análise detalhada: [QuickSight Dashboard] {link}"] if link else []),
        ]
    )


def _against(count: int, before: Sequence[int]) -> str:
    if not before:
        return f"{number(count)} (sem histórico)"
    return f"{number(count)} (média: {number(round(fmean(before)))})"


def _rules(today: Figures, history: Sequence[Figures]) -> str:
    if not history:
        return "sem histórico"
    newest = max(history, key=lambda figures: figures.day)
    return (
        f"{'iguais às' if newest.rules_sha256 == today.rules_sha256 else 'MUDARAM desde as'} de {newest.day}"
    )
