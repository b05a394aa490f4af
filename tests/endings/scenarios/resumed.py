"""Runs that go on from a checkpoint, and those that may not."""

import json
from typing import Any

from infra.jobs import OUTPUT, RECONCILIATION, VALIDATION
from tests.endings import jobs
from tests.endings.account import refuses
from tests.endings.machine import Machine
from tests.endings.scenarios import DAY, KEY, START, family, scenario, upload, uploaded, whole_day
from tests.endings.world import Work, World

_STOPPED = {
    "at_validation": {VALIDATION.name: jobs.failing("Command failed with exit code 137")},
    "before_the_base": {RECONCILIATION.name: jobs.failing("RDS_UNREACHABLE: sem resposta")},
    "half_way": {RECONCILIATION.name: jobs.failing("RDS_QUERY_TIMEOUT: demais", after=jobs.half_reconciled)},
    "before_publishing": {OUTPUT.name: jobs.failing("ConnectionClosedError: S3 is not there")},
    "by_the_deadline": {RECONCILIATION.name: jobs.then_hangs(jobs.half_reconciled)},
}


def _stopped(world: World, by: dict[str, Work], **given: Any) -> Machine:
    """The day's first run, ended by that job."""
    uploaded(world)
    for job, work in by.items():
        world.jobs[job] = [work]
    return world.run({**START, **given})


def _resumed(world: World, given: dict[str, Work]) -> None:
    """The run goes on from its checkpoint and publishes the day."""
    world.resume(_stopped(world, given))


family("resumed_from_a_run_stopped", _resumed, **_STOPPED)


@scenario
def resumed_from_a_refused_file(world: World) -> None:
    """There is no plan: the file is inspected again, and refused again."""
    upload(world, b"a;b\n1;2\n")
    world.resume(world.run(START))


@scenario
def resumed_from_an_abort(world: World) -> None:
    """By EventBridge's checkpoint."""
    uploaded(world)
    run = world.start(START)
    run.until("Reconcile")
    world.abort(run)
    record = json.loads(world.account.get(f"s3://checkpoints/days/{DAY}.json"))
    world.resume(record["job_id"])


@scenario
def resumed_twice(world: World) -> None:
    """The resume fails as well: its checkpoint stands beside the kept one, and is gone on from."""
    first = _stopped(world, _STOPPED["before_the_base"])
    world.jobs[RECONCILIATION.name] = [jobs.failing("RDS_AUTH: recusado", after=jobs.half_reconciled)]
    world.resume(world.resume(first))


@scenario
def resumed_by_the_folder(world: World) -> None:
    """The checkpoint's location may be its folder; the operator gives it more workers."""
    run = _stopped(world, _STOPPED["half_way"])
    world.resume(run, workers=20, folder=True)


@scenario
def resumed_replacement(world: World) -> None:
    """A forced replacement was stopped: its resume may replace what stood there when it began."""
    whole_day(world)
    uploaded(world, 41)
    world.jobs[OUTPUT.name] = [jobs.failing("ConnectionClosedError: S3 is not there")]
    world.resume(world.run({**START, "force_reprocess": True}))


@scenario
def resumed_once_another_was_published(world: World) -> None:
    """Another file of the day was published since: the resume needs force."""
    run = _stopped(world, _STOPPED["half_way"])
    uploaded(world, 41, f"{DAY}/other.csv")
    world.run({"s3_key": f"{DAY}/other.csv"})
    world.resume(run)


@scenario
def resumed_while_the_day_is_busy(world: World) -> None:
    """Another file of the day is running: an operator's resume does not wait."""
    run = _stopped(world, _STOPPED["half_way"])
    uploaded(world, 41, f"{DAY}/other.csv")
    other = world.start({"s3_key": f"{DAY}/other.csv"})
    other.until("Validate")
    world.resume(run)
    world.finish(other)


@scenario
def resumed_at_the_same_time(world: World) -> None:
    """The same resume is started twice: the second has nothing to do and says so, and the first goes on."""
    run = _stopped(world, _STOPPED["half_way"])
    first = world.start(world.resume_input(run))
    first.until("Reconcile")
    world.resume(run)
    world.finish(first)


@scenario
def resumed_and_prepare_run_answers_twice(world: World) -> None:
    """The state is repeated by the execution that holds the day."""
    run = _stopped(world, _STOPPED["half_way"])
    world.lost_answers.append("PrepareRun")
    world.resume(run)


@scenario
def run_again_by_force_in_place_of_a_resume(world: World) -> None:
    """The stopped version is started anew: a second attempt that keeps nothing of the first."""
    _stopped(world, _STOPPED["half_way"])
    world.run({**START, "force_reprocess": True})


def _changed(world: World, where: str, **changes: Any) -> None:
    """A JSON object of the run, with some of its fields changed."""
    content = json.loads(world.account.get(where))
    world.account.put(where, json.dumps({**content, **changes}, sort_keys=True))


def _plan_at(world: World) -> str:
    (key,) = (key for key in world.account.s3.keys("intermediate") if key.endswith("/plan.json"))
    return f"s3://intermediate/{key}"


