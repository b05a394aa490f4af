"""Runs that publish, and those that find that there is nothing to do."""

from infra.jobs import OUTPUT, RECONCILIATION
from tests.endings import jobs
from tests.endings.account import no_accents, refuses
from tests.endings.scenarios import DAY, KEY, START, file_of, scenario, upload, uploaded, whole_day
from tests.endings.world import World


@scenario
def published(world: World) -> None:
    """An upload starts its execution, which publishes the day."""
    version = uploaded(world)
    world.uploaded(KEY, version)
    world.run_started()


@scenario
def published_at_an_abnormal_rate(world: World) -> None:
    """More divergences than the rule allows: MEDIUM in place of LOW."""
    uploaded(world)
    world.jobs[RECONCILIATION.name] = [jobs.many_divergences]
    world.run(START)


@scenario
def published_at_a_rate_unlike_the_days_before(world: World) -> None:
    """Three ordinary days, then one at an abnormal rate: compared with them."""
    for number in (12, 13, 15, 16):
        s3_key = f"2026-02-{number}/input.csv"
        uploaded(world, s3_key=s3_key)
        if number == 16:
            world.jobs[RECONCILIATION.name] = [jobs.many_divergences]
        world.run({"s3_key": s3_key})


@scenario
def published_without_a_dashboard(world: World) -> None:
    """A deployment without QuickSight refreshes nothing."""
    world.variables["QUICKSIGHT_DATASET"] = ""
    whole_day(world)


@scenario
def published_and_the_dashboard_is_not_refreshed(world: World) -> None:
    """QuickSight takes no request, nor the watchdog's: QUICKSIGHT_FAILED, after the day's own alert."""
    world.account.faults.append(refuses("quicksight", "CreateIngestion", times=9))
    whole_day(world)
    world.watch()


@scenario
def published_and_the_dashboard_is_refreshed_late(world: World) -> None:
    """QuickSight takes the watchdog's request, and its next round finds the copy."""
    world.account.faults.append(refuses("quicksight", "CreateIngestion"))
    whole_day(world)
    world.watch()
    world.watch()


@scenario
def published_without_metrics(world: World) -> None:
    """CloudWatch takes nothing: the run is none the worse."""
    world.account.faults.append(refuses("cloudwatch", "PutMetricData", times=99))
    whole_day(world)


@scenario
def published_where_subjects_take_no_accents(world: World) -> None:
    """SNS refuses the subject as it is written: people are told, and the day is free."""
    world.account.faults.append(no_accents)
    whole_day(world)


@scenario
def published_with_its_own_settings(world: World) -> None:
    """What an operator may change for one run reaches the jobs."""
    uploaded(world)
    tuned = {"workers": "4", "worker_type": "G.2X", "deadline_s": 600, "base_readers": 2}
    world.run({**START, **tuned, "partition_lines": 1000, "query_timeout_s": 90})


@scenario
def published_and_replaced_by_force(world: World) -> None:
    """Another file of the day, forced: a second attempt of nothing, since the version is another job."""
    whole_day(world)
    uploaded(world, 41)
    world.run({**START, "force_reprocess": True})


@scenario
def published_and_made_again_by_force(world: World) -> None:
    """The very version once more, forced: the job's second attempt."""
    whole_day(world)
    world.run({**START, "force_reprocess": True})


@scenario
def published_but_the_timer_could_not_be_stopped(world: World) -> None:
    """Its token is gone: the pipeline fails after it published, and CloseRun finds a success."""
    uploaded(world)

    def publish(world: World, arguments: dict[str, str]) -> None:
        jobs.publish(world, arguments)
        world.account.delete(f"s3://checkpoints/{arguments['--job_id']}/timer-")

    world.jobs[OUTPUT.name] = [publish]
    world.run(START)


@scenario
def published_by_hand_once_more(world: World) -> None:
    """An operator runs the output job alone over a published day (runbook 2.4)."""
    whole_day(world)
    world.publish(_PATHS)


@scenario
def already_published_by_this_version(world: World) -> None:
    """The same execution input again: nothing is done, nobody is told."""
    whole_day(world)
    world.run(START)


@scenario
def already_published_with_the_same_bytes(world: World) -> None:
    """Another version with the same bytes."""
    whole_day(world)
    uploaded(world)
    world.run(START)


@scenario
def duplicate(world: World) -> None:
    """The version is running: the second execution does nothing, and the first goes on."""
    uploaded(world)
    first = world.start(START)
    first.until("Reconcile")
    world.run(START)
    world.finish(first)


@scenario
def needs_force(world: World) -> None:
    """The day is published with other bytes."""
    whole_day(world)
    uploaded(world, 41)
    world.run(START)


@scenario
def needs_force_and_would_lose_suppliers(world: World) -> None:
    """The new file lacks a supplier of the published one: people are told before they replace it."""
    whole_day(world)
    upload(world, file_of(41, supplier="F1"))
    world.run(START)


@scenario
def needs_force_over_a_summary_that_cannot_be_read(world: World) -> None:
    """What stands published is described by no JSON."""
    whole_day(world)
    world.account.put(f"s3://output/resumos/{DAY}/resumo.json", "{")
    world.run(START)


_PATHS = {
    "--input_path": f"s3://intermediate/{DAY}/divergences.parquet",
    "--output_path": f"s3://output/{DAY}/divergencias.parquet",
}


@scenario
def published_by_hand_half_way_then_the_watchdog(world: World) -> None:
    """An operator's output job dies between its writes: the watchdog finishes it."""
    whole_day(world)
    world.account.faults.append(refuses("s3", "CopyObject", key="rejeitos/"))
    jobs.then_hangs(lambda world, _: world.publish(_PATHS))(world, {})
    world.watch()
    world.watch()


@scenario
def published_by_hand_half_way_then_the_next_start(world: World) -> None:
    """The same, finished by the next execution of the day, which then has nothing to do."""
    whole_day(world)
    world.account.faults.append(refuses("s3", "CopyObject", key="rejeitos/"))
    jobs.then_hangs(lambda world, _: world.publish(_PATHS))(world, {})
    world.run(START)


@scenario
def published_without_its_report(world: World) -> None:
    """The report failed after the day was published: REPORT_FAILED, after the day's own alert."""
    world.jobs[OUTPUT.name] = [jobs.publish_without_report]
    whole_day(world)


@scenario
def published_anew_without_its_report(world: World) -> None:
    """The report that stands there is that of the publication before: as good as none."""
    whole_day(world)
    upload(world, file_of(50))
    world.jobs[OUTPUT.name] = [jobs.publish_without_report]
    world.run({**START, "force_reprocess": True})
