"""What people are told, and in which words. Portuguese: operators and business people read it.

Source: runbook 2.1 to 2.5 (response times, next steps), 3.1 and 3.2 (who, escalation, limits).
"""

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from reconciliation.checkpoint import utc
from reconciliation.errors import CRITICAL, FAILURES, FILE_CODES, HIGH, LOW, MEDIUM, Failure

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
_SUCCESS: Final = Failure(LOW, "1.1")
_EXAMPLES_MAX: Final = 10


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing to tell. `code` is SUCCEEDED or one of the failure catalogue."""

    code: str
    message: str
    timestamp: datetime
    execution_arn: str
    state_machine_arn: str
    output_bucket: str
    stage: str | None = None
    job_id: str | None = None
    attempt: int | None = None
    day: str | None = None
    s3_key: str | None = None
    checkpoint_location: str | None = None
    numbers: dict[str, Any] = field(default_factory=dict)

    @property
    def failure(self) -> Failure:
        return FAILURES.get(self.code, _SUCCESS)

    @property
    def id(self) -> str:
        """The same for the same event, however often it is sent."""
        who = f"{self.job_id}-{self.attempt}" if self.job_id else self.execution_arn.rsplit(":", 1)[-1]
        return f"{who}-{self.code}"


def body_of(event: Event) -> dict[str, Any]:
    """The alert's JSON body, as the interface has it."""
    severity, playbook = event.failure.severity, event.failure.playbook
    return {
        "id": event.id,
        "severidade": severity,
        "codigo": event.code,
        "job_id": event.job_id,
        "attempt": event.attempt,
        "execution_arn": event.execution_arn,
        "timestamp": utc(event.timestamp),
        "stage": event.stage,
        "motivo": _reason(event),
        "mensagem": event.message,
        "checkpoint_location": event.checkpoint_location,
        "numeros": event.numbers,
        "playbook": playbook,
        "tempo_resposta": _RESPONSE[playbook],
        "limite_sla": _LIMIT[severity],
        "responsavel": _OWNER,
        "escalonamento": _ESCALATION[severity],
        "proximo_comando": _next_command(event),
        "links": _links(event),
    }


def attributes_of(event: Event) -> dict[str, str]:
    """Message attributes, for subscriptions' filters."""
    return {"severidade": event.failure.severity, "codigo": event.code, "job_id": event.job_id or "-"}


def subject_of(body: dict[str, Any]) -> str:
    """At most 100 ASCII characters, as SNS wants them."""
    subject = f"[{body['severidade']}] Conciliacao {body['job_id'] or ''} {body['codigo']}".replace("  ", " ")
    return subject[:100]


def text_of(body: dict[str, Any]) -> str:
    """The one text that e-mail and Slack show."""
    lines = [
        f"[{body['severidade']}] {body['motivo']}",
        "",
        body["mensagem"],
        "",
        f"Código: {body['codigo']}" + (f" (etapa: {body['stage']})" if body["stage"] else ""),
    ]
    if body["job_id"]:
        lines.append(f"Job ID: {body['job_id']}, tentativa {body['attempt']}")
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
        lines += ["", "Próximo comando:", body["proximo_comando"]]
    lines += [f"{name}: {where}" for name, where in body["links"].items()]
    return "\n".join(lines)


def slack_text_of(body: dict[str, Any]) -> str:
    """`text_of` with Slack's own signs made harmless, so that data can't mention or link."""
    return text_of(body).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _reason(event: Event) -> str:
    if event.code == "SUCCEEDED":
        return f"Conciliação de {event.day} publicada"
    if event.code == "TIMEOUT":
        return f"Conciliação de {event.day} interrompida: timeout"
    if event.code == "ABNORMAL_RATE":
        return f"Taxa de divergências anormal em {event.day}"
    return {
        "2.1": "Falha na ingestão do arquivo do fornecedor",
        "2.3": "Falha na conciliação",
        "2.4": "Falha na entrega dos resultados",
    }[event.failure.playbook]


def _number_lines(numbers: dict[str, Any]) -> list[str]:
    lines = []
    for name, value in numbers.items():
        if isinstance(value, dict):
            shown = ", ".join(f"{key}: {count}" for key, count in value.items())
        elif isinstance(value, list):
            shown = "; ".join(str(item) for item in value[:_EXAMPLES_MAX])
        else:
            shown = str(value)
        if shown:
            lines.append(f"{name}: {shown}")
    return lines


def _next_command(event: Event) -> str | None:
    if event.code in ("SUCCEEDED", "ABNORMAL_RATE"):
        return f"aws s3 cp s3://{event.output_bucket}/{event.day}/divergencias.parquet ./local.parquet"
    if event.checkpoint_location and event.failure.playbook != "2.1":
        return _start(
            event,
            {
                "job_id": event.job_id,
                "checkpoint_location": event.checkpoint_location,
                "reprocess_from_checkpoint": True,
            },
        )
    if event.code in FILE_CODES and event.day:  # the same bytes would be refused again (runbook 2.1)
        return _start(event, {"s3_key": f"{event.day}/corrected.csv", "force_reprocess": True})
    if event.s3_key:
        return _start(event, {"s3_key": event.s3_key, "force_reprocess": True})
    return None


def _start(event: Event, given: dict[str, Any]) -> str:
    return (
        f"aws stepfunctions start-execution --state-machine-arn {event.state_machine_arn}"
        f" --input '{json.dumps(given, ensure_ascii=False)}'"
    )


def _links(event: Event) -> dict[str, str]:
    if event.code in ("SUCCEEDED", "ABNORMAL_RATE"):
        return {
            "Divergências": f"s3://{event.output_bucket}/{event.day}/divergencias.parquet",
            "Resumo": f"s3://{event.output_bucket}/resumos/{event.day}/resumo.json",
        }
    return {"Execução": event.execution_arn} if event.execution_arn else {}