def _elsewhere(world: World, run: Machine) -> Any:
    return {**world.resume_input(run), "checkpoint_location": "s3://elsewhere/checkpoint.json"}


def _of_no_job(world: World, _: Machine) -> Any:
    return {
        "job_id": "JOB-20260216-000001",
        "checkpoint_location": "s3://checkpoints/JOB-20260216-000001/checkpoint.json",
        "reprocess_from_checkpoint": True,
    }


def _altered(world: World, run: Machine) -> Any:
    _changed(world, world.resume_input(run)["checkpoint_location"], status="DONE")
    return world.resume_input(run)


def _cut_short(world: World, run: Machine) -> Any:
    where = world.resume_input(run)["checkpoint_location"]
    world.account.put(where, world.account.get(where)[:100])
    return world.resume_input(run)


def _without_a_field(world: World, run: Machine) -> Any:
    world.account.put(world.resume_input(run)["checkpoint_location"], '{"job_id": 1}')
    return world.resume_input(run)


def _of_another_attempt(world: World, run: Machine) -> Any:
    _changed(world, world.resume_input(run)["checkpoint_location"], attempt=7)
    return world.resume_input(run)


def _of_another_file(world: World, run: Machine) -> Any:
    other = {"s3_key": "2026-02-16/x.csv", "version_id": "1", "sha256": "0" * 64}
    _changed(world, world.resume_input(run)["checkpoint_location"], input=other)
    return world.resume_input(run)


def _with_a_changed_note(world: World, run: Machine) -> Any:
    given = world.resume_input(run)
    _changed(world, f"s3://checkpoints/{given['job_id']}/job.json", attempts="1")
    return given


def _without_its_note(world: World, run: Machine) -> Any:
    given = world.resume_input(run)
    world.account.delete(f"s3://checkpoints/{given['job_id']}/job.json")
    return given


def _under_other_rules(world: World, run: Machine) -> Any:
    world.variables["RULES"] = '{"min_partitions": 2, "abnormal_rate_percent": 5}'
    return world.resume_input(run)


def _without_a_part(world: World, run: Machine) -> Any:
    world.account.delete(_plan_at(world).replace("plan.json", "part-00001"))
    return world.resume_input(run)


def _of_another_format(world: World, run: Machine) -> Any:
    _changed(world, _plan_at(world), intermediate_format=1)
    return world.resume_input(run)


def _with_a_broken_plan(world: World, run: Machine) -> Any:
    world.account.put(_plan_at(world), "{")
    return world.resume_input(run)


def _with_another_s_plan(world: World, run: Machine) -> Any:
    _changed(world, _plan_at(world), job_id="JOB-20260216-000001")
    return world.resume_input(run)


def _refused(world: World, given: Any) -> None:
    """A resume that is refused with its reason."""
    run = _stopped(world, _STOPPED["half_way"])
    world.run(given(world, run))


family(
    "checkpoint_refused",
    _refused,
    elsewhere=_elsewhere,
    of_no_job=_of_no_job,
    that_was_altered=_altered,
    that_was_cut_short=_cut_short,
    without_a_field=_without_a_field,
    of_another_attempt=_of_another_attempt,
    of_another_file=_of_another_file,
    with_a_changed_note=_with_a_changed_note,
    without_its_note=_without_its_note,
    under_other_rules=_under_other_rules,
    without_a_part=_without_a_part,
    of_another_format=_of_another_format,
    with_a_broken_plan=_with_a_broken_plan,
    with_another_s_plan=_with_another_s_plan,
)


@scenario
def checkpoint_refused_once_published(world: World) -> None:
    """What would be published is gone before the resume of a run that was stopped before publishing."""
    run = _stopped(world, _STOPPED["before_publishing"])
    world.account.delete(f"s3://intermediate/{DAY}/rejects.parquet/")
    world.resume(run)


@scenario
def checkpoint_refused_by_inspect_file(world: World) -> None:
    """The plan vanishes between PrepareRun and InspectFile."""
    run = _stopped(world, _STOPPED["half_way"])
    second = world.start(world.resume_input(run))
    second.until("InspectFile")
    world.account.delete(_plan_at(world))
    world.finish(second)


@scenario
def input_gone_before_a_resume(world: World) -> None:
    """The version is deleted after its run was stopped."""
    run = _stopped(world, _STOPPED["half_way"])
    standing = world.account.s3.at("ingress", KEY)
    assert standing is not None
    world.account.s3.delete_version("ingress", KEY, standing.version_id)
    world.resume(run)


@scenario
def a_resume_that_takes_a_free_plan(world: World) -> None:
    """The plan is gone with the intermediate data's age: the resume inspects the file again."""
    run = _stopped(world, _STOPPED["half_way"])
    world.account.delete(f"s3://intermediate/{DAY}/")
    world.resume(run)


@scenario
def a_resume_that_nobody_can_be_told_of(world: World) -> None:
    """The refusal's alert is not taken: CloseRun tells it, and touches nothing of the stopped run."""
    run = _stopped(world, _STOPPED["half_way"])
    world.account.faults.append(refuses("sns", "Publish"))
    world.run(_elsewhere(world, run))
