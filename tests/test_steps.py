"""What an alert offers, in order: it can be pasted, it helps now, and it replaces nothing unasked."""

import json
import re
import shlex
from typing import Any

import pytest

from reconciliation.errors import FAILURES, FILE_CODES
from reconciliation.event import Standing
from reconciliation.layout import day_of_upload
from reconciliation.playbooks import steps_of
from tests.events import CHECKPOINT, MACHINE, event

CODES = ("SUCCEEDED", "DAILY_CHECK", *sorted(FAILURES))
BLIND = (*FILE_CODES, *(code for code in FAILURES if code.startswith(("RDS_", "E_BASE_"))), "BASE_EMPTY")
"""Starting again before something is mended fails in the same way."""
NOWHERE = {"s3_key": None, "day": None, "job_id": None, "attempt": None, "checkpoint_location": None}
STANDS = Standing(is_published=True)


def commands_of(code: str, **facts: Any) -> list[str]:
    return [step.command for step in steps_of(event(code, **facts)) if step.command]


@pytest.mark.parametrize("facts", [{}, {"standing": STANDS}, NOWHERE, {**NOWHERE, "execution_arn": ""}])
@pytest.mark.parametrize("code", [code for code in CODES if code not in ("SUCCEEDED", "ABNORMAL_RATE")])
def test_the_first_step_can_be_pasted_whatever_is_known(code: str, facts: dict[str, Any]) -> None:
    first, *others = steps_of(event(code, **facts))
    assert first.command
    assert ":?" not in first.command
    assert "None" not in "".join(step.command or "" for step in (first, *others))


@pytest.mark.parametrize("code", BLIND)
def test_nothing_is_started_before_it_is_looked_at(code: str) -> None:
    first, *others = steps_of(event(code))
    assert "start-execution" not in str(first.command)
    assert any(step.command is None for step in others), "somebody has to mend something"


@pytest.mark.parametrize("code", FILE_CODES)
def test_a_refused_file_needs_no_start(code: str) -> None:
    """An upload starts the day; only one that is published is replaced, by what was uploaded."""
    *_, last = commands_of(code)
    to = "s3://reconciliation-ingress-dev/2026-02-16/corrected.csv"
    assert last == f"aws s3 cp ./corrected.csv {to}"
    assert not any("start-execution" in command for command in commands_of(code))
    *_, sent, replaced = commands_of(code, standing=STANDS)
    assert sent == last
    assert given_of(replaced) == {"s3_key": "2026-02-16/corrected.csv", "force_reprocess": True}


@pytest.mark.parametrize("code", [code for code in CODES if code not in ("NEEDS_FORCE", "ABNORMAL_RATE")])
def test_nothing_published_is_replaced_unasked(code: str) -> None:
    assert not any("force" in command for command in commands_of(code))
    first = commands_of(code, standing=STANDS)[0]
    assert "force" not in first


def given_of(command: str) -> Any:
    argv = shlex.split(command)
    assert argv[:6] == [
        "aws", "stepfunctions", "start-execution", "--state-machine-arn", MACHINE, "--input",
    ]  # fmt: skip
    return json.loads(argv[6])


@pytest.mark.parametrize(
    ("code", "more"),
    [
        ("TIMEOUT", {}),
        ("OUT_OF_MEMORY", {"workers": 15, "worker_type": "G.2X"}),
        ("ABORTED", {}),
        ("RDS_UNREACHABLE", {}),
        ("RDS_QUERY_TIMEOUT", {"query_timeout_s": 900}),
        ("OUTPUT_FAILED", {}),
    ],
)
def test_a_stopped_run_goes_on(code: str, more: dict[str, Any]) -> None:
    (command, *_) = (each for each in commands_of(code) if "start-execution" in each)
    assert given_of(command) == {
        "job_id": "JOB-20260216-000001", "checkpoint_location": CHECKPOINT,
        "reprocess_from_checkpoint": True, **more,
    }  # fmt: skip


def test_a_run_whose_note_is_gone_starts_from_the_file_that_the_person_names() -> None:
    *_, last = commands_of("ABORTED", s3_key=None)
    assert last.endswith(r'--input "{\"s3_key\": \"${ARQUIVO:?escreva antes ARQUIVO=AAAA-MM-DD/NOME.csv}\"}"')


@pytest.mark.parametrize(
    ("key", "to"),
    [
        ("2026-02-16/input .csv", "2026-02-16/input_.csv"),
        ("2026-02-16/Relatório nº 1 'final'.CSV", "2026-02-16/Relatorio_no_1_final_.csv"),
        ("2026-02-16/a/$(rm -rf b)`x`.csv", "2026-02-16/_rm_-rf_b_x_.csv"),
        ("2026-02-16/dados", "2026-02-16/dados.csv"),
        ("2026-02-16/.csv", "2026-02-16/input.csv"),
        ("2026-02-16/" + "é" * 200 + ".csv", "2026-02-16/" + "e" * 120 + ".csv"),
    ],
)
def test_a_wrong_name_is_copied_to_a_right_one(key: str, to: str) -> None:
    look, *_, copy = commands_of("E_S3_KEY", **{**NOWHERE, "s3_key": key})
    assert shlex.split(look)[3] == f"s3://reconciliation-ingress-dev/{key}"
    assert shlex.split(copy) == [
        "aws", "s3", "cp", f"s3://reconciliation-ingress-dev/{key}", f"s3://reconciliation-ingress-dev/{to}",
    ]  # fmt: skip
    assert day_of_upload(to) == "2026-02-16"


def test_a_wrong_day_is_asked_for() -> None:
    """The shell takes the line only once the variable is there."""
    *_, copy = commands_of("E_S3_KEY", **{**NOWHERE, "s3_key": "16-02-2026/input.csv"})
    assert copy.endswith('"s3://reconciliation-ingress-dev/${DIA:?escreva antes DIA=AAAA-MM-DD}/input.csv"')


@pytest.mark.parametrize("key", ["a\nrm -rf b.csv", "a\x03rm.csv", "a\u202e.csv", "a```b.csv"])
def test_a_key_that_would_leave_the_line_is_never_offered(key: str) -> None:
    """A pasted control character can end a line, whatever quotes stand around it."""
    offered = commands_of("E_S3_KEY", **{**NOWHERE, "s3_key": key})
    assert not any(re.search(r"[\x00-\x1f]|rm|```|\u202e", command) for command in offered)


def test_a_value_cannot_leave_its_place_in_the_command() -> None:
    """An execution's name may hold an apostrophe."""
    first, *_ = commands_of("INVALID_INPUT", execution_arn="arn:x:a'; rm -rf b")
    assert shlex.split(first)[-1] == "arn:x:a'; rm -rf b"


def test_a_refresh_that_failed_is_looked_at_and_asked_for_again() -> None:
    looked, there, asked, seen, *of_days = commands_of(
        "QUICKSIGHT_FAILED", ingestion_id="JOB-20260216-000001-2"
    )
    assert looked.endswith("--ingestion-id JOB-20260216-000001-2")
    assert asked.endswith("--ingestion-id manual-20260216T070000 --ingestion-type FULL_REFRESH")
    assert seen.endswith("--ingestion-id manual-20260216T070000")
    assert [command.replace("reconciliation-days", "reconciliation-dataset") for command in of_days] == [
        looked, there, asked, seen,
    ]  # fmt: skip
