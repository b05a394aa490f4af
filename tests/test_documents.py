"""What travels as JSON is read strictly, and written as it was."""

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from reconciliation.documents.checkpoint import Checkpoint
from reconciliation.documents.job_record import JobChanges, JobRecord
from reconciliation.documents.run_document import ADDED_BY_THE_MACHINE, PlannedRun, RunDocument, StartedRun
from reconciliation.documents.snapshot import Snapshot
from reconciliation.documents.summary import Summary, SummaryDraft
from reconciliation.documents.typed import Document
from reconciliation.documents.validation_report import ValidationReport
from reconciliation.objects import to_json
from reconciliation.plan import OtherFormat, Plan
from reconciliation.run import Attempt
from tests import documents as examples
from tests.documents import PLAN

EXAMPLES: list[tuple[type[Document], dict[str, Any]]] = [
    (RunDocument, examples.RUN),
    (PlannedRun, examples.PLANNED),
    (JobRecord, examples.NOTE),
    (ValidationReport, examples.REPORT),
    (Snapshot, examples.SNAPSHOT),
    (SummaryDraft, examples.DRAFT),
    (Summary, examples.SUMMARY),
    (Checkpoint, examples.CHECKPOINT),
    (Plan, {name: value for name, value in PLAN.to_dict().items() if name != "rules_sha256"}),
]
each = pytest.mark.parametrize(("kind", "example"), EXAMPLES, ids=[kind.__name__ for kind, _ in EXAMPLES])
SINCE = {
    "seconds_by_stage", "base", "suppliers", "suppliers_left_out", "suppliers_absent", "value_by_type_cents",
    "causes",
}  # fmt: skip
MAY_BE_MISSING: dict[type[Document], set[str]] = {
    RunDocument: {"decision"},
    PlannedRun: {"decision"},
    JobRecord: set(examples.NOTE) - {"job_id", "s3_key", "version_id"},
    SummaryDraft: SINCE,
    Summary: SINCE,
}
ANY_NAMES = (
    "rules",
    "rejects_by_code",
    "warnings",
    "types",
    "value_by_type_cents",
    "motives",
    "seconds_by_stage",
)
"""Objects of which each name is a datum."""
IN_WHICH_ANY_MAY_BE_MISSING = tuple(f"{name}." for name in (*ANY_NAMES, "base"))


def places(value: Any, at: str = "") -> Iterator[tuple[str, Any, Any]]:
    """Each place in a document: as a message names it, what holds it, and its name or number there."""
    named = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in list(named):
        here = f"{at}[{name}]" if isinstance(name, int) else f"{at}.{name}".lstrip(".")
        yield here, value, name
        yield from places(inner, here)


def changed_at_each_place(example: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str, Any, Any]]:
    """A copy for each place, and that place in it."""
    for number, _ in enumerate(places(example)):
        copy = json.loads(json.dumps(example))
        yield copy, *list(places(copy))[number]


@each
def test_it_is_written_as_it_was(kind: type[Document], example: dict[str, Any]) -> None:
    written = kind.from_dict(json.loads(to_json(example))).to_dict()
    assert to_json(
        {name: written[name] for name in written if kind is not Plan or name in example}
    ) == to_json(example)


@each
def test_the_example_has_every_field(kind: Any, example: dict[str, Any]) -> None:
    assert {field.name for field in fields(kind)} == set(example)


@each
@pytest.mark.parametrize("wrong", [[], {}, True])
def test_a_value_of_another_kind_is_refused_by_its_field(
    kind: type[Document], example: dict[str, Any], wrong: object
) -> None:
    for copy, at, holder, name in changed_at_each_place(example):
        if not at.startswith(("rules.", "intermediate_format")) and type(holder[name]) is not type(wrong):
            holder[name] = wrong
            with pytest.raises(ValueError, match=re.escape(f"o campo {at} falta ou não é ")):
                kind.from_dict(copy)


