"""What the business area is told: a text of its own, without job ids, paths or commands. Portuguese.

Source: runbook 2.5, "Notificar stakeholders" and its template.
"""

from datetime import date
from typing import Any, Final

from reconciliation.alert_texts import number_lines

CODES: Final = ("ABNORMAL_RATE",)
"""What it is told of."""
_FIGURES: Final = (
    "Fora do normal",
    "Valor das divergências",
    "Fornecedores sem nenhuma linha no arquivo",
    "E mais",
    "Mesmo dia da semana anterior",
    "Linhas do arquivo",
    "Linhas da base",
    "Linhas rejeitadas",
)
"""Of an alert's figures, those that say something about the business."""


def subject_of(body: dict[str, Any]) -> str:
    """The subject of the template."""
    return f"Taxa de Divergências Anormal - {body['dia']}"


def text_of(body: dict[str, Any]) -> str:
    """The template as the alert has it, but its subject; then what is out of the usual, beside the usual."""
    lines = body["relatorio"].splitlines()
    shown = "\n".join(line for line in lines if not line.startswith("Assunto:")).strip()
    figures = {name: body["numeros"][name] for name in _FIGURES if name in body["numeros"]}
    day = date.fromisoformat(body["dia"])
    return "\n".join(
        [
            f"O resultado da conciliação de {day:%d/%m/%Y} está publicado e foge do normal.",
            "",
            shown,
            "",
            *number_lines(figures),
            "",
            f"Quem acompanha: {body['responsavel']}, que procura a causa.",
        ]
    )
