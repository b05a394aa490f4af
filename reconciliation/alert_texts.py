"""An alert's JSON body as people read it: a subject, and the one text of e-mail and Slack. Portuguese."""

from typing import Any, Final

from reconciliation import wording

_EXAMPLES_MAX: Final = 10
_SUBJECT_MAX: Final = 99
_TEXT_MAX: Final = 80


def subject_of(body: dict[str, Any]) -> str:
    """One line of less than 100 characters, as SNS wants it; runbook 2.5's own for an abnormal rate."""
    if body["codigo"] == "ABNORMAL_RATE":
        return f"Taxa de Divergências Anormal - {body['dia']}"
    who = body["job_id"] or body["dia"] or ""
    return _plain(f"[{body['severidade']}] Conciliação {who} {body['codigo']}", _SUBJECT_MAX)


def text_of(body: dict[str, Any]) -> str:
    """The one text that e-mail and Slack show."""
    lines = [body["relatorio"], ""] if body["relatorio"] else []
    stage = f" (etapa: {wording.STAGES.get(body['stage'], body['stage'])})" if body["stage"] else ""
    lines += [
        f"[{body['severidade']}] {body['motivo']}",
        "",
        body["mensagem"],
        "",
        f"Código: {body['codigo']}{stage}",
    ]
    if body["job_id"]:
        attempt = f", tentativa {body['attempt']}" if body["attempt"] else ""  # a refused start is none
        lines.append(f"Job ID: {body['job_id']}{attempt}")
    lines.append(f"Horário (UTC): {body['timestamp']}")
    if body["checkpoint_location"]:
        lines.append(f"Checkpoint: {body['checkpoint_location']}")
    lines += _number_lines(body["numeros"])
    if body["playbook"] != "1.1":
        lines += [
            f"Playbook: {body['playbook']} do runbook; resposta {body['tempo_resposta']}"
            f" (limite do SLA: {body['limite_sla']})",
            f"Responsável: {body['responsavel']}; escalonamento: {body['escalonamento']}",
        ]
    if body["proximo_comando"]:
        lines += ["", "Próximo comando:", body["proximo_comando"], ""]
    lines += [f"{name}: {where}" for name, where in body["links"].items()]
    return "\n".join(lines)


def text_of_alarm(alarm: dict[str, Any]) -> str:
    """A CloudWatch alarm's message as people read it; its description begins with the severity."""
    facts = {
        "Alarme": alarm.get("AlarmName"),
        "Estado": f"{alarm.get('OldStateValue')} → {alarm.get('NewStateValue')}",
        "Medida": alarm.get("NewStateReason"),
        "Horário": alarm.get("StateChangeTime"),
    }
    lines = [str(alarm.get("AlarmDescription") or ""), ""]
    return "\n".join([*lines, *(f"{name}: {value}" for name, value in facts.items())])


def escaped(text: str) -> str:
    """With Slack's own signs made harmless, so that data can't mention or link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _plain(text: str, most: int) -> str:
    return " ".join(text.split())[:most]


def _number_lines(numbers: dict[str, Any]) -> list[str]:
    lines = []
    for name, value in numbers.items():
        if isinstance(value, dict):
            shown = ", ".join(f"{_plain(str(key), _TEXT_MAX)}: {count}" for key, count in value.items())
        elif isinstance(value, list):
            shown = "; ".join(_plain(str(item), _TEXT_MAX) for item in value[:_EXAMPLES_MAX])
        else:
            shown = str(value)
        if shown:
            lines.append(f"{name}: {shown}")
    return lines
