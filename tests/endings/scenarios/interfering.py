"""Others who act at the wrong moment, and what a run, its day's mark or the watchdog makes of it."""

import json
from collections.abc import Callable
from typing import Any

from infra.jobs import OUTPUT, RECONCILIATION, VALIDATION
from tests.endings import jobs
from tests.endings.account import once_before_a_write, refuses, untold
from tests.endings.machine import Machine
from tests.endings.scenarios import DAY, KEY, START, family, scenario, uploaded
from tests.endings.world import EVERY_DAY, World

_OTHER = f"{DAY}/other.csv"


def _busy(world: World) -> Machine:
    """The day's first version is running, and a newer one was uploaded."""
    uploaded(world)
    first = world.start(START)
    first.until("Reconcile")
    uploaded(world, 41)
    return first


@scenario
def the_job_publishes_while_its_run_is_closed(world: World) -> None:
    """The deadline was reached, and the output job is quicker than CloseRun: a success."""
    uploaded(world)
    late: list[dict[str, str]] = []

    def hangs(_: World, arguments: dict[str, str]) -> Any:
        late.append(arguments)
        return jobs.hangs(world, arguments)

    world.jobs[OUTPUT.name] = [hangs]
    race = once_before_a_write("days/", '"CLOSED"', lambda: world.publish(late[0]))
    world.account.faults.append(race)
    world.run(START)


@scenario
def two_starts_race_for_the_day(world: World) -> None:
    """Another execution takes the day between this one's look and its write."""
    uploaded(world)
    uploaded(world, 41, _OTHER)
    race = once_before_a_write(
        "days/", '"RUNNING"', lambda: world.start({"s3_key": _OTHER}).until("InspectFile")
    )
    world.account.faults.append(race)
    world.run(START)
    world.finish(world.executions[1])


@scenario
def a_run_that_was_thought_dead_goes_on(world: World) -> None:
    """Step Functions told wrongly that it was over: its day is another's, and it can write nothing more."""
    uploaded(world)
    first = world.start(START)
    first.until("InspectFile")
    world.account.executions[first.context["Execution"]["Id"]]["status"] = "ABORTED"
    uploaded(world, 41, _OTHER)
    second = world.start({"s3_key": _OTHER})
    second.until("Reconcile")
    world.finish(first)
    world.finish(second)


@scenario
def the_note_of_a_run_is_gone(world: World) -> None:
    """CloseRun cannot tell whose the day is: it ends the run by what the day says."""
    uploaded(world)
    world.jobs[VALIDATION.name] = [jobs.failing("E_NO_ROWS: nenhuma linha válida entre 40")]
    run = world.start(START)
    run.until("CloseRun")
    world.account.delete(f"s3://checkpoints/JOB-{DAY.replace('-', '')}")
    world.finish(run)


@scenario
def the_runs_times_are_not_found(world: World) -> None:
    """Glue tells CloseRun of no runs: its metrics are missing, and nothing else."""
    uploaded(world)
    world.jobs[RECONCILIATION.name] = [jobs.failing("RDS_AUTH: recusado")]
    run = world.start(START)
    run.until("CloseRun")
    world.account.faults.append(refuses("glue", "GetJobRuns", times=9))
    world.finish(run)


def _plan_changed(world: World, given: Callable[[bytes], bytes]) -> None:
    """The plan is changed between the resume's PrepareRun and its InspectFile."""
    uploaded(world)
    world.jobs[RECONCILIATION.name] = [jobs.failing("RDS_AUTH: recusado", after=jobs.half_reconciled)]
    second = world.start(world.resume_input(world.run(START)))
    second.until("InspectFile")
    (key,) = (key for key in world.account.s3.keys("intermediate") if key.endswith("/plan.json"))
    where = f"s3://intermediate/{key}"
    world.account.put(where, given(world.account.get(where)))
    world.finish(second)


family(
    "inspect_file_refuses_a_plan",
    _plan_changed,
    that_was_cut_short=lambda body: body[:50],
    of_another_format=lambda body: json.dumps({**json.loads(body), "intermediate_format": 1}).encode(),
)


# --- the version that waits


@scenario
def the_mark_of_a_waiting_version_is_not_written(world: World) -> None:
    """S3 does not take it: the version is refused as any other."""
    first = _busy(world)
    world.account.faults.append(refuses("s3", "PutObject", key="waiting/"))
    world.run(START)
    world.finish(first)


@scenario
def an_older_version_does_not_wait(world: World) -> None:
    """Two newer versions came: only the newest waits."""
    first = _busy(world)
    older = uploaded(world, 42)
    uploaded(world, 43)
    world.run({**START, "version_id": older})
    world.finish(first)
    world.run_started()


@scenario
def a_newer_version_takes_the_place_of_one_that_waits(world: World) -> None:
    """Two versions wait one after the other, the second of them asked for twice: one start, of the newest."""
    first = _busy(world)
    world.run(START)
    uploaded(world, 42)
    world.run(START)
    world.run(START)
    world.jobs[RECONCILIATION.name] = [jobs.failing("RDS_AUTH: recusado")]
    world.finish(first)
    world.run_started()


@scenario
def a_waiting_version_is_started_by_the_watchdog(world: World) -> None:
    """Step Functions takes no start when the day is freed, nor at the watchdog's first try."""
    first = _busy(world)
    world.run(START)
    world.jobs[RECONCILIATION.name] = [jobs.failing("RDS_AUTH: recusado")]
    world.account.faults.append(refuses("stepfunctions", "StartExecution", times=99))
    world.finish(first)
    world.watch()
    world.account.faults.clear()
    world.watch()
    world.watch()
    world.run_started()


@scenario
def a_waiting_version_is_started_by_hand(world: World) -> None:
    """Step Functions takes no start when the day is freed; an operator is quicker than the watchdog."""
    first = _busy(world)
    world.run(START)
    world.jobs[RECONCILIATION.name] = [jobs.failing("RDS_AUTH: recusado")]
    world.account.faults.append(refuses("stepfunctions", "StartExecution", times=99))
    world.finish(first)
    world.account.faults.clear()
    world.run(START)
    world.watch()


# --- the watchdog


def _left(world: World, s3_key: str) -> None:
    uploaded(world, s3_key=s3_key)
    run = world.start({"s3_key": s3_key})
    run.until("Validate")
    world.abort(run, event=False)


@scenario
def one_day_cannot_be_closed_the_other_can(world: World) -> None:
    """The watchdog fails for the first day at its end, after it closed the second."""
    for day in ("2026-02-13", DAY):
        _left(world, f"{day}/input.csv")
    world.account.faults.append(refuses("s3", "PutObject", key="days/2026-02-13", times=9))
    world.watch()


@scenario
def left_behind_for_longer_than_the_watchdog_looks(world: World) -> None:
    """A day that nobody wrote for more than a week is left alone; the next start closes it."""
    _left(world, KEY)
    world.account.clock.pass_s(8 * 86_400)
    world.watch()
    world.run(START)


@scenario
def daily_check_that_is_told_later(world: World) -> None:
    """SNS takes it at the watchdog's second try, and QuickSight does not answer."""
    s3_key = "2026-02-16/input.csv"
    uploaded(world, s3_key=s3_key)
    world.run({"s3_key": s3_key})
    world.variables["CALENDAR"] = EVERY_DAY
    world.account.faults += [untold("DAILY_CHECK"), refuses("quicksight", "ListIngestions", times=9)]
    world.watch()
    del world.account.faults[0]
    world.watch()
