"""A job's arguments, typed: what the state machine and the job's defaults give it, and nothing else."""

import re
from collections.abc import Sequence
from dataclasses import MISSING, dataclass, fields
from datetime import date
from typing import Any, Self

from awsglue.utils import GlueArgumentError, getResolvedOptions

from reconciliation import layout
from reconciliation.errors import error
from reconciliation.layout import Location
from reconciliation.run import Attempt


@dataclass(frozen=True, kw_only=True)
class _Options:
    """The fields are `--name value` arguments; those with a default may be missing.

    `aws_region` is the deployment's: Glue promises none to a job's processes.
    """

    aws_region: str

    @classmethod
    def from_argv(cls, argv: Sequence[str]) -> Self:
        """`argv` as in `sys.argv`. Raises INVALID_INPUT, naming the argument."""
        values: dict[str, Any] = {}
        for field in fields(cls):
            if field.default is MISSING or is_given(argv, field.name):
                text = _resolve(argv, field.name)
                values[field.name] = text if field.type is str else _whole(field.name, text)
        return cls(**values)


@dataclass(frozen=True, kw_only=True)
class ValidationOptions(_Options):
    """`plan` is the s3 URI of plan.json."""

    job_id: str
    attempt: int
    plan: str
    checkpoints_bucket: str


@dataclass(frozen=True, kw_only=True)
class ReconciliationOptions(_Options):
    """`epoch` is the day's when this run took it; `database_ca` the path or s3 URI of a CA bundle (PEM).

    `read_endpoint`, `host` or `host:port`, is a replica to read in place of the secret's host.
    """

    job_id: str
    attempt: int
    epoch: int
    plan: str
    query_timeout_s: int
    base_readers: int
    secret_id: str
    checkpoints_bucket: str
    output_bucket: str
    database_ca: str = ""
    read_endpoint: str = ""


@dataclass(frozen=True, kw_only=True)
class OutputOptions(_Options):
    """By hand only the two paths are given (runbook 2.4): then `job_id` is empty."""

    input_path: str
    output_path: str
    checkpoints_bucket: str
    intermediate_bucket: str
    output_bucket: str
    job_id: str = ""
    attempt: int = 0

    @property
    def report_day(self) -> str:
        """The day that is published."""
        return layout.day_of(Location.parse(self.output_path).key)

    @property
    def run(self) -> Attempt | None:
        """The run that publishes, or None by hand."""
        return Attempt(self.job_id, self.attempt) if self.job_id else None


@dataclass(frozen=True, kw_only=True)
class ReportOptions(_Options):
    """By hand alone (runbook 2.4): a published day, whose report is to be made anew."""

    report_day: str
    intermediate_bucket: str
    output_bucket: str

    @classmethod
    def from_argv(cls, argv: Sequence[str]) -> Self:
        """Raises INVALID_INPUT, too, where it is no day, or something is to be published as well."""
        options = super().from_argv(argv)
        if is_given(argv, "input_path") or is_given(argv, "output_path"):
            raise error("INVALID_INPUT", "--report_day não publica nada: tire --input_path e --output_path")
        try:
            date.fromisoformat(options.report_day)
        except ValueError as exc:
            raise error("INVALID_INPUT", f"--report_day: {options.report_day!r} não é AAAA-MM-DD") from exc
        return options


def is_given(argv: Sequence[str], name: str) -> bool:
    return any(argument == f"--{name}" or argument.startswith(f"--{name}=") for argument in argv)


def _resolve(argv: Sequence[str], name: str) -> str:
    if not is_given(argv, name):  # argparse would also take an abbreviation
        raise error("INVALID_INPUT", f"falta o argumento --{name}")
    try:
        text = str(getResolvedOptions(list(argv), [name])[name])
    except GlueArgumentError as exc:
        raise error("INVALID_INPUT", f"argumento --{name}: {exc}") from exc
    if not text.strip() or text.startswith("--"):
        raise error("INVALID_INPUT", f"argumento --{name}: {text!r} não é um valor")
    return text


def _whole(name: str, text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise error("INVALID_INPUT", f"argumento --{name}: {text!r} não é um número inteiro")
    return int(text)
