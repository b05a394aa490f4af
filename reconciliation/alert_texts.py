"""An alert's JSON body as people read it: a subject, and the one text of e-mail and Slack. Portuguese."""

from typing import Any, Final

from reconciliation import wording
from reconciliation.appearance import one_line
from reconciliation.incident import is_reminder

_EXAMPLES_MAX: Final = 10
_SUBJECT_MAX: Final = 99
_TEXT_MAX: Final = 80
_KEY_MAX: Final = 1024
_FIGURE_MAX: Final = 4_000
"""Of one that is a text: a day's warnings, each in words, may be long."""
_STATES: Final = {"abre": "aberto agora", "repete": "continua aberto", "encerra": "encerrado"}
CODE_BLOCK: Final = "```{}```"
"""Slack's, of whatever lies between: nothing but `&`, `<` and `>` is read there."""


def subject_of(body: dict[str, Any]) -> str:
    """One line of less than 100 characters, as SNS wants it; runbook 2.5's own for an abnormal rate."""
    if body["codigo"] == "ABNORMAL_RATE":
        return f"Taxa de Divergências Anormal - {body['dia']}"
    who = body["job_id"] or body["dia"] or body["numeros"].get("Alarme", "")
    what = f": {body['mensagem']}" if body["codigo"] == "DAILY_CHECK" else ""
    return _plain(
        f"[{body['severidade']}] {_turn(body)}Conciliação {who} {body['codigo']}{what}", _SUBJECT_MAX
    )


def _turn(body: dict[str, Any]) -> str:
    """What a subject says of the incident before all else; nothing of one that opens."""
    incident = body.get("incidente")
    if incident is None or incident["estado"] == "abre":
        return ""
    if incident["estado"] == "encerra":
        return "Recuperado: "
    if body["playbook"] == "1.1":
        return ""  # what is still open is no more of the same
    return "Lembrete: " if is_reminder(body["id"]) else "De novo: "


def _state(incident: dict[str, Any]) -> str:
    """With the codes that are open besides, and who is at it already."""
    others, by = ", ".join(incident.get("abertos", ())), incident.get("assumido_por")
    if not others:
        return _STATES[incident["estado"]]
    told = "encerrado em parte; ainda em aberto" if incident["estado"] == "encerra" else "já estava aberto"
    return f"{told}: {others}" + (f"; assumido por {_plain(by, _TEXT_MAX)}" if by else "")


def text_of(body: dict[str, Any], code_block: str = "{}") -> str:
    """The one text that e-mail and Slack show; `code_block` is how the reader's program shows a command."""
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
    lines += _fact_lines(body)
    lines += number_lines(body["numeros"])
    if body["playbook"] != "1.1" or body["codigo"] == "ALARM":
        lines += [
            f"Playbook: {body['playbook']} do runbook; tempo de resposta {body['tempo_resposta']}"
            f" (limite do SLA: {body['limite_sla']})",
            f"Responsável: {body['responsavel']}; escalonamento: {body['escalonamento']}",
        ]
    lines += ["", "Passos, nesta ordem:", *_step_lines(body.get("passos", []), code_block), ""]
    lines += [f"{name}: {where}" for name, where in body["links"].items()]
    return "\n".join(lines)


def slack_text_of(body: dict[str, Any]) -> str:
    """The same in Slack's own signs, which data cannot use: commands stand in code blocks."""
    return escaped(text_of(body, CODE_BLOCK))


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


def _fact_lines(body: dict[str, Any]) -> list[str]:
    """What the runbook's pages ask to copy, each where the event has it; times are UTC there, too.

    An alert that Slack would not take may come days later, of a deployment that did not have them yet.
    """
    times = {"Horário": body["timestamp"], "Início": body.get("inicio"), "Fim": body.get("fim")}
    incident = body.get("incidente")
    facts = {
        **{name: wording.moment(time) if time else None for name, time in times.items()},
        "Incidente": f"{incident['id']} ({_state(incident)})" if incident else None,
        "Arquivo": _plain(body.get("s3_key") or "", _KEY_MAX),
        "Publicado agora": body.get("publicado"),
        "Atualização do QuickSight": body.get("ingestion_id"),
        "Checkpoint": body["checkpoint_location"],
    }
    return [f"{name}: {fact}" for name, fact in facts.items() if fact]


def _step_lines(steps: list[dict[str, str | None]], code_block: str) -> list[str]:
    lines = []
    for place, step in enumerate(steps, start=1):
        lines.append(f"{place}. {step['titulo']}")
        lines += [code_block.format(step["comando"])] if step["comando"] else []
    return lines


def number_lines(numbers: dict[str, Any]) -> list[str]:
    """A line for each figure; text from the data stays on its line."""
    lines = []
    for name, value in numbers.items():
        if isinstance(value, dict):
            shown = ", ".join(
                f"{one_line(str(key), _TEXT_MAX)}: {_shown(each)}" for key, each in value.items()
            )
        elif isinstance(value, list):
            shown = "; ".join(one_line(str(item), _TEXT_MAX) for item in value[:_EXAMPLES_MAX])
        else:
            shown = _shown(value)
        if shown:
            lines.append(f"{name}: {shown}")
    return lines


def _shown(value: Any) -> str:
    return wording.number(value) if isinstance(value, int) else one_line(str(value), _FIGURE_MAX)
