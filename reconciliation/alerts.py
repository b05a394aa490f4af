"""What people are told: severity, who, how soon, and the exact next command. Portuguese, for operators.

Source: runbook 2.1 to 2.5 (response times, next steps), 3.1 and 3.2 (who, escalation, limits).
"""

import json
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, TypedDict

from reconciliation import layout, wording
from reconciliation.deployment import Deployment
from reconciliation.documents.typed import utc
from reconciliation.errors import (
    CRITICAL,
    FAILURES,
    FILE_CODES,
    HIGH,
    LOW,
    MEDIUM,
    Code,
    Failure,
    Stage,
    is_code,
)
from reconciliation.layout import Location

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
CHANNEL: Final = "#conciliação-alerts"
ONCALL: Final = "#ops-oncall"
"""Slack's channels: every alert goes to the first, CRITICAL ones to both."""
_OWNER: Final = "Equipe de Operações"
SECTIONS: Final = {
    "1.1": "runbooks/README.md",
    "2.1": "runbooks/2.1-falha-na-ingestao.md",
    "2.2": "runbooks/2.2-timeout.md",
    "2.3": "runbooks/2.3-falha-na-conciliacao.md",
    "2.4": "runbooks/2.4-falha-na-entrega.md",
    "2.5": "runbooks/2.5-taxa-anormal.md",
}
"""Where a section of the runbook is; each alert's code is an anchor there."""
AlertCode = Literal[Code, "SUCCEEDED", "DAILY_CHECK"]
"""What is told by an alert: the failures, and what happens every day."""
_ROUTINE: Final = Failure(LOW, "1.1")
_PUBLISHED: Final[tuple[AlertCode, ...]] = ("SUCCEEDED", "ABNORMAL_RATE")


class Facts(TypedDict, total=False):
    """What not all events have: fields of Event."""

    stage: Stage | None
    job_id: str | None
    attempt: int | None
    day: str | None
    s3_key: str | None
    checkpoint_location: str | None
    numbers: dict[str, Any]
    report: str
    about: str


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing to tell."""

    code: AlertCode
    message: str
    timestamp: datetime
    execution_arn: str
    deployment: Deployment
    state_machine_arn: str
    output_bucket: str
    stage: Stage | None = None
    job_id: str | None = None
    attempt: int | None = None
    day: str | None = None
    s3_key: str | None = None
    checkpoint_location: str | None = None
    numbers: dict[str, Any] = field(default_factory=dict)
    report: str = ""
    """A text that comes before everything else: the template of 2.5, the six points of 1.1."""
    about: str = ""
    """What tells this event from others of its code where neither a run nor an execution does."""

    @property
    def failure(self) -> Failure:
        return FAILURES[self.code] if is_code(self.code) else _ROUTINE

    @property
    def id(self) -> str:
        """The same for the same event, however often it is sent."""
        run = f"{self.job_id}-{self.attempt}" if self.job_id and self.attempt else ""
        who = run or self.execution_arn.rsplit(":", 1)[-1] or self.about or self.day
        return f"{who}-{self.code}"


def body_of(event: Event) -> dict[str, Any]:
    """The alert's JSON body, as the interface has it."""
    severity, playbook = event.failure.severity, event.failure.playbook
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
        "motivo": (f"Dia {event.day}: " if event.day else "") + wording.OUTCOMES[event.code],
        "mensagem": event.message,
        "relatorio": event.report,
        "checkpoint_location": event.checkpoint_location,
        "numeros": event.numbers,
        "playbook": playbook,
        "tempo_resposta": _RESPONSE[playbook],
        "limite_sla": _LIMIT[severity],
        "responsavel": _OWNER,
        "escalonamento": _ESCALATION[severity],
        "proximo_comando": _next_command(event),
        "links": {"Runbook": section_of(event.code, playbook), **_links(event)},
    }


def section_of(code: str, playbook: str) -> str:
    """The runbook's file and anchor for a code."""
    return f"{SECTIONS[playbook]}#{code.lower()}"


def attributes_of(event: Event) -> dict[str, str]:
    """Message attributes, for subscriptions' filters."""
    return {"severidade": event.failure.severity, "codigo": event.code, "job_id": event.job_id or "-"}


# --- the next command, with this run's values


def _next_command(event: Event) -> str | None:
    if event.code in FILE_CODES and event.code not in _COMMANDS:
        return _reprocess_corrected(event)  # the same bytes would be refused again (runbook 2.1)
    return _COMMANDS.get(event.code, _resume)(event)


def _download(event: Event) -> str:
    return f"aws s3 cp {layout.published(event.output_bucket, str(event.day))} ./local.parquet"


