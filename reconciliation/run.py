"""What an execution is asked to do, and the run it becomes.

Source: interface document, "Execution input"; runbook 2.1 and 2.2 (the operators' inputs).
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple, TypeGuard

from reconciliation.bounded_json import DEPTH_MAX, is_shallow
from reconciliation.errors import error
from reconciliation.layout import JOB, day_of, day_of_upload

DEADLINE_MAX_S: Final = 1200
_JOB_ID = re.compile(rf"{JOB}\d{{8}}-\d{{6}}", re.ASCII)
_JOB_NUMBERS = 1_000_000
_SHOWN_CHARS, _SHOWN_MAX = 80, 10


class Attempt(NamedTuple):
    """One try of a job. A job's tries are numbered from 1, resumes among them."""

    job_id: str
    number: int


@dataclass(frozen=True, kw_only=True)
class FileRequest:
    """Reconcile that object. Without a version, the newest at the start is meant."""

    s3_key: str
    version_id: str | None = None
    force_reprocess: bool = False


@dataclass(frozen=True, kw_only=True)
class ResumeRequest:
    """Go on from that job's checkpoint. `checkpoint_location` is what was given, unchecked."""

    job_id: str
    checkpoint_location: str


@dataclass(frozen=True, kw_only=True)
class Tuning:
    """What an operator may change for one run; None leaves the rule's value, or what the file needs."""

    workers: int | None = None
    worker_type: str = "G.1X"
    deadline_s: int = DEADLINE_MAX_S
    base_readers: int = 1
    partition_lines: int | None = None
    query_timeout_s: int = 600
    workers_max: int = 10
    """The deployment's: at most so many where the execution does not say how many."""


_FILE_FIELDS = {"s3_key", "version_id", "force_reprocess"}
_RESUME_FIELDS = {"job_id", "checkpoint_location", "reprocess_from_checkpoint"}
RANGES: Final = {
    "workers": (2, 50),
    "deadline_s": (1, DEADLINE_MAX_S),
    "base_readers": (1, 16),
    "partition_lines": (1_000, 10_000_000),
    "query_timeout_s": (1, DEADLINE_MAX_S),
}
"""Of the numbers of a tuning: the least and the most, for an execution's input as for a deployment."""
WORKER_TYPES: Final = ("G.1X", "G.2X", "G.4X")
LINES_PER_WORKER: Final = 2_000_000
"""Of a worker beside the driver's: the four cores of the smallest check and compare them in some seconds."""
READERS_PER_WORKER: Final = 4
"""Of such a worker, too: a reader takes a core."""


