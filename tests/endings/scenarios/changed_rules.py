"""Runs that go on, or may not, once rules were deployed: what counts are the plan's."""

import json

from infra.jobs import RECONCILIATION
from tests.endings import jobs
from tests.endings.machine import Machine
from tests.endings.scenarios import START, scenario, uploaded
from tests.endings.world import World


def _stopped(world: World, before: str = "", **given: int) -> Machine:
    """The day's first run, stopped half way; rules are deployed before it enters that state."""
    uploaded(world)
    failing = jobs.failing("RDS_QUERY_TIMEOUT: demais", after=jobs.half_reconciled)
    world.jobs[RECONCILIATION.name] = [failing]
    run = world.start({**START, **given})
    if before:
        run.until(before)
        _deploy(world)
    return world.finish(run)


def _deploy(world: World) -> None:
    """The folder's date is the day after what it reconciles, from now on."""
    world.variables["RULES"] = '{"min_partitions": 2, "reference_day_offset": -1}'


@scenario
def resumed_from_a_run_with_its_own_partitions(world: World) -> None:
    """`partition_lines` of an execution's input is no change of the rules."""
    world.resume(_stopped(world, partition_lines=1000))


@scenario
def resumed_under_the_plan_s_rules(world: World) -> None:
    """What was deployed before the run's end is taken back: the run was never under it."""
    usual = world.variables["RULES"]
    run = _stopped(world, "CloseRun")
    world.variables["RULES"] = usual
    world.resume(run)


@scenario
def checkpoint_refused_under_rules_of_its_end(world: World) -> None:
    """They were deployed between the run's plan and its end."""
    world.resume(_stopped(world, "CloseRun"))


@scenario
def checkpoint_refused_of_an_older_deployment_s_end(world: World) -> None:
    """Older deployments wrote the rules of a run's end into its checkpoint: its plan is looked at, too."""
    run = _stopped(world)
    (key,) = (key for key in world.account.s3.keys("intermediate") if key.endswith("/plan.json"))
    where = f"s3://intermediate/{key}"
    plan = json.loads(world.account.get(where))
    plan["rules"]["reference_day_offset"] = -1
    world.account.put(where, json.dumps(plan))
    world.resume(run)


@scenario
def checkpoint_refused_under_rules_since_prepare_run(world: World) -> None:
    """They are deployed between PrepareRun and InspectFile."""
    second = world.start(world.resume_input(_stopped(world)))
    second.until("InspectFile")
    _deploy(world)
    world.finish(second)
