"""Executions that end without closing their run: closed by an event, by the next start, by the watchdog."""

from infra.jobs import OUTPUT, RECONCILIATION, VALIDATION
from tests.endings import jobs
from tests.endings.account import untold
from tests.endings.machine import Machine
from tests.endings.scenarios import DAY, START, family, scenario, upload, uploaded
from tests.endings.world import Work, World


def hung(world: World, job: str, work: Work = jobs.hangs) -> Machine:
    """An execution whose job hangs."""
    world.jobs[job] = [work]
    run = world.start(START)
    run.until("Validate")
    run.until_it_waits()
    return run


_AT = {
    "in_validation": (VALIDATION.name, jobs.hangs),
    "in_reconciliation": (RECONCILIATION.name, jobs.then_hangs(jobs.half_reconciled)),
    "before_publishing": (OUTPUT.name, jobs.hangs),
}


def _aborted(world: World, given: tuple[str, Work]) -> None:
    """Stopped by hand while a job runs: EventBridge's event closes the run, and stops the job."""
    uploaded(world)
    run = hung(world, *given)
    world.account.clock.pass_s(30)
    world.abort(run)
    world.event(run)


family("aborted", _aborted, **_AT)


def _unclean(world: World, given: str) -> None:
    """Ended by Step Functions itself, with an event."""
    uploaded(world)
    run = hung(world, VALIDATION.name)
    world.abort(run, status=given)


family("ended", _unclean, timed_out="TIMED_OUT", failed="FAILED")


@scenario
def aborted_before_it_was_inspected(world: World) -> None:
    """Stopped by hand right after it took its day."""
    uploaded(world)
    run = world.start(START)
    run.until("InspectFile")
    world.abort(run)


@scenario
def aborted_before_it_was_prepared(world: World) -> None:
    """Stopped by hand before it took its day: there is nothing to close."""
    uploaded(world)
    run = world.start(START)
    run.until("PrepareRun")
    world.abort(run)


@scenario
def aborted_by_hand_and_would_not_stop(world: World) -> None:
    """The job stays STOPPING: it can write nothing that counts, and the run is closed."""
    uploaded(world)
    world.account.never_stop = True
    world.abort(hung(world, RECONCILIATION.name))


@scenario
def aborted_once_published(world: World) -> None:
    """Stopped by hand after its output job had published: the day is finished, as a success."""
    uploaded(world)
    run = world.start(START)
    run.until("FinishRun")
    world.abort(run)


@scenario
def aborted_while_it_was_being_closed(world: World) -> None:
    """The deadline was reached, and it was stopped by hand before CloseRun: the event closes it."""
    uploaded(world)
    world.jobs[RECONCILIATION.name] = [jobs.hangs]
    run = world.start(START)
    run.until("CloseRun")
    world.abort(run)


@scenario
def aborted_once_it_was_closed(world: World) -> None:
    """Stopped by hand after CloseRun: the event finds nothing to do."""
    upload(world, b"")
    run = world.start(START)
    run.until("Outcome")
    world.abort(run)


@scenario
def told_again_while_another_has_the_day(world: World) -> None:
    """Its event comes once more: the jobs of whoever has the day by then work on."""
    uploaded(world)
    closed = hung(world, RECONCILIATION.name)
    world.abort(closed)
    hung(world, RECONCILIATION.name)
    world.event(closed)


def _left_behind(world: World, given: tuple[str, Work]) -> None:
    """The event was lost: the watchdog closes the run, once, and the day can be run again."""
    uploaded(world)
    run = hung(world, *given)
    world.watch()
    world.abort(run, event=False)
    world.account.clock.pass_s(300)
    world.watch()
    world.account.clock.pass_s(300)
    world.watch()
    world.event(run)


family("left_behind_then_the_watchdog", _left_behind, **_AT)


def _taken_over(world: World, given: tuple[str, Work]) -> None:
    """The event was lost: the next start of the file closes the run and then runs itself."""
    uploaded(world)
    run = hung(world, *given)
    world.abort(run, event=False)
    world.account.clock.pass_s(60)
    world.run({**START, "deadline_s": 900})
    world.event(run)


family("left_behind_then_the_next_start", _taken_over, **_AT)


@scenario
def left_behind_then_another_file(world: World) -> None:
    """The event was lost: the start of another file of the day closes the run."""
    uploaded(world)
    world.abort(hung(world, RECONCILIATION.name), event=False)
    uploaded(world, 41, f"{DAY}/other.csv")
    world.run({"s3_key": f"{DAY}/other.csv"})


@scenario
def left_behind_then_a_resume(world: World) -> None:
    """A second attempt is left behind: until the watchdog came, the checkpoint is not the last attempt's."""
    uploaded(world)
    world.jobs[RECONCILIATION.name] = [jobs.failing("RDS_AUTH: recusado")]
    world.run(START)
    world.abort(hung(world, VALIDATION.name), event=False)
    world.resume(world.executions[0])
    world.watch()
    world.resume(world.executions[0])


@scenario
def left_behind_and_nobody_can_be_told(world: World) -> None:
    """SNS takes no alert while the next start closes the run: DAY_BUSY, until the watchdog told people."""
    uploaded(world)
    world.abort(hung(world, RECONCILIATION.name), event=False)
    uploaded(world, 41, f"{DAY}/other.csv")
    world.account.faults.append(untold("ABORTED"))
    world.run({"s3_key": f"{DAY}/other.csv"})
    world.account.faults.clear()
    world.watch()
    world.run({"s3_key": f"{DAY}/other.csv"})


@scenario
def left_behind_and_unknown_to_step_functions(world: World) -> None:
    """The execution is older than Step Functions remembers."""
    uploaded(world)
    run = hung(world, RECONCILIATION.name)
    world.abort(run, event=False)
    world.account.executions.clear()
    world.account.clock.pass_s(120)
    world.watch()


@scenario
def not_yet_known_to_step_functions(world: World) -> None:
    """A second file comes seconds after the first, whose execution DescribeExecution does not know yet.

    It is alive: neither the next start nor the watchdog takes its day.
    """
    uploaded(world)
    uploaded(world, 41, f"{DAY}/other.csv")
    first = world.start(START)
    first.until("InspectFile")
    known = dict(world.account.executions)
    world.account.executions.clear()
    world.account.clock.pass_s(119)
    world.run({"s3_key": f"{DAY}/other.csv"})
    world.watch()
    world.account.executions.update(known)
    world.finish(first)
    world.run_started()