@each
def test_a_field_that_is_missing_is_named_or_may_be(kind: type[Document], example: dict[str, Any]) -> None:
    may_be = set(MAY_BE_MISSING.get(kind, ()))
    for copy, at, holder, name in changed_at_each_place(example):
        del holder[name]
        if kind is Plan and at == "intermediate_format":
            continue  # the next test's
        if at in may_be or isinstance(name, int) or at.startswith(IN_WHICH_ANY_MAY_BE_MISSING):
            kind.from_dict(copy)
        else:
            with pytest.raises(ValueError, match=f"o campo {re.escape(at)} falta ou não é "):
                kind.from_dict(copy)


@each
def test_a_field_that_nobody_knows_is_refused_or_another_deployments(
    kind: type[Document], example: dict[str, Any]
) -> None:
    is_open = issubclass(kind, Checkpoint | JobRecord | SummaryDraft)
    for copy, at, holder, name in changed_at_each_place(example):
        if isinstance(holder[name], dict) and at not in ANY_NAMES:
            holder[name]["other"] = 1
            if is_open:
                assert kind.from_dict(copy) == kind.from_dict(example)
                continue
            with pytest.raises(ValueError, match=re.escape(f"o campo {at}.other é desconhecido")):
                kind.from_dict(copy)
    if is_open:
        assert kind.from_dict({**example, "other": 1}) == kind.from_dict(example)
    else:
        with pytest.raises(ValueError, match="o campo other é desconhecido"):
            kind.from_dict({**example, "other": 1})


def test_an_older_deployments_summary_and_note_are_read() -> None:
    """Of before the base's facts and the suppliers were kept; a note of before its job's first attempt."""
    older = {**examples.OLDER_DRAFT, "attempt": 2, "published_etag": '"e"'}
    assert to_json(Summary.from_dict(older).to_dict()) == to_json(older)
    new = {"job_id": "J", "s3_key": "k", "version_id": "v", "attempts": 0}
    assert JobRecord.from_dict(new).to_dict() == new


@pytest.mark.parametrize("other", [None, 1, "2", True])
def test_a_plan_of_another_format_is_another_deployments(other: object) -> None:
    with pytest.raises(OtherFormat):
        Plan.from_dict({**PLAN.to_dict(), "intermediate_format": other})
    assert Plan.from_dict(PLAN.to_dict()) == PLAN


def test_what_the_machine_adds_is_left_alone() -> None:
    added = {name: {"Error": "E_HEADER", "Cause": ""} for name in ADDED_BY_THE_MACHINE}
    assert PlannedRun.from_dict({**examples.PLANNED, **added}) == PlannedRun.from_dict(examples.PLANNED)
    assert RunDocument.from_dict({**examples.PLANNED, **added}) == RunDocument.from_dict(examples.RUN)
    started = StartedRun.from_dict({**examples.PLANNED, **added, "decision": "FINISH"})
    assert (started.who, started.started_at) == (
        Attempt(examples.JOB, 2), datetime(2026, 2, 16, 10, tzinfo=UTC),
    )  # fmt: skip


def test_the_machines_paths_are_fields() -> None:
    """What the state machine takes from its state, it was given."""
    machine = Path("state_machine/reconciliation.asl.json").read_text(encoding="utf-8")
    taken = set(re.findall(r'"\$\.([a-z_0-9]+)', machine))
    answers = {"result", "error", "cause", "finished", "left_behind", "closed_before"}
    assert taken - answers <= {field.name for field in fields(PlannedRun)} | set(ADDED_BY_THE_MACHINE)
    assert set(ADDED_BY_THE_MACHINE) <= taken


@pytest.mark.parametrize("text", ["", "-1", "1.0", "٣", "1234567890"])
def test_a_number_in_text_is_digits(text: str) -> None:
    with pytest.raises(ValueError, match="o campo attempt falta ou não é número em texto"):
        RunDocument.from_dict({**examples.RUN, "attempt": text})


def test_a_change_of_the_note_is_of_its_fields() -> None:
    kinds, plain = get_type_hints(JobChanges), get_type_hints(JobRecord)
    assert {name: plain[name] for name in kinds} == {**kinds, "checkpoint_sha256": str | None}


def test_a_published_summary_is_the_draft_and_what_publishing_adds() -> None:
    published = SummaryDraft.from_dict(examples.DRAFT).published(2, '"e"')
    assert published.completed({"validation": 4.0, "total": 61.5}) == Summary.from_dict(examples.SUMMARY)
