"""The way of CLOSE_FIRST: what was left behind is stopped and closed, and PrepareRun is asked again."""

from collections.abc import Iterator

import pytest

from infra.jobs import RECONCILIATION, VALIDATION
from reconciliation.run import DEADLINE_MAX_S
from tests.endings import jobs
from tests.endings.account import refuses, untold
from tests.endings.machine import Machine
from tests.endings.scenarios import START, uploaded
from tests.endings.scenarios.left_behind import hung
from tests.endings.world import World, opened

_OVER = {"SUCCEEDED", "STOPPED"}


@pytest.fixture
def world() -> Iterator[World]:
    """A day that a dead execution holds, one of whose jobs still runs."""
    with opened(jobs.USUAL) as found:
        uploaded(found)
        found.abort(hung(found, RECONCILIATION.name), event=False)
        yield found


def ends_as(run: Machine, error: str | None) -> bool:
    return (run.status, run.error) == ("FAILED" if error else "SUCCEEDED", error)


def test_its_jobs_are_over_before_it_is_closed(world: World) -> None:
    run = world.start(START)
    run.until("CloseLeftBehind")
    assert {each["JobRunState"] for each in world.account.job_runs} == _OVER
    world.finish(run)
    assert ends_as(run, None)
    assert run.entered.count("StopLeftBehind") == run.entered.count("CloseLeftBehind") == 1


def test_a_job_that_would_not_stop_keeps_no_day(world: World) -> None:
    world.account.never_stop = True
    run = world.run(START)
    assert ends_as(run, None)
    assert run.entered.count("CloseLeftBehind") == 1


def test_the_new_run_s_deadline_does_not_move(world: World) -> None:
    """The time that the earlier run's end takes is the new run's own."""
    began = world.account.clock.now
    world.jobs[VALIDATION.name] = [jobs.hangs]
    run = world.start(START)
    run.until("CloseLeftBehind")
    world.account.clock.pass_s(400)
    world.finish(run)
    assert ends_as(run, "TIMEOUT")
    assert (world.account.clock.now - began).total_seconds() == DEADLINE_MAX_S


def test_after_the_second_time_the_day_is_busy(world: World) -> None:
    """Nobody can be told of the earlier run's end, so that its day is not released."""
    world.account.faults.append(untold("ABORTED"))
    run = world.run(START)
    assert ends_as(run, "DAY_BUSY")
    assert run.entered.count("CloseLeftBehind") == 2
    world.account.faults.clear()
    assert ends_as(world.run(START), None)


def test_a_day_that_cannot_be_closed_is_busy(world: World) -> None:
    world.account.faults.append(refuses("s3", "PutObject", key="/checkpoint.json", times=99))
    run = world.run(START)
    assert ends_as(run, "DAY_BUSY")
    assert run.entered.count("CloseLeftBehind") == 2
