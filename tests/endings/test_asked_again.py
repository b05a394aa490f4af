"""A function whose answer never comes, by what Step Functions calls that: who is asked again."""

import pytest

from infra.jobs import VALIDATION
from reconciliation.run import DEADLINE_MAX_S
from tests.endings import jobs
from tests.endings.scenarios import START, uploaded
from tests.endings.world import World

OUT_OF_TIME_OR_MEMORY = ("States.Timeout", "Sandbox.Timedout", "Lambda.Unknown", "Runtime.ExitError")
"""By Step Functions' guide ("Handle Lambda service exceptions"), and as histories have it."""
LOST = ("Lambda.SdkClientException", "Lambda.ServiceException")
THROTTLED = "Lambda.TooManyRequestsException"
TRIES = 4


@pytest.mark.parametrize("name", [*OUT_OF_TIME_OR_MEMORY, *LOST, "ReadTimeoutError"])
def test_prepare_run_is_asked_again_and_has_one_run(world: World, name: str) -> None:
    uploaded(world)
    world.lost_as, world.lost_answers = name, ["PrepareRun"] * (TRIES - 1)
    run = world.run(START)
    assert run.status == "SUCCEEDED"
    assert run.output["attempt"] == 1


def test_prepare_run_that_never_answers_ends_the_run(world: World) -> None:
    uploaded(world)
    world.lost_as, world.lost_answers = "Sandbox.Timedout", ["PrepareRun"] * (TRIES + 1)
    assert world.run(START).error == "VALIDATION_FAILED"
    assert len(world.lost_answers) == 1


def test_the_minutes_that_it_was_waited_for_are_the_run_s_own(world: World) -> None:
    uploaded(world)
    began = world.account.clock.now
    world.lost_as, world.lost_s, world.lost_answers = "States.Timeout", 60, ["PrepareRun"] * 2
    world.jobs[VALIDATION.name] = [jobs.hangs]
    assert world.run(START).error == "TIMEOUT"
    assert (world.account.clock.now - began).total_seconds() == DEADLINE_MAX_S


@pytest.mark.parametrize(
    ("name", "error"),
    [*((name, "VALIDATION_FAILED") for name in OUT_OF_TIME_OR_MEMORY), *((name, None) for name in LOST)],
)
def test_inspect_file_has_no_second_ten_minutes(world: World, name: str, error: str | None) -> None:
    uploaded(world)
    world.lost_as, world.lost_answers = name, ["InspectFile"]
    assert world.run(START).error == error


@pytest.mark.parametrize("state", ["PrepareRun", "InspectFile", "FinishRun"])
def test_a_function_without_a_free_instance_is_asked_for_longer(world: World, state: str) -> None:
    """Of the account's instances others may have all for minutes."""
    uploaded(world)
    world.lost_as, world.lost_answers = THROTTLED, [state] * 6
    run = world.run(START)
    assert run.status == "SUCCEEDED"
    assert "CloseRun" not in run.entered


def test_a_run_that_found_no_instance_blames_no_file(world: World) -> None:
    uploaded(world)
    world.lost_as, world.lost_answers = THROTTLED, ["InspectFile"] * 7
    run = world.run(START)
    assert run.error == "VALIDATION_FAILED"
    assert "faltaram ao Lambda vagas na conta, e nada do arquivo foi conferido" in str(run.cause)
