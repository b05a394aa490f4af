"""The state machine's definition, as Step Functions would read it."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from botocore.session import get_session
from statelint.linter import Linter

from infra.app import ROOT
from infra.machine import DEFINITION
from lambdas.prepare_run import A_TRY_AT_MOST
from reconciliation.run import DEADLINE_MAX_S

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
    (AWS re:Post, knowledge-center/glue-throttling-rate-exceeded), SdkClientException what was never answered.
    """
    model = get_session().get_service_model("glue")
    said = {shape.name for shape in model.operation_model("StartJobRun").error_shapes}
    said |= {name for name in model.shape_names if name.startswith("Throttling")}
    said |= {"AWSGlueException", "SdkClientException"}
    ours = {"InvalidInputException", "EntityNotFoundException"}  # our own mistake: the same the next time
    starts = {
        name: {error for retrier in state["Retry"] for error in retrier["ErrorEquals"]}
        for name, state in _states(json.loads(TEXT))
        if state.get("Resource", "").endswith("glue:startJobRun.sync")
    }
    assert set(starts) == {"Validate", "Reconcile", "Publish"}
    for name, errors in starts.items():
        assert errors == {f"Glue.{error}" for error in said - ours}, name


def test_what_answers_the_same_however_often_it_is_asked_is_asked_again() -> None:
    """Whatever it failed by: out of time or memory, or a service that was silent.

    How long a try of PrepareRun can take is `lambdas/prepare_run.py`'s to know: it is of the run's time.
    """
    states = dict(_states(json.loads(TEXT)))
    again = ("PrepareRun", "StopLeftBehind", "CloseLeftBehind", "StopJobs", "CloseRun", "FinishRun")
    assert all(states[name]["Retry"][1]["ErrorEquals"] == ["States.ALL"] for name in again)
    _, tries = states["PrepareRun"]["Retry"]
    longest_wait_s = tries["IntervalSeconds"] * tries["BackoffRate"] ** (tries["MaxAttempts"] - 1)
    a_try = timedelta(seconds=states["PrepareRun"]["TimeoutSeconds"] + longest_wait_s)
    assert a_try == A_TRY_AT_MOST
    assert (tries["MaxAttempts"] + 1) * a_try < timedelta(seconds=DEADLINE_MAX_S) / 4


def test_who_finds_no_instance_free_waits_for_minutes() -> None:
    """The account's other functions may have taken all; the first two of these are of the run's own time."""
    of_functions = [
        state["Retry"]
        for _, state in _states(json.loads(TEXT))
        if state.get("Resource", "").endswith("lambda:invoke")
    ]
    assert len(of_functions) == 7
    for first, *others in of_functions:
        assert first["ErrorEquals"] == ["Lambda.TooManyRequestsException"]
        assert not any("Lambda.TooManyRequestsException" in other["ErrorEquals"] for other in others)
        waits = [
            min(first["IntervalSeconds"] * first["BackoffRate"] ** tried, first["MaxDelaySeconds"])
            for tried in range(first["MaxAttempts"])
        ]
        assert max(waits) <= A_TRY_AT_MOST.total_seconds(), "as PrepareRun counts it"
        assert 180 < sum(waits) < DEADLINE_MAX_S / 4