def _resume(event: Event) -> str | None:
    """From the checkpoint where there is one, else from the file."""
    if not event.checkpoint_location:
        return _reprocess(event)
    return _start(
        event,
        {
            "job_id": event.job_id,
            "checkpoint_location": event.checkpoint_location,
            "reprocess_from_checkpoint": True,
        },
    )


def _reprocess(event: Event) -> str | None:
    if not event.s3_key:
        return _describe(event)
    return _start(event, {"s3_key": event.s3_key, "force_reprocess": True})


def _replace_or_look(event: Event) -> str | None:
    """Where replacing would lose suppliers, the day's files come first: two files may want to be joined."""
    return _uploads(event) if event.numbers else _reprocess(event)


def _reprocess_corrected(event: Event) -> str | None:
    if not event.day:
        return _describe(event)
    corrected = layout.upload(_ingress(event), event.day, "corrected.csv")
    return _start(event, {"s3_key": corrected.key, "force_reprocess": True})


def _start(event: Event, given: dict[str, Any]) -> str:
    return _of_machine(event, "start-execution", "--input", json.dumps(given, ensure_ascii=False))


def _describe(event: Event) -> str | None:
    if not event.execution_arn:
        return _executions(event)
    return shlex.join(["aws", "stepfunctions", "describe-execution", "--execution-arn", event.execution_arn])


def _executions(event: Event) -> str:
    return _of_machine(event, "list-executions", "--max-results", "10")


def _of_machine(event: Event, asked: str, *more: str) -> str:
    machine = ["--state-machine-arn", event.state_machine_arn]
    return shlex.join(["aws", "stepfunctions", asked, *machine, *more])


def _running_executions(event: Event) -> str:
    return f"{_executions(event)} --status-filter RUNNING"


def _uploads(event: Event) -> str:
    ingress = _ingress(event)
    where = layout.day_folder(ingress, event.day) if event.day else Location(ingress, "")
    return f"aws s3 ls {where} --recursive"


def _ingress(event: Event) -> str:
    return event.deployment.bucket("ingress")


def _versions(event: Event) -> str | None:
    """Whether the file came after all: a client that writes an empty object first writes it once more."""
    if not event.s3_key:
        return _uploads(event)
    ingress = ["--bucket", _ingress(event), "--prefix", event.s3_key]
    return shlex.join(["aws", "s3api", "list-object-versions", *ingress])


def _reprocess_or_look(event: Event) -> str | None:
    """What a resume refuses is run from its file; where that is not known, from what is there of the job."""
    if event.s3_key:
        return _reprocess(event)
    if not event.job_id:
        return _describe(event)
    return f"aws s3 ls {layout.job_folder(event.deployment.bucket('checkpoints'), event.job_id)}"


def _closing_log(event: Event) -> str:
    function = event.deployment.named("reconciliation-finish-run")
    return f"aws logs tail /aws/lambda/{function} --since 1h --filter-pattern ERROR"


def _refresh(event: Event) -> str:
    """The whole dataset: right for any day."""
    return (
        f"aws quicksight create-ingestion --aws-account-id {event.deployment.account_id}"
        f" --data-set-id {event.deployment.named('reconciliation-dataset')}"
        f" --ingestion-id manual-{event.timestamp:%Y%m%dT%H%M%S} --ingestion-type FULL_REFRESH"
    )


_COMMANDS: Final[dict[str, Callable[[Event], str | None]]] = {
    **dict.fromkeys(_PUBLISHED, _download),
    "DAILY_CHECK": _executions,
    **dict.fromkeys(("E_S3_KEY", "INPUT_GONE", "NO_FILE"), _uploads),
    **dict.fromkeys(("VALIDATION_TIMEOUT", "VALIDATION_FAILED"), _reprocess),
    "NEEDS_FORCE": _replace_or_look,
    "E_EMPTY": _versions,
    "CHECKPOINT_REFUSED": _reprocess_or_look,
    "DAY_BUSY": _running_executions,
    "FINISH_FAILED": _closing_log,
    "QUICKSIGHT_FAILED": _refresh,
    **dict.fromkeys(("INVALID_INPUT", "INVALID_SETTING"), _describe),
}
"""By code, where it is not to resume."""


def _links(event: Event) -> dict[str, str]:
    if event.code in _PUBLISHED:
        return {
            "Divergências": str(layout.published(event.output_bucket, str(event.day))),
            "Resumo": str(layout.summary(event.output_bucket, str(event.day))),
        }
    return {"Execução": event.execution_arn} if event.execution_arn else {}
