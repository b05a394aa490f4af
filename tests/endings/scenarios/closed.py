"""Runs that fail where CloseRun has trouble of its own: it dies, is repeated, or finds nobody to tell."""

from typing import Any

from infra.jobs import RECONCILIATION, VALIDATION
from tests.endings import jobs
from tests.endings.account import refuses, untold
from tests.endings.scenarios import START, family, scenario, upload, uploaded
from tests.endings.world import World


@scenario
def close_run_answers_twice(world: World) -> None:
    """Its answer is lost, and the state is repeated: nobody is told again."""
    upload(world, b"")
    world.lost_answers += ["CloseRun", "CloseRun"]
    world.run(START)


@scenario
def a_failure_that_nobody_can_be_told_of(world: World) -> None:
    """SNS takes no alert: the day stays held until the watchdog has told people."""
    upload(world, b"")
    world.account.faults.append(untold("E_EMPTY"))
    world.run(START)
    world.watch()
    world.account.faults.clear()
    world.watch()
    world.watch()


@scenario
def a_failure_that_nobody_can_be_told_of_then_the_next_start(world: World) -> None:
    """SNS takes no such alert for longer: the next start is refused, and the one after closes the day."""
    uploaded(world)
    world.jobs[VALIDATION.name] = [jobs.failing("E_NO_ROWS: nenhuma linha válida entre 40")]
    world.account.faults.append(untold("E_NO_ROWS"))
    world.run(START)
    world.run(START)
    world.account.faults.clear()
    world.run(START)


@scenario
def a_failure_without_metrics(world: World) -> None:
    """CloudWatch takes nothing."""
    upload(world, b"")
    world.account.faults.append(refuses("cloudwatch", "PutMetricData", times=9))
    world.run(START)


def _close_run_dies(world: World, given: dict[str, Any]) -> None:
    """CloseRun dies at one of its writes and is repeated: all is written and told once."""
    uploaded(world)
    world.jobs[RECONCILIATION.name] = [jobs.failing("RDS_AUTH: recusado", after=jobs.half_reconciled)]
    run = world.start(START)
    run.until("CloseRun")
    world.account.faults.append(refuses("s3", "PutObject", **given))
    world.finish(run)


family(
    "close_run_dies",
    _close_run_dies,
    before_the_day_is_closed={"key": "days/"},
    before_the_note={"key": "/job.json"},
    before_the_checkpoint={"key": "/checkpoint.json"},
    before_the_intent={"key": "days/", "skip": 1},
    before_it_notes_that_people_were_told={"key": "days/", "skip": 2},
    before_the_day_is_released={"key": "days/", "skip": 3},
)


@scenario
def damaged_evidence(world: World) -> None:
    """The validation's report was changed: the run is closed as one of which nothing is there."""

    def damage(world: World, arguments: dict[str, str]) -> None:
        plan = jobs.plan_of(world, arguments)
        world.account.put(f"{plan['paths']['validated']}validation.json", '{"parts": 1}')

    uploaded(world)
    world.jobs[RECONCILIATION.name] = [jobs.failing("RDS_AUTH: recusado", after=damage)]
    world.run(START)