def workers_for(data_lines: int, most: int, base_readers: int = 1) -> int:
    """How many workers a job of that many lines has: Glue's least, the driver's and another, or more.

    Several readers of the base have a core each; one is the driver.
    """
    least, _ = RANGES["workers"]
    of_lines, of_readers = -(-data_lines // LINES_PER_WORKER), -(-base_readers // READERS_PER_WORKER)
    return min(most, max(least, 1 + max(of_lines, of_readers)))


def parse_input(given: object, usual: Tuning) -> tuple[FileRequest | ResumeRequest, Tuning]:
    """The two meanings of an execution's input; what it leaves out is as usual.

    Raises INVALID_INPUT, E_S3_KEY.
    """
    if not is_shallow(given):
        raise error("INVALID_INPUT", f"a entrada tem mais de {DEPTH_MAX} níveis")
    if not isinstance(given, dict):
        raise error("INVALID_INPUT", "a entrada deve ser um objeto JSON")
    names = set(given)
    unknown = sorted(map(str, names - _FILE_FIELDS - _RESUME_FIELDS - set(RANGES) - {"worker_type"}))
    if unknown:
        raise error("INVALID_INPUT", f"campo desconhecido: {', '.join(map(_shown, unknown[:_SHOWN_MAX]))}")
    if names & _FILE_FIELDS and names & _RESUME_FIELDS:
        raise error("INVALID_INPUT", "use s3_key ou job_id com checkpoint_location, não os dois")
    tuning = _tuning(given, usual)
    if "s3_key" in names:
        return _file_request(given), tuning
    if names >= _RESUME_FIELDS:
        return _resume_request(given), tuning
    raise error(
        "INVALID_INPUT", "falta s3_key, ou job_id, checkpoint_location e reprocess_from_checkpoint: true"
    )


def _file_request(given: dict[str, Any]) -> FileRequest:
    s3_key, version_id = given["s3_key"], given.get("version_id")
    if not isinstance(s3_key, str) or day_of_upload(s3_key) is None:
        raise error("E_S3_KEY", f"{_shown(s3_key)} não tem a forma AAAA-MM-DD/NOME.csv, com uma data real")
    if version_id is not None and not _is_version(version_id):
        raise error("INVALID_INPUT", "version_id deve ser texto")
    return FileRequest(
        s3_key=s3_key, version_id=version_id, force_reprocess=_flag(given, "force_reprocess", default=False)
    )


def _is_version(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and value != "" and value.isascii()


def _resume_request(given: dict[str, Any]) -> ResumeRequest:
    job_id, location = given["job_id"], given["checkpoint_location"]
    if not _flag(given, "reprocess_from_checkpoint", default=False):
        raise error("INVALID_INPUT", "reprocess_from_checkpoint deve ser true")
    if not is_job_id(job_id):
        raise error("INVALID_INPUT", f"{_shown(job_id)} não tem a forma JOB-AAAAMMDD-NNNNNN")
    if not isinstance(location, str):
        raise error("INVALID_INPUT", "checkpoint_location deve ser texto")
    return ResumeRequest(job_id=job_id, checkpoint_location=location)


def _flag(given: dict[str, Any], name: str, *, default: bool) -> bool:
    value = given.get(name, default)
    if not isinstance(value, bool):
        raise error("INVALID_INPUT", f"{name} deve ser true ou false")
    return value


def _tuning(given: dict[str, Any], usual: Tuning) -> Tuning:
    chosen: dict[str, Any] = {
        name: _whole(name, given[name], least, most)
        for name, (least, most) in RANGES.items()
        if name in given
    }
    if "worker_type" in given:
        if given["worker_type"] not in WORKER_TYPES:
            raise error("INVALID_INPUT", f"worker_type deve ser um de {', '.join(WORKER_TYPES)}")
        chosen["worker_type"] = given["worker_type"]
    return replace(usual, **chosen)


def _whole(name: str, value: object, least: int, most: int) -> int:
    """Numbers may come as text; more than the most is refused, not cut."""
    is_text = isinstance(value, str) and re.fullmatch(r"\d{1,9}", value, re.ASCII)
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if not (is_text or is_number) or not least <= int(str(value)) <= most:
        raise error("INVALID_INPUT", f"{name} deve ser um inteiro de {least} a {most}, não {_shown(value)}")
    return int(str(value))


def _shown(value: object) -> str:
    """In a message: as ASCII where it is no plain text, and never long."""
    text = repr(value)
    return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS]}…"


def object_digest(s3_key: str, version_id: str) -> str:
    """64 hex digits that name one version of one object."""
    return hashlib.sha256(f"{s3_key}\0{version_id}".encode()).hexdigest()


def job_ids(s3_key: str, version_id: str) -> Iterator[str]:
    """The object's job id, then the ones to take where another object of that date has it already."""
    first = int(object_digest(s3_key, version_id), 16) % _JOB_NUMBERS
    date_digits = day_of(s3_key).replace("-", "")
    for step in range(_JOB_NUMBERS):
        yield f"{JOB}{date_digits}-{(first + step) % _JOB_NUMBERS:06d}"


def execution_name(s3_key: str, version_id: str) -> str:
    """The trigger's execution name: the same event twice names the same execution."""
    return f"{next(job_ids(s3_key, version_id))}-{object_digest(s3_key, version_id)[:16]}"


def is_job_id(value: object) -> bool:
    """Whether it has the form of a job's id."""
    return isinstance(value, str) and _JOB_ID.fullmatch(value) is not None


def day_of_job(job_id: str) -> str:
    """`YYYY-MM-DD` of a well-formed job id."""
    return f"{job_id[4:8]}-{job_id[8:10]}-{job_id[10:12]}"


def day_of_execution(name: str) -> str | None:
    """The reference date that `execution_name` says; None of a name that somebody else gave."""
    job_id = "-".join(name.split("-")[:3])
    return day_of_job(job_id) if is_job_id(job_id) and job_id != name else None


def key_of_input(given: object) -> str | None:
    """The file that an execution's input names, where its key is well formed."""
    s3_key = given.get("s3_key") if isinstance(given, dict) else None
    return s3_key if isinstance(s3_key, str) and day_of_upload(s3_key) else None


def version_of_input(given: object) -> str | None:
    """The version that an execution's input names of that file, where it is one that an input may name."""
    version_id = given.get("version_id") if key_of_input(given) and isinstance(given, dict) else None
    return version_id if _is_version(version_id) else None


def day_of_input(given: object) -> str | None:
    """The reference date of an execution's input, where it has one."""
    if not isinstance(given, dict):
        return None
    s3_key, job_id = given.get("s3_key"), given.get("job_id")
    if isinstance(s3_key, str) and (day := day_of_upload(s3_key)):
        return day
    return day_of_job(str(job_id)) if is_job_id(job_id) else None
