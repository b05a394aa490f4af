"""Executions that never become a run: refused by the trigger or by PrepareRun."""

from typing import Any

from tests.endings.account import malformed, refuses
from tests.endings.machine import Machine
from tests.endings.scenarios import DAY, KEY, START, family, scenario, upload, uploaded
from tests.endings.world import World


def _refused(world: World, given: Any) -> None:
    """An input that asks for nothing that can be run."""
    uploaded(world)
    world.run(given)


def _nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"s3_key": value}
    return value


family(
    "invalid_input",
    _refused,
    of_an_unknown_field={**START, "forse": True},
    of_both_kinds={**START, "job_id": "JOB-20260216-000001"},
    of_no_kind={},
    that_is_no_object=[1],
    of_many_levels=_nested(200),
    of_too_long_a_deadline={**START, "deadline_s": 1201},
    of_a_flag_in_text={**START, "force_reprocess": "true"},
    of_a_job_that_is_none={"job_id": "x", "checkpoint_location": "y", "reprocess_from_checkpoint": True},
)
family(
    "e_s3_key",
    _refused,
    of_another_order={"s3_key": "16-02-2026/input.csv"},
    of_no_real_date={"s3_key": "2026-02-30/input.csv"},
)
family(
    "input_gone",
    _refused,
    of_no_such_object={"s3_key": f"{DAY}/gone.csv"},
    of_no_such_version={**START, "version_id": "00000000-0000-0000-0000-000000000000"},
)

TRIES = 4
"""Of PrepareRun, by the machine."""


def _beside(world: World, rows: int) -> Machine:
    """The run of the day's file, while which another file came."""
    uploaded(world)
    first = world.start(START)
    first.until("Validate")
    other = f"{DAY}/other.csv"
    uploaded(world, rows, other)
    world.run({"s3_key": other})
    return first


@scenario
def input_gone_of_a_malformed_version(world: World) -> None:
    """An operator's slip: S3 says 400, not 404, where no version can have that name."""
    uploaded(world)
    world.account.faults.append(malformed("v1?"))
    world.run({**START, "version_id": "v1?"})


@scenario
def the_trigger_refuses_a_key(world: World) -> None:
    """A misplaced upload starts nothing, and people are told."""
    world.uploaded("16-02-2026/input.csv", "1")


@scenario
def the_trigger_ignores_what_is_no_file(world: World) -> None:
    """A folder's mark and a companion: nobody is told."""
    world.uploaded(f"{DAY}/", "1", 0)
    world.uploaded(f"{DAY}/input.csv.md5", "1")


@scenario
def the_trigger_starts_once(world: World) -> None:
    """S3's event comes twice."""
    version = uploaded(world)
    world.uploaded(KEY, version)
    world.uploaded(KEY, version)


@scenario
def day_busy_with_an_earlier_version(world: World) -> None:
    """The newer version of the same file waits; the first publishes, and the second then needs force."""
    uploaded(world)
    first = world.start(START)
    first.until("Reconcile")
    newer = uploaded(world, 41)
    world.uploaded(KEY, newer)
    world.run_started()
    world.finish(first)
    world.run_started()


@scenario
def day_busy_with_an_earlier_version_that_fails(world: World) -> None:
    """The newer version waits, and is started and published when the first was refused."""
    upload(world, b"")
    first = world.start(START)
    first.until("InspectFile")
    uploaded(world)
    world.run(START)
    world.finish(first)
    world.run_started()


@scenario
def day_busy_with_an_earlier_version_that_is_lost(world: World) -> None:
    """The first is stopped without an event: the watchdog closes it and starts the one that waits."""
    uploaded(world)
    first = world.start(START)
    first.until("Reconcile")
    uploaded(world, 41)
    world.run(START)
    world.abort(first, event=False)
    world.watch()
    world.run_started()


@scenario
def day_busy_with_another_file(world: World) -> None:
    """Another file waits for the day's publication, and then needs force."""
    world.finish(_beside(world, 41))
    world.run_started()


@scenario
def day_busy_with_the_same_bytes(world: World) -> None:
    """Under another name: nothing to do once they are published."""
    world.finish(_beside(world, 40))
    world.run_started()


@scenario
def day_busy_with_another_file_that_fails(world: World) -> None:
    """The day is not published, and nothing starts; once it is, the other file is heard."""
    world.abort(_beside(world, 41))
    world.watch()
    world.run(START)
    world.run_started()


@scenario
def day_busy_with_another_file_that_was_joined(world: World) -> None:
    """The day fails, and a person sends both files as one: the other one is heard, and what came after it."""
    world.abort(_beside(world, 41))
    world.account.clock.pass_s(600)
    uploaded(world, 81, corrected := f"{DAY}/corrected.csv")
    world.run({"s3_key": corrected})
    world.run_started()


@scenario
def day_busy_with_another_file_that_was_removed(world: World) -> None:
    """It waited for the day's publication, and is not wanted any more by then."""
    first = _beside(world, 41)
    world.account.s3.put("ingress", f"{DAY}/other.csv", None, {})
    world.finish(first)
    world.run_started()


@scenario
def day_busy_and_forced(world: World) -> None:
    """An operator's forced run does not wait either."""
    uploaded(world)
    first = world.start(START)
    first.until("Validate")
    uploaded(world, 41)
    world.run({**START, "force_reprocess": True})
    world.finish(first)


@scenario
def prepare_run_answers_twice(world: World) -> None:
    """The first answer is lost: the state is repeated, and finds the day its own."""
    uploaded(world)
    world.lost_answers.append("PrepareRun")
    world.run(START)


@scenario
def prepare_run_fails_before_it_takes_the_day(world: World) -> None:
    """S3 takes no write, however often it is tried: CloseRun tells it, and there is nothing to close."""
    uploaded(world)
    world.account.faults.append(refuses("s3", "PutObject", times=TRIES, key="days/"))
    world.run(START)


@scenario
def prepare_run_fails_after_it_took_the_day(world: World) -> None:
    """The job's note is not written: CloseRun closes the run."""
    uploaded(world)
    world.account.faults.append(refuses("s3", "PutObject", times=TRIES, key="/job.json", skip=1))
    world.run(START)


@scenario
def a_refusal_that_nobody_can_be_told_of(world: World) -> None:
    """SNS takes no alert of PrepareRun's: CloseRun tells it."""
    world.account.faults.append(refuses("sns", "Publish"))
    world.run({"s3_key": f"{DAY}/gone.csv"})


@scenario
def invalid_setting(world: World) -> None:
    """A rule of the deployment is impossible: no function can work."""
    uploaded(world)
    world.variables["RULES"] = '{"min_partitions": 0}'
    world.run(START)
