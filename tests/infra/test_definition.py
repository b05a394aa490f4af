"""The state machine's definition, as Step Functions would read it."""

import json
import re
from collections.abc import Iterator
from typing import Any

from botocore.session import get_session
from statelint.linter import Linter

from infra.app import ROOT
from infra.machine import DEFINITION

TEXT = (ROOT / DEFINITION).read_text()


def test_it_is_sound() -> None:
    filled = re.sub(r"\$\{(\w+)\}", r"\1", TEXT)
    strict = re.sub(r'("BackoffRate": \d+)\b', r"\1.0", filled)  # the linter knows no whole number for it
    assert Linter.validate(json.loads(strict)) == []


def test_a_jobs_timeout_is_its_own() -> None:
    """`infra/jobs.py` makes it of the longest deadline: there is no second place to change."""
    assert '"Timeout":' not in TEXT


def _states(definition: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, state in definition["States"].items():
        yield name, state
        for branch in state.get("Branches", ()):
            yield from _states(branch)


def test_what_glue_says_of_a_start_is_tried_again_and_a_failed_run_never_is() -> None:
    """A run that failed is States.TaskFailed: repeated, it would cost its time again, and hide its end.

    Step Functions calls AWSGlueException what the start's model has no name for, "Rate exceeded" first of all
    (AWS re:Post, knowledge-center/glue-throttling-rate-exceeded).
    """
    model = get_session().get_service_model("glue")
    said = {shape.name for shape in model.operation_model("StartJobRun").error_shapes}
    said |= {name for name in model.shape_names if name.startswith("Throttling")} | {"AWSGlueException"}
    ours = {"InvalidInputException", "EntityNotFoundException"}  # our own mistake: the same the next time
    starts = {
        name: {error for retrier in state["Retry"] for error in retrier["ErrorEquals"]}
        for name, state in _states(json.loads(TEXT))
        if state.get("Resource", "").endswith("glue:startJobRun.sync")
    }
    assert set(starts) == {"Validate", "Reconcile", "Publish"}
    for name, errors in starts.items():
        assert errors == {f"Glue.{error}" for error in said - ours}, name
