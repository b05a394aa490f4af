"""What the business area is told: a text of its own, without job ids, paths or commands. Portuguese.

Source: runbook 2.5, "Notificar stakeholders" and its template.
"""

from datetime import date
from typing import Any, Final

from reconciliation.alert_texts import number_lines
from reconciliation.alerts import REPORT_LINK

CODES: Final = ("ABNORMAL_RATE",)
"""What it is told of."""
_FIGURES: Final = (
    "Fora do normal",
    "Valor das divergências",
    "Fornecedores sem nenhuma linha no arquivo",
    "E mais",
    "Linhas recusadas de que não se lê o fornecedor",
    "Mesmo dia da semana anterior",
    "Linhas do arquivo",
    "Linhas da base",
    "Linhas rejeitadas",
)
"""Of an alert's figures, those that say something about the business."""


_SHOWN: Final = "O painel (QuickSight) já mostra este resultado."
_NOT_SHOWN: Final = "O painel (QuickSight) ainda não mostra este resultado: a atualização não terminou."
_OLD_SHOWN: Final = (
    "O painel (QuickSight) ainda não mostra este resultado, e sim o de antes: a atualização não terminou."
)
_NOT_REPORTED: Final = "O relatório do dia ainda não está pronto; a Equipe de Operações foi avisada."


def subject_of(body: dict[str, Any]) -> str:
    """The subject of the template."""
    return f"Taxa de Divergências Anormal - {body['dia']}"


def text_of(
    body: dict[str, Any], *, is_shown: bool | None, is_reported: bool, has_replaced: bool = False
) -> str:
    """The template as the alert has it, but its subject; then what is out of the usual, beside the usual.

    `is_shown` is whether the dashboard shows this result by now, None where there is none; `is_reported`
    whether its report is there; `has_replaced` whether an earlier result of the day is known to have been.
    """
    lines = body["relatorio"].splitlines()
    shown = "\n".join(line for line in lines if not line.startswith("Assunto:")).strip()
    figures = {name: body["numeros"][name] for name in _FIGURES if name in body["numeros"]}
    day = date.fromisoformat(body["dia"])
    not_shown = _OLD_SHOWN if has_replaced else _NOT_SHOWN
    return "\n".join(
        [
            f"O resultado da conciliação de {day:%d/%m/%Y} está publicado e foge do normal.",
            "",
            shown,
            "",
            *number_lines(figures),
            "",
            *([] if is_shown is None else [_SHOWN if is_shown else not_shown, ""]),
            *_report_lines(body["links"].get(REPORT_LINK), is_reported),
            f"Quem acompanha: {body['responsavel']}, que procura a causa.",
        ]
    )


def _report_lines(address: str | None, is_reported: bool) -> list[str]:
    """No address is in an alert of a deployment that had no reports yet."""
    if address is None:
        return []
    if not is_reported:
        return [_NOT_REPORTED, ""]
    return ["Relatório do dia (abre no console da AWS, para quem pode ler os relatórios):", address, ""]
