"""What people are told of a published day: its figures beside the days before. Runbook 1.1, 2.5."""

from collections.abc import Sequence
from typing import Any

from reconciliation import rates, wording
from reconciliation.appearance import isolated
from reconciliation.documents.snapshot import Window
from reconciliation.documents.summary import AbsentSuppliers, Cause, Summary
from reconciliation.rates import Figures


def message(today: Figures, history: Sequence[Figures]) -> str:
    """The alert's one sentence: the day's lines and divergences, beside what is usual."""
    return (
        f"{wording.counted(today.lines, 'linha no arquivo', 'linhas no arquivo')},"
        f" {wording.counted(sum(today.types.values()), 'divergência', 'divergências')}"
        f" ({wording.percent(today.rate_percent)}; {rates.usual_in_words(history)})"
    )


def numbers(
    summary: Summary, today: Figures, history: Sequence[Figures], broken: list[str]
) -> dict[str, Any]:
    """The alert's figures by what they are called; `broken` is what of them is out of the usual."""
    return {
        **({"Fora do normal": broken} if broken else {}),
        "Divergências por tipo": today.types,
        **_money(summary.value_by_type_cents),
        "Fornecedores com mais divergências": dict(today.top_suppliers[:3]),
        **_absent(summary.suppliers_absent, summary.refused_of_nobody),
        **_window((summary.base or {}).get("window")),
        **(rates.comparison(today, history) if broken else {}),
        "Tempo total": wording.minutes(summary.seconds_by_stage["total"]),
        "Linhas rejeitadas": wording.shown(summary.rejects_by_code, wording.REJECTS) or "nenhuma",
        "Avisos": wording.shown(summary.warnings, wording.WARNINGS) or "nenhum",
    }


def report(summary: Summary, today: Figures, history: Sequence[Figures], link: str) -> str:
    """The probable causes, and then the template of runbook 2.5."""
    template = rates.report(today, history, link)
    return template if summary.causes is None else f"{_probable(summary.causes)}\n\n{template}"


def _probable(causes: Sequence[Cause]) -> str:
    """Each with its figures and what to do."""
    if not causes:
        return "Causa provável: sem causa aparente."
    lines = [f"- {isolated(cause.sentence)} {isolated(cause.evidence)} {cause.action}" for cause in causes]
    return "\n".join(["Causa provável:", *lines])


def _absent(absent: AbsentSuppliers | None, refused_of_nobody: int) -> dict[str, Any]:
    """The suppliers without one line in the file: the largest by name, the rest as one.

    As far as one can read whose lines they are.
    """
    if absent is None or not absent.suppliers:
        return {}
    named = {one.fornecedor_id: _of_the_base(one.base_rows, one.base_cents) for one in absent.largest}
    rest = _of_the_base(
        absent.base_rows - sum(one.base_rows for one in absent.largest),
        absent.base_cents - sum(one.base_cents for one in absent.largest),
    )
    others = absent.suppliers - len(absent.largest)
    unread = {"Linhas recusadas de que não se lê o fornecedor": refused_of_nobody}
    return {
        "Fornecedores sem nenhuma linha no arquivo": named,
        **({"E mais": f"{wording.counted(others, 'fornecedor', 'fornecedores')}, {rest}"} if others else {}),
        **(unread if refused_of_nobody else {}),
    }


def _money(by_type: dict[str, int] | None) -> dict[str, Any]:
    """Gross, so that plus and minus do not hide each other."""
    if by_type is None:
        return {}
    return {
        "Valor das divergências": {f"Tipo {kind[-1]}": wording.brl(cents) for kind, cents in by_type.items()}
    }


def _window(window: Window | None) -> dict[str, str]:
    """The dates that the rule `in_scope` read, so that nobody takes a TIPO_1 for more than it says."""
    if not window:
        return {}
    return {
        "Base lida só em parte": (
            f"ordens procuradas de {window['first']} a {window['last']}; uma que a base tem em outra"
            " data, ou sem data válida, consta como TIPO_1"
        )
    }


def _of_the_base(rows: int, cents: int) -> str:
    return f"{wording.counted(rows, 'linha', 'linhas')} da base ({wording.brl(cents)})"
