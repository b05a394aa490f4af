"""docs/design.md shows each document as its type has it: a field that is renamed, new or gone fails here.

So does a module that it names and that was moved.
"""

import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints, is_typeddict

import pytest

from reconciliation.config import Rules
from reconciliation.documents.checkpoint import Checkpoint
from reconciliation.documents.job_record import JobRecord
from reconciliation.documents.run_document import PlannedRun, RunDocument
from reconciliation.documents.snapshot import BaseFacts, Snapshot
from reconciliation.documents.summary import Summary, SummaryDraft
from reconciliation.documents.validation_report import ValidationReport
from reconciliation.incident import Incident
from reconciliation.lifecycle.answers import CloseFirst
from reconciliation.plan import Plan
from reconciliation.waiting import Waiting

DESIGN = Path("docs/design.md")
SHOWN_APART = (Rules, BaseFacts)


def names(kind: Any, besides: Any = None) -> str:
    """The fields in their order, those within them in braces, lists in brackets, any names as `…`."""
    hints = get_type_hints(kind)
    own = [f.name for f in fields(kind)] if is_dataclass(kind) else list(hints)
    known = {f.name for f in fields(besides)} if besides else set()
    return ", ".join(f"{name}{inside(hints[name])}" for name in own if name not in known)


def inside(kind: Any) -> str:
    if kind in SHOWN_APART:
        return " {…}"
    origin, choices = get_origin(kind), [choice for choice in get_args(kind) if choice is not NoneType]
    if origin is tuple:
        return f" [{inside(choices[0]).strip()}]"
    if origin is dict:
        return " {…}"
    if is_dataclass(kind) or is_typeddict(kind):
        return f" {{{names(kind)}}}"
    return inside(choices[0]) if NoneType in get_args(kind) else ""


@pytest.mark.parametrize(
    "shown",
    [
        names(RunDocument),
        names(PlannedRun, besides=RunDocument),
        f"decision: CLOSE_FIRST, {names(CloseFirst)}",
        names(JobRecord),
        names(Plan),
        names(ValidationReport),
        names(Snapshot),
        names(BaseFacts),
        names(SummaryDraft),
        names(Summary, besides=SummaryDraft),
        names(Checkpoint),
        names(Waiting),
        names(Incident),
    ],
    ids=[
        "run",
        "planned",
        "left behind",
        "job.json",
        "plan.json",
        "validation.json",
        "snapshot.json",
        "base",
        "summary.json",
        "resumo.json",
        "checkpoint.json",
        "waiting",
        "incident",
    ],
)
def test_a_document_is_shown_as_it_is(shown: str) -> None:
    assert f"{{{shown}}}" in re.sub(r"\s+", " ", DESIGN.read_text(encoding="utf-8")), shown


def test_a_module_that_is_named_is_there() -> None:
    named = set(re.findall(r"`([\w/]+\.py)`", DESIGN.read_text(encoding="utf-8")))
    paths = {path.as_posix() for path in Path().glob("[!.]*/**/*.py")}
    assert {name for name in named if not any(f"/{path}".endswith(f"/{name}") for path in paths)} == set()
