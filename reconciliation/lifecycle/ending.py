"""How a run came to its end, and which code that is."""

import re
from dataclasses import dataclass
from datetime import datetime

from reconciliation import checkpoint as checkpoints
from reconciliation.bounded_json import object_or_empty
from reconciliation.errors import FAILURES, STAGE_FAILED, STAGES, Code, Stage, code_of, message_of
from reconciliation.run import DEADLINE_MAX_S, Attempt


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a run came to its end. `error` and `cause` are Step Functions' own."""

    execution_arn: str
    started: datetime
    error: str
    cause: str = ""
    attempt: Attempt | None = None
    """It is None where PrepareRun did not get so far as to name it."""
    s3_key: str | None = None
    """The file that the execution's input names."""
    version_id: str | None = None
    """Its version, where the input names one."""
    deadline_s: int = DEADLINE_MAX_S
    finish_failed: bool = False
    unstopped: bool = False


_BY_STATE = {
    "STOPPED": "o job foi parado de fora, à mão ou por outro sistema, antes de terminar",
    "TIMEOUT": "o job excedeu o seu tempo e foi parado pelo Glue",
    "ERROR": "o Glue não conseguiu executar o job; tente de novo",
    "EXPIRED": "o job esperou demais por recursos do Glue e não começou; tente de novo",
}
"""How a Glue run ended that has nothing of its own to say; Glue's words are English, or none."""
_ERROR_CODE = re.compile(r"Error Code: (\w+)")
"""What Glue said itself, where Step Functions calls it Glue.AWSGlueException."""
_REFUSED = "AccessDeniedException"
_DENIED = re.compile(
    r"(?:\(([\w.]+)\) when calling the \w+ operation: )?User: [^\s/]+/([^\s/]+)\S*"
    r" is not authorized to perform: (\S+) on resource: \"?([^\s\"]+)"
)
"""A right that lacks, as boto3 says it, or without the code as Step Functions does: code, role, action,
resource (IAM's guide, troubleshoot_access-denied)."""
_THROTTLED = "Lambda.TooManyRequestsException"
_OF_LAMBDA = ("Lambda.", "Sandbox.", "Runtime.", "States.Timeout")
"""How the error of a function begins that said nothing itself."""


def outcome(ending: Ending, stage: Stage) -> tuple[Stage, Code, str]:
    """Stage, code and message of a failed run; `stage` is the first one without committed output."""
    if ending.error == "TIMEOUT":
        return stage, "TIMEOUT", checkpoints.timeout_message(ending.deadline_s)
    if ending.error == "ABORTED":
        return stage, "ABORTED", "a execução foi interrompida antes de terminar"
    state = _job_run_state(ending)
    if state == "TIMEOUT" and stage == STAGES[0]:
        return stage, "VALIDATION_TIMEOUT", _BY_STATE[state]
    text = text_of(ending)
    code = code_of(text, stage)
    if code == STAGE_FAILED[stage]:
        if state in _BY_STATE:
            return stage, code, _BY_STATE[state]
        if refused := refusal(text):
            return stage, code, refused
        if ending.error.startswith("Glue."):
            said = _ERROR_CODE.search(ending.cause)
            why = said[1] if said else ending.error
            helps = "falta esse direito à máquina de estados" if why == _REFUSED else "tente de novo"
            return stage, code, f"o Glue não começou o job ({why}); {helps}"
        if ending.error.startswith(_OF_LAMBDA):
            return stage, code, _of_lambda(ending.error)
    return stage, code, message_of(text) or "o job terminou sem sucesso e sem mensagem"


def _of_lambda(error: str) -> str:
    """The sentence on a function that said nothing itself, or was never begun."""
    if error == _THROTTLED:
        lacks = f"faltaram ao Lambda vagas na conta, e nada do arquivo foi conferido ({error})"
        return f"{lacks}; tente de novo, e peça à AWS um limite maior"
    return f"a função foi interrompida pela AWS ({error}); tente de novo"


def refusal(text: str) -> str | None:
    """The sentence on a right that lacks, where that is what the error's text says."""
    if match := _DENIED.search(text):
        code, role, action, resource = match.groups("AccessDenied")
        lacks = f"não tem o direito {action} em {resource}, ou uma política o nega"
        return f"a AWS recusou ({code}): {role} {lacks}"
    return None


def _job_run_state(ending: Ending) -> str:
    """Of the Glue run that ended it, "" where none did; only a stopped one may come back as success."""
    if ending.error == "JobNotSucceeded":
        return "STOPPED"
    return str(object_or_empty(ending.cause).get("JobRunState", ""))


def text_of(ending: Ending) -> str:
    """The error's own text: a Glue run's ErrorMessage, a function's errorMessage, or what there is."""
    cause = object_or_empty(ending.cause)
    silent = "" if cause else ending.cause  # nobody reads JSON
    message = cause.get("ErrorMessage") or cause.get("errorMessage") or silent
    return f"{ending.error}: {message}" if ending.error in FAILURES else str(message)
