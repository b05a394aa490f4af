"""A day that another run left behind: what PrepareRun answers each time it is asked, and when it gives up."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from infra.functions import PREPARE_RUN
from reconciliation import layout
from reconciliation.adapters.executions import Executions
from reconciliation.day import CLOSED, PUBLISHED, RUNNING, begin_publishing
from reconciliation.documents.run_document import PlannedRun, RunDocument
from reconciliation.lifecycle.answers import CloseFirst, Done, Failed, Nothing
from reconciliation.lifecycle.holders import AT_MOST, Holders
from reconciliation.lifecycle.opening import Opened, Start
from reconciliation.waiting import Waiting
from tests.functions.world import DAY, KEY, NOW, World, day_of
from tests.lifecycle.in_memory import STARTED, Services, in_memory, left_behind, upload
from tests.memory_s3 import MemoryS3


@pytest.fixture
def s3() -> MemoryS3:
    return MemoryS3()


@pytest.fixture
def services() -> Services:
    return Services()


@pytest.fixture
def world(s3: MemoryS3, services: Services) -> World:
    return in_memory(s3, services)


def ask(world: World, after_s: int, closed_before: int = 0, **given: Any) -> Opened:
    """PrepareRun of the execution `new`, so many seconds after it began."""
    start = Start(
        given={"s3_key": KEY, **given},
        execution_arn="new",
        started=STARTED,
        closed_before=closed_before,
        clock=lambda: STARTED + timedelta(seconds=after_s),
    )
    return world.opening.open(start)


def close(world: World, answer: Opened, after_s: int = 30) -> Any:
    """CloseCloseFirst, with what PrepareRun answered."""
    assert isinstance(answer, CloseFirst)
    left = answer.left_behind
    now = STARTED + timedelta(seconds=after_s)
    if not left.execution_arn:
        return world.closing.finish_by_hand(left.day, now)
    return world.closing.close_left_behind(left.day, left.execution_arn, left.started_at, now)


def half_published_by_hand(world: World) -> PlannedRun:
    """A closed run, whose output job an operator started once more; it died after its first write."""
    planned = world.planning.plan(left_behind(world))
    world.do_the_jobs_work(planned.to_dict())
    world.closing.close_left_behind(DAY, "dead", NOW, NOW)
    held = world.days.read(DAY)
    assert held is not None
    world.days.write(held, begin_publishing(held.day, planned.fingerprint, None))
    return planned


@pytest.mark.parametrize(("deadline_s", "remaining_s"), [(1200, 1135), (66, 1), (20, 1)])
def test_the_deadline_counts_from_the_execution_s_start_however_often_it_asks(
    world: World, deadline_s: int, remaining_s: int
) -> None:
    left_behind(world)
    first = ask(world, 2, deadline_s=deadline_s)
    assert isinstance(close(world, first), Failed)
    run = ask(world, 65, 1, deadline_s=deadline_s)
    assert isinstance(run, RunDocument)
    assert (run.started_at, run.deadline_s, run.remaining_s) == (STARTED, deadline_s, remaining_s)
    assert (run.attempt, run.epoch, day_of(world).holder) == (2, 2, "new")


def test_the_answer_names_the_run_that_was_left_behind(world: World) -> None:
    dead = left_behind(world)
    first = ask(world, 2)
    assert isinstance(first, CloseFirst)
    left = first.left_behind
    assert (left.who, left.day, left.execution_arn, left.started_at) == (dead.who, DAY, "dead", NOW)
    assert first.closed_before == 1


class Ending:
    """The old run's execution goes on: its alert is out, its day not released before so many looks.

    A look takes so many seconds, as that of a service that is slow to answer.
    """

    def __init__(self, world: World, looks: int, look_s: float = 0.0, **changes: Any) -> None:
        self.world, self.looks, self.look_s = world, looks, look_s
        self.waited_s = 0.0
        world.executions.running.add("dead")
        held = world.days.read(DAY)
        assert held
        self.held = world.days.write(held, replace(held.day, holder="dead", **changes))
        world.__dict__["opening"] = replace(
            world.opening,
            holders=Holders(world.days, self, self.sleep),  # type: ignore[arg-type]
        )

    def is_running(self, execution_arn: str, *, if_unknown: bool) -> bool:
        self.waited_s += self.look_s
        return self.world.executions.is_running(execution_arn, if_unknown=if_unknown)

    def clock(self) -> datetime:
        return STARTED + timedelta(seconds=self.waited_s)

    def sleep(self, seconds: float) -> None:
        self.waited_s += seconds
        self.looks -= 1
        if not self.looks:
            self.world.days.write(self.held, self.held.day.released())


CLOSED_AND_TOLD = {"state": CLOSED, "alert_id": "a", "alert_sent": True}


def told_and_closed(world: World) -> dict[str, dict[str, Any]]:
    """What the operator of a run that failed may paste, by what it is."""
    planned = world.planning.plan(left_behind(world))
    world.closing.close_left_behind(DAY, "dead", NOW, NOW)
    where = str(layout.checkpoint("checkpoints", planned.job_id))
    resume = {"job_id": planned.job_id, "checkpoint_location": where, "reprocess_from_checkpoint": True}
    return {"resume": resume, "file": {"s3_key": KEY}, "forced": {"s3_key": KEY, "force_reprocess": True}}


def pasted(ending: Ending, given: dict[str, Any]) -> Opened:
    """PrepareRun of the execution `new`, of exactly that input."""
    return ending.world.opening.open(
        Start(given=given, execution_arn="new", started=STARTED, closed_before=0, clock=ending.clock)
    )


@pytest.mark.parametrize("what", ["resume", "file", "forced"])
@pytest.mark.parametrize("looks", [1, 5])
def test_who_does_what_an_alert_says_the_moment_it_is_told_has_the_day(
    world: World, services: Services, what: str, looks: int
) -> None:
    """The day is released once the alert is out; told of a run at work, she would leave it to nobody."""
    given = told_and_closed(world)[what]
    told = list(services.told)
    ending = Ending(world, looks, **CLOSED_AND_TOLD)
    run = pasted(ending, given)
    assert isinstance(run, RunDocument)
    assert (run.attempt, day_of(world).holder, services.told) == (2, "new", told)
    assert ending.waited_s == looks
    assert run.remaining_s == run.deadline_s - looks, "the wait counts against its own deadline"


@pytest.mark.parametrize(
    "at", [{"state": PUBLISHED}, {"state": CLOSED, "alert_id": None, "alert_sent": False}]
)
def test_an_end_is_one_that_is_told_or_is_about_to_be(world: World, at: dict[str, Any]) -> None:
    given = told_and_closed(world)["forced"]
    ending = Ending(world, 3, **{**CLOSED_AND_TOLD, **at})
    run = pasted(ending, given)
    assert isinstance(run, RunDocument)
    assert (run.attempt, ending.waited_s) == (2, 3)


@pytest.mark.parametrize("given", [{}, {"force_reprocess": True}])
def test_another_job_waits_for_that_end_too(
    world: World, s3: MemoryS3, services: Services, given: dict[str, Any]
) -> None:
    """A corrected file comes under another version, or another name."""
    told_and_closed(world)
    upload(s3, "v2")
    told = list(services.told)
    ending = Ending(world, 3, **CLOSED_AND_TOLD)
    run = pasted(ending, {"s3_key": KEY, **given})
    assert isinstance(run, RunDocument)
    assert (run.input.version_id, run.attempt, services.told) == ("v2", 1, told)
    assert ending.waited_s == 3


@pytest.mark.parametrize("look_s", [0, 8])
def test_of_an_end_that_takes_too_long_people_are_told(
    world: World, services: Services, look_s: float
) -> None:
    """However slowly Step Functions answers: the function has 60 s, whose end would be VALIDATION_FAILED."""
    given = told_and_closed(world)["resume"]
    ending = Ending(world, 99, look_s, **CLOSED_AND_TOLD)
    refused = pasted(ending, given)
    assert isinstance(refused, Failed)
    assert refused.result.code == services.told[-1] == "DAY_BUSY"
    assert "tente de novo" in refused.result.message
    assert AT_MOST <= ending.clock() - STARTED <= AT_MOST + timedelta(seconds=1 + look_s)


def test_a_silent_step_functions_leaves_prepare_run_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waited for as botocore does, one look outlives the function, which then has no answer."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "sa-east-1")
    config = Executions("arn").step_functions.meta.config
    tries = config.retries["total_max_attempts"]
    longest_s = tries * (config.connect_timeout + config.read_timeout) + (tries - 1) * 1
    assert AT_MOST.total_seconds() + longest_s < PREPARE_RUN.timeout_s - 10  # what opens the run


def test_where_anothers_end_takes_too_long_the_newest_version_waits_for_it(
    world: World, s3: MemoryS3, services: Services
) -> None:
    told_and_closed(world)
    upload(s3, "v2")
    ending = Ending(world, 99, **CLOSED_AND_TOLD)
    refused = pasted(ending, {"s3_key": KEY})
    assert isinstance(refused, Failed)
    assert refused.result.code == services.told[-1] == "DAY_BUSY"
    assert "será iniciada sozinha" in refused.result.message
    waiting = world.waits.of_same_file(DAY).waiting
    assert waiting is not None
    assert waiting.version_id == "v2"


def test_a_run_that_is_at_work_is_waited_for_by_nobody(world: World) -> None:
    given = told_and_closed(world)["resume"]
    ending = Ending(world, 99, state=RUNNING, alert_id=None, alert_sent=False)
    answer = pasted(ending, given)
    assert isinstance(answer, Nothing)
    assert (answer.result.code, ending.waited_s) == ("DUPLICATE", 0)


def test_after_two_rounds_the_day_is_busy_and_the_newest_version_waits(
    world: World, s3: MemoryS3, services: Services
) -> None:
    """Nothing that the machine does closes it; the watchdog does later, and what waits is started."""
    left_behind(world)
    upload(s3, "v2")
    first = ask(world, 2)
    assert isinstance(first, CloseFirst)
    second = ask(world, 30, first.closed_before)
    assert isinstance(second, CloseFirst)
    assert (first.closed_before, second.closed_before) == (1, 2)
    assert services.told == [], "nobody is told while it goes on"
    third = ask(world, 60, second.closed_before)
    assert isinstance(third, Failed)
    assert (third.decision, third.result.code) == ("REFUSED", "DAY_BUSY")
    assert "será iniciada sozinha" in third.result.message
    assert services.told == ["DAY_BUSY"]
    waiting = world.waits.of_same_file(DAY).waiting
    assert isinstance(waiting, Waiting)
    assert (waiting.version_id, waiting.started, day_of(world).holder) == ("v2", False, "dead")
    assert world.executions.inputs == {}
    world.watching.close_left_behind(STARTED + timedelta(minutes=5))
    assert list(world.executions.inputs) == [waiting.execution_name]


@pytest.mark.parametrize("given", [{"force_reprocess": True}, {"version_id": "v1"}])
def test_after_two_rounds_what_is_forced_or_older_does_not_wait(
    world: World, s3: MemoryS3, given: dict[str, Any]
) -> None:
    left_behind(world)
    upload(s3, "v2")
    refused = ask(world, 60, 2, **given)
    assert isinstance(refused, Failed)
    assert refused.result.code == "DAY_BUSY"
    assert world.waits.of_same_file(DAY).waiting is None


def test_a_publication_by_hand_that_died_is_finished_first(world: World) -> None:
    planned = half_published_by_hand(world)
    first = ask(world, 2)
    assert isinstance(first, CloseFirst)
    assert (first.left_behind.execution_arn, first.left_behind.who) == ("", planned.who)
    assert close(world, first) is True
    assert (day_of(world).state, day_of(world).holder) == (PUBLISHED, None)
    assert world.published() == f"divergences of {planned.fingerprint}".encode()
    again = ask(world, 30, first.closed_before)
    assert isinstance(again, Nothing)
    assert again.result.code == "ALREADY_PUBLISHED"


def test_one_whose_data_are_gone_is_given_up_and_the_run_takes_the_day(world: World, s3: MemoryS3) -> None:
    planned = half_published_by_hand(world)
    del s3.objects[planned.input_path]
    first = ask(world, 2)
    assert close(world, first) is False
    assert (day_of(world).state, world.published()) == (CLOSED, None)
    run = ask(world, 30, 1)
    assert isinstance(run, RunDocument)
    assert (run.attempt, day_of(world).holder, day_of(world).state) == (2, "new", RUNNING)


@pytest.mark.parametrize("leave", [left_behind, half_published_by_hand])
def test_asked_again_it_answers_the_same_and_writes_nothing(world: World, s3: MemoryS3, leave: Any) -> None:
    """Lambda called the function twice: neither the day nor the other run is touched."""
    leave(world)
    before = dict(s3.objects)
    first = ask(world, 2)
    assert isinstance(first, CloseFirst)
    assert ask(world, 2) == first
    later = ask(world, 20)
    assert isinstance(later, CloseFirst)
    started_at = first.left_behind.started_at
    assert replace(later, left_behind=replace(later.left_behind, started_at=started_at)) == first
    assert s3.objects == before


def test_a_run_that_was_closed_once_is_not_closed_again(world: World, services: Services) -> None:
    """CloseCloseFirst, repeated after it had done everything: by then the day may be the new run's."""
    left_behind(world)
    first = ask(world, 2)
    assert isinstance(close(world, first), Failed)
    assert close(world, first) == Done(None)
    assert isinstance(ask(world, 30, 1), RunDocument)
    assert close(world, first) == Done(None)
    assert (day_of(world).holder, services.told) == ("new", ["ABORTED"])
