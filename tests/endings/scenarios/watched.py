"""What the watchdog tells by itself: a file that never came, and the daily check of a day that did."""

from tests.endings.scenarios import scenario, uploaded
from tests.endings.world import EVERY_DAY, World


@scenario
def no_file(world: World) -> None:
    """Nothing came until the hour at which it is expected, the day after the first file; told once."""
    uploaded(world)
    world.account.clock.pass_s(86_400)
    world.variables["CALENDAR"] = EVERY_DAY
    world.watch()
    world.watch()


@scenario
def no_file_before_the_first(world: World) -> None:
    """Right after a deployment, and on the day of the first file, none is missed."""
    world.variables["CALENDAR"] = EVERY_DAY
    world.watch()
    uploaded(world)
    world.watch()


@scenario
def daily_check(world: World) -> None:
    """The last working day is published: its six points, once."""
    s3_key = "2026-02-16/input.csv"
    uploaded(world, s3_key=s3_key)
    world.run({"s3_key": s3_key})
    world.variables["CALENDAR"] = EVERY_DAY
    world.watch()
    world.watch()


@scenario
def daily_check_waits_for_a_run(world: World) -> None:
    """While a run goes on nothing is checked."""
    s3_key = "2026-02-16/input.csv"
    uploaded(world, s3_key=s3_key)
    run = world.start({"s3_key": s3_key})
    run.until("Reconcile")
    world.variables["CALENDAR"] = EVERY_DAY
    world.watch()
    world.finish(run)
    world.watch()
