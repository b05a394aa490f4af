"""How a run came to its end, and which code that is."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reconciliation import checkpoint as checkpoints
from reconciliation.errors import FAILURES, STAGES, code_of, message_of
from reconciliation.run import DEADLINE_MAX_S


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a run came to its end. `error` and `cause` are Step Functions' own."""

    execution_arn: str
    started: datetime
    error: str
    cause: str = ""
    run: tuple[str, int] | None = None
    """Job and attempt, where PrepareRun got that far."""
    deadline_s: int = DEADLINE_MAX_S
    finish_failed: bool = False
    unstopped: bool = False


def outcome(ending: Ending, stage: str) -> tuple[str, str, str]:
    """Stage, code and message of a failed run; `stage` is the first one without committed output."""
    if ending.error == "TIMEOUT":
        return stage, "TIMEOUT", checkpoints.timeout_message(ending.deadline_s)
    if ending.error == "ABORTED":
        return stage, "ABORTED", "a execução foi interrompida antes de terminar"
    run = json_object(ending.cause)
    if run.get("JobRunState") == "TIMEOUT" and stage == STAGES[0]:
        return stage, "VALIDATION_TIMEOUT", "a validação excedeu o tempo do job"
    text = text_of(ending)
    return stage, code_of(text, stage), message_of(text) or "o job terminou sem sucesso e sem mensagem"


def text_of(ending: Ending) -> str:
    """The error's own text: a Glue run's ErrorMessage, a function's errorMessage, or what there is."""
    cause = json_object(ending.cause)
    message = cause.get("ErrorMessage") or cause.get("errorMessage") or ending.cause
    return f"{ending.error}: {message}" if ending.error in FAILURES else str(message)


def json_object(text: str) -> dict[str, Any]:
    """What the text holds as a JSON object, or nothing."""
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
