"""Every way a run can fail: code, severity, playbook, stage.

There is one exception class per code, named by the code alone, so that the last line of a traceback, Glue's
ErrorMessage and Lambda's errorType all begin with the code. `code_of` is the only way back.
Source: runbook 2.1 to 2.5 (severities), 3.2.
"""

import re
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal, TypeGuard, get_args

Stage = Literal["validation", "reconciliation", "output"]
FileCode = Literal[
    "E_NOT_CSV", "E_ENCODING", "E_NUL", "E_BARE_CR", "E_LINE_TOO_LONG", "E_EMPTY", "E_HEADER",
    "E_NO_ROWS", "E_WRONG_DAY", "E_TOO_MANY_REJECTS", "E_TOO_MANY_LINES",
]  # fmt: skip
"""A file with one of these is refused whole."""
Code = Literal[
    FileCode, "E_S3_KEY", "INPUT_GONE", "NO_FILE", "VALIDATION_TIMEOUT", "VALIDATION_FAILED", "TIMEOUT",
    "RDS_UNREACHABLE", "RDS_AUTH", "RDS_QUERY_TIMEOUT", "OUT_OF_MEMORY", "E_BASE_NO_UNIQUE_INDEX",
    "E_BASE_SCHEMA", "E_BASE_DUP_OR_NULL_KEY", "E_BASE_SESSION", "BASE_EMPTY", "UNBALANCED_TOTALS",
    "LOCK_LOST", "CHECKPOINT_REFUSED", "RECONCILIATION_FAILED", "ABORTED", "OUTPUT_FAILED",
    "QUICKSIGHT_FAILED", "REPORT_FAILED", "FINISH_FAILED", "INVALID_INPUT", "INVALID_SETTING",
    "NEEDS_FORCE", "DAY_BUSY", "ABNORMAL_RATE",
]  # fmt: skip
"""Every failure's name, so that mypy reads each `error("…")`; `FAILURES` says what each means."""

CRITICAL, HIGH, MEDIUM, LOW = "CRITICAL", "HIGH", "MEDIUM", "LOW"


@dataclass(frozen=True)
class Failure:
    """What a code means to an operator: how bad it is and which playbook (section of the runbook) helps."""

    severity: str
    playbook: str


FILE_CODES: Final[tuple[FileCode, ...]] = get_args(FileCode)
FAILURES: Final[dict[Code, Failure]] = {
    **dict.fromkeys(
        (*FILE_CODES, "E_S3_KEY", "INPUT_GONE", "NO_FILE", "VALIDATION_TIMEOUT", "VALIDATION_FAILED"),
        Failure(CRITICAL, "2.1"),
    ),
    "TIMEOUT": Failure(CRITICAL, "2.2"),
    **dict.fromkeys(
        (
            "RDS_UNREACHABLE", "RDS_AUTH", "RDS_QUERY_TIMEOUT", "OUT_OF_MEMORY", "E_BASE_NO_UNIQUE_INDEX",
            "E_BASE_SCHEMA", "E_BASE_DUP_OR_NULL_KEY", "E_BASE_SESSION", "BASE_EMPTY", "UNBALANCED_TOTALS",
            "LOCK_LOST", "CHECKPOINT_REFUSED", "RECONCILIATION_FAILED", "ABORTED",
        ),
        Failure(HIGH, "2.3"),
    ),
    **dict.fromkeys(
        ("OUTPUT_FAILED", "QUICKSIGHT_FAILED", "REPORT_FAILED", "FINISH_FAILED", "INVALID_INPUT",
         "INVALID_SETTING", "NEEDS_FORCE", "DAY_BUSY"),
        Failure(MEDIUM, "2.4"),
    ),
    "ABNORMAL_RATE": Failure(MEDIUM, "2.5"),
}  # fmt: skip

STAGE_FAILED: Final[dict[Stage, Code]] = {
    "validation": "VALIDATION_FAILED",
    "reconciliation": "RECONCILIATION_FAILED",
    "output": "OUTPUT_FAILED",
}
STAGES: Final[tuple[Stage, ...]] = get_args(Stage)

_OUT_OF_MEMORY = re.compile(
    r"Out[ _]?Of[ _]?Memory|MemoryError|Java heap space|GC overhead limit|Cannot allocate memory|bad_alloc"
    r"|memory allocation of \d+ bytes failed"
    r"|exceeding (physical |virtual )?memory limits|beyond (the )?'?(physical|virtual)'? memory limit"
    r"|exit(ed with)? ?(code|status)( is|:)? ?(137|10)\b",
    re.IGNORECASE,
)
"""Glue's ways to say that memory ran out: the JVM's own words; YARN's, of a container that it killed; no
more than an exit code: 137 of a killed process, 10 of a driver. Polars and Python have their own."""
_DISK_FULL = re.compile(r"No space left on device", re.IGNORECASE)
"""Spark tells a full disk as a SparkOutOfMemoryError."""
_GLUES_PREFIX = re.compile(r"^(Error Category: [A-Z_]+;\s*)?(Failed Line Number: \d+;\s*)?")
_MESSAGE_CHARS = 4_000
"""An alert carries 256 KB at most, and people read less."""
_CODE_BEFORE_COLON = re.compile(r"\b([A-Z][A-Z0-9_]+): ")


class ReconciliationError(Exception):
    """A failure with a code of the catalogue; `str()` says what, where and what to do."""

    code: ClassVar[Code]

    def __init__(self, message: str = "", numbers: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.numbers = numbers or {}
        """What the alert shows beside the message."""

    @property
    def failure(self) -> Failure:
        return FAILURES[self.code]


_CLASSES: Final[dict[Code, type[ReconciliationError]]] = {
    # `builtins` keeps the module's name out of the traceback's last line
    code: type(code, (ReconciliationError,), {"code": code, "__module__": "builtins"})
    for code in FAILURES
}


def error(code: Code, message: str, numbers: dict[str, Any] | None = None) -> ReconciliationError:
    """The exception of that code."""
    return _CLASSES[code](message, numbers)


def is_code(text: str) -> TypeGuard[Code]:
    """Whether a text from outside is a code of the catalogue."""
    return text in FAILURES


def is_file_code(text: str) -> TypeGuard[FileCode]:
    """Whether it is the code of a file that was refused whole."""
    return text in FILE_CODES


def code_of(text: str, stage: Stage) -> Code:
    """The code in a job's or function's error text; without one, the stage's own failure code."""
    is_memory = _OUT_OF_MEMORY.search(text) and not _DISK_FULL.search(text)
    return _first(text)[0] or ("OUT_OF_MEMORY" if is_memory else STAGE_FAILED[stage])


def without_prefix(text: str) -> str:
    """A Glue run's ErrorMessage as the script left it."""
    return _GLUES_PREFIX.sub("", text.strip())


def message_of(text: str) -> str:
    """What stands behind the code on its line, or the text's last line where it has no code.

    Without what Glue puts before it, and never so long that no alert could carry it.
    """
    code, message = _first(text)
    if not code:
        lines = [line for line in without_prefix(text).splitlines() if line.strip()]
        message = lines[-1].strip() if lines else ""
    return message if len(message) <= _MESSAGE_CHARS else f"{message[:_MESSAGE_CHARS]}…"


def _first(text: str) -> tuple[Code | None, str]:
    for match in _CODE_BEFORE_COLON.finditer(text):
        if is_code(code := match.group(1)):
            return code, text[match.end() :].split("\n", 1)[0].strip()
    return None, ""
