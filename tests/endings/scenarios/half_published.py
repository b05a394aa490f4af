"""Publications that died half way, and who finishes them or gives them up; FinishRun that dies."""

from collections.abc import Callable

from infra.jobs import OUTPUT
from tests.endings import jobs
from tests.endings.account import refuses, untold
from tests.endings.machine import Machine
from tests.endings.scenarios import DAY, START, family, scenario, uploaded, whole_day
from tests.endings.scenarios.left_behind import hung
from tests.endings.world import Work, World

# --- publications that died half way


def half_published(world: World, arguments: dict[str, str]) -> None:
    """The divergences are published, the rejects and the summary are not. Raises JobFailed."""
    world.account.clock.pass_s(60)
    world.account.faults.append(refuses("s3", "CopyObject", key="rejeitos/"))
    world.publish(arguments)


def barely_published(world: World, arguments: dict[str, str]) -> None:
    """The day is PUBLISHING, and nothing else happened."""
    world.account.clock.pass_s(60)
    world.account.faults.append(refuses("s3", "CopyObject", key="divergencias.parquet"))
    world.publish(arguments)


def all_but_told(world: World, arguments: dict[str, str]) -> None:
    """All is published, and the day still PUBLISHING."""
    world.account.clock.pass_s(60)
    world.account.faults.append(refuses("s3", "PutObject", key="days/", skip=1))
    world.publish(arguments)


_DEATHS = {"barely": barely_published, "half_way": half_published, "but_for_the_day": all_but_told}
Then = Callable[[World, Work], None]


def _by_close_run(world: World, given: Work) -> None:
    """The output job dies between its writes: CloseRun finishes the publication, and the run is a success."""
    uploaded(world)
    world.jobs[OUTPUT.name] = [given]
    world.run(START)


family("publishing_died", _by_close_run, **_DEATHS)


@scenario
def publishing_died_at_the_deadline(world: World) -> None:
    """As above, the deadline being reached: a success all the same."""
    uploaded(world)
    world.jobs[OUTPUT.name] = [jobs.then_hangs(half_published)]
    world.run(START)


@scenario
def publishing_died_of_a_replacement(world: World) -> None:
    """A forced replacement dies half way: CloseRun finishes it over what stood there."""
    whole_day(world)
    uploaded(world, 41)
    world.jobs[OUTPUT.name] = [half_published]
    world.run({**START, "force_reprocess": True})


def _dead(world: World) -> Machine:
    """An execution that is gone, with its publication half done."""
    uploaded(world)
    run = hung(world, OUTPUT.name, jobs.then_hangs(half_published))
    world.abort(run, event=False)
    world.account.clock.pass_s(60)
    return run


@scenario
def publishing_died_then_the_event(world: World) -> None:
    """The event finishes the publication and tells of a success."""
    world.event(_dead(world))


@scenario
def publishing_died_then_the_watchdog(world: World) -> None:
    """The watchdog finishes the publication and tells of a success."""
    run = _dead(world)
    world.watch()
    world.watch()
    world.event(run)


@scenario
def publishing_died_then_the_next_start(world: World) -> None:
    """The next start finishes the publication, and then has nothing to do."""
    _dead(world)
    world.run(START)


@scenario
def publishing_died_then_another_version(world: World) -> None:
    """The start of another version finishes the publication, and then needs force."""
    _dead(world)
    uploaded(world, 41)
    world.run(START)


@scenario
def publishing_died_then_another_version_by_force(world: World) -> None:
    """Forced, it finishes the publication and then replaces it."""
    _dead(world)
    uploaded(world, 41)
    world.run({**START, "force_reprocess": True})


def _given_up(world: World, then: Callable[[Machine], object]) -> None:
    run = _dead(world)
    world.account.delete(f"s3://intermediate/{DAY}/rejects.parquet/")
    then(run)


@scenario
def publishing_given_up_by_close_run(world: World) -> None:
    """Half published, and what was to be published is gone: nobody could ever finish it."""

    def dies(world: World, arguments: dict[str, str]) -> None:
        try:
            half_published(world, arguments)
        finally:
            world.account.delete(f"s3://intermediate/{DAY}/rejects.parquet/")

    uploaded(world)
    world.jobs[OUTPUT.name] = [dies]
    world.run(START)


@scenario
def publishing_given_up_by_the_watchdog(world: World) -> None:
    """The same, of an execution that is gone."""
    _given_up(world, lambda _: world.watch())


@scenario
def publishing_given_up_by_the_next_start(world: World) -> None:
    """The same, by the next start: what stands there published is nobody's, and is replaced."""
    _given_up(world, lambda _: world.run(START))


@scenario
def publishing_given_up_then_forced(world: World) -> None:
    """The same, and the forced start then publishes the day."""
    _given_up(world, lambda _: world.run({**START, "force_reprocess": True}))


# --- FinishRun's own trouble


@scenario
def finish_run_answers_twice(world: World) -> None:
    """Its answer is lost, and the state is repeated: people are told once."""
    uploaded(world)
    world.lost_answers.append("FinishRun")
    world.run(START)


@scenario
def finish_failed(world: World) -> None:
    """The summary is gone when the run is to be finished: FINISH_FAILED, and the day stays published."""
    uploaded(world)
    run = world.start(START)
    run.until("FinishRun")
    world.account.delete("s3://output/resumos/")
    world.finish(run)


@scenario
def finish_failed_and_close_run_answers_twice(world: World) -> None:
    """The same, with CloseRun's answer lost: the day was released before."""
    uploaded(world)
    run = world.start(START)
    run.until("FinishRun")
    world.account.faults.append(refuses("s3", "PutObject", key="resumos/", times=3))
    world.lost_answers.append("CloseRun")
    world.finish(run)


@scenario
def finish_failed_by_an_error(world: World) -> None:
    """S3 takes no summary at any of FinishRun's tries."""
    uploaded(world)
    run = world.start(START)
    run.until("FinishRun")
    world.account.faults.append(refuses("s3", "PutObject", key="resumos/", times=3))
    world.finish(run)


@scenario
def finish_run_finds_no_way_to_tell(world: World) -> None:
    """SNS takes no alert: the run is a success, and the watchdog tells and releases the day."""
    uploaded(world)
    world.account.faults.append(untold("SUCCEEDED"))
    world.run(START)
    world.account.faults.clear()
    world.watch()


def _finish_run_dies(world: World, given: dict[str, int | str]) -> None:
    """FinishRun dies at one of its writes and is repeated."""
    uploaded(world)
    run = world.start(START)
    run.until("FinishRun")
    world.account.faults.append(refuses("s3", "PutObject", **given))  # type: ignore[arg-type]
    world.finish(run)


family(
    "finish_run_dies",
    _finish_run_dies,
    before_the_summary={"key": "resumos/"},
    before_the_intent={"key": "days/"},
    before_it_notes_that_people_were_told={"key": "days/", "skip": 1},
    before_the_day_is_released={"key": "days/", "skip": 2},
)
