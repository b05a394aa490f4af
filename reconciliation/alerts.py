"""What people are told: severity, who, how soon, and what to do. Portuguese, for operators.

Source: runbook 2.1 to 2.5 (response times, next steps), 3.1 and 3.2 (who, escalation, limits).
"""

from typing import Any, Final

from reconciliation import console, layout, places, runbook, wording
from reconciliation.documents.typed import utc
from reconciliation.errors import CRITICAL, HIGH, LOW, MEDIUM
from reconciliation.event import Event
from reconciliation.incident import PUBLICATIONS, Alert, Note
from reconciliation.layout import Location
from reconciliation.playbooks import steps_of

_RESPONSE: Final = {
    "2.1": "≤ 15 minutos",
    "2.2": "imediato (automático), depois análise manual",
    "2.3": "≤ 30 minutos",
    "2.4": "≤ 10 minutos",
    "2.5": "≤ 1 hora",
    "1.1": "–",
}
_LIMIT: Final = {CRITICAL: "≤ 15 minutos", HIGH: "≤ 1 hora", MEDIUM: "≤ 4 horas", LOW: "≤ 1 dia útil"}
_ESCALATION: Final = {
    CRITICAL: "Product Owner + Engenharia",
    HIGH: "Engenharia",
    MEDIUM: "–",
    LOW: "–",
}
_OWNER: Final = "Equipe de Operações"
REPORT_LINK: Final = "Relatório"
"""In `links`, the day's report for people."""


def body_of(event: Event) -> dict[str, Any]:
    """The alert's JSON body, as the interface has it."""
    severity, playbook = event.failure.severity, event.failure.playbook
    steps, note = steps_of(event), event.incident
    headline = f"{note.headline}. " if note and note.headline else ""
    return {
        "id": event.id,
        "severidade": severity,
        "codigo": event.code,
        "dia": event.day,
        "job_id": event.job_id,
        "attempt": event.attempt,
        "execution_arn": event.execution_arn,
        "timestamp": utc(event.timestamp),
        "stage": event.stage,
        **_window(event),
        "s3_key": event.s3_key,
        "ingestion_id": event.ingestion_id,
        "publicado": _standing(event),
        "motivo": headline + (f"Dia {event.day}: " if event.day else "") + wording.OUTCOMES[event.code],
        "mensagem": event.message,
        "relatorio": event.report,
        "checkpoint_location": event.checkpoint_location,
        "numeros": {**_version(event), **event.numbers},
        "playbook": playbook,
        "tempo_resposta": _response(event, playbook),
        "limite_sla": _LIMIT[severity],
        "responsavel": _OWNER,
        "escalonamento": _ESCALATION[severity],
        "passos": [{"titulo": step.title, "comando": step.command} for step in steps],
        "proximo_comando": steps[0].command,
        "incidente": _incident(note) if note else None,
        "links": {"Runbook": runbook.link(event.deployment, event.code), **_links(event)},
    }


def attributes_of(event: Event) -> dict[str, str]:
    """Message attributes, for subscriptions' filters; `nivel` (3.3) is a reminder's alone."""
    attributes = {"severidade": event.failure.severity, "codigo": event.code, "job_id": event.job_id or "-"}
    return attributes | (
        {"nivel": str(event.incident.level)} if event.incident and event.incident.level else {}
    )


def in_short(body: dict[str, Any], whole: Location) -> dict[str, Any]:
    """What is told in the place of an alert that SNS refuses as it is; the whole one stands there."""
    step = {"titulo": "Ler o alerta inteiro, com os seus passos", "comando": f"aws s3 cp {whole} -"}
    return {
        **body,
        "mensagem": f"o SNS recusou o texto deste alerta; o alerta inteiro está em {whole}",
        "relatorio": "",
        "numeros": {},
        "s3_key": None,
        "passos": [step],
        "proximo_comando": step["comando"],
    }


def noted(event: Event) -> Alert:
    """What the event's incident keeps of it."""
    return Alert(
        alert_id=event.id,
        code=event.code,
        severity=event.failure.severity,
        playbook=event.failure.playbook,
        at=event.timestamp,
        message=event.message,
        execution_arn=event.execution_arn,
        started=event.started,
        stage=event.stage,
        job_id=event.job_id,
        attempt=event.attempt,
        s3_key=event.s3_key,
        checkpoint_location=event.checkpoint_location,
    )


# --- its parts


def _incident(note: Note) -> dict[str, Any]:
    """`abertos`, the codes that are open besides, and `assumido_por` are there where they say something."""
    besides = {"abertos": list(note.left), "assumido_por": note.taken_by}
    return {"id": note.id, "estado": note.state} | {name: told for name, told in besides.items() if told}


def _version(event: Event) -> dict[str, str]:
    """Of the alert's own file, where it is known: the interface has no member for it besides the figures."""
    return {"Versão do arquivo": event.version_id} if event.version_id else {}


def _response(event: Event, playbook: str) -> str:
    own = event.response_minutes.get(playbook)
    return f"≤ {own} minutos" if own else _RESPONSE[playbook]


def _standing(event: Event) -> str | None:
    """What stands published for the day now."""
    standing = event.standing
    if standing is None:
        return None
    if not standing.is_published:
        return wording.NOTHING_PUBLISHED
    if standing.who is None:
        return "continua publicado um resultado de que falta o resumo"
    if standing.who == (event.job_id, event.attempt):
        return "o resultado desta execução"
    version = f", versão {standing.version_id}" if standing.version_id else ""
    of_file = f" ({standing.s3_key}{version})" if standing.s3_key else ""
    return f"continua publicado o de {standing.who.job_id}, tentativa {standing.who.number}{of_file}"


def _window(event: Event) -> dict[str, str | None]:
    """Of the run. A query's end is no part of its window: the runbook's commands look a minute further."""
    if event.started is None:
        return {"inicio": None, "fim": None}
    return {"inicio": utc(event.started), "fim": utc(event.timestamp)}


def _links(event: Event) -> dict[str, str]:
    if event.code in PUBLICATIONS:
        report = places.report_page(event.output_bucket, str(event.day))
        return {
            REPORT_LINK: console.object_page(event.deployment, report),
            "Divergências": str(layout.published(event.output_bucket, str(event.day))),
            "Resumo": str(layout.summary(event.output_bucket, str(event.day))),
        }
    return {"Execução": event.execution_arn} if event.execution_arn else {}
