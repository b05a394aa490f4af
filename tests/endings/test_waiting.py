"""A file that was refused, a while after: what it waits for, and which version people are reminded of."""

import json

from infra.jobs import OUTPUT
from tests.endings import jobs
from tests.endings.account import refuses
from tests.endings.incidents import HOUR, ROUND, watch_for
from tests.endings.machine import Machine
from tests.endings.scenarios import DAY, START, uploaded
from tests.endings.scenarios.refused import TRIES
from tests.endings.world import World

OTHER = f"{DAY}/other.csv"
EIGHT_DAYS_S = 8 * 24 * HOUR


def busy(world: World) -> Machine:
    """The run of the day's file, which stands before its output job."""
    uploaded(world)
    world.jobs[OUTPUT.name] = [jobs.failing("OUTPUT_FAILED: sem permissão")]
    first = world.start(START)
    first.until("Publish")
    return first


def refused(world: World) -> str:
    """The other file's version, refused as its trigger starts it; then a newer one comes, for nobody yet."""
    version = uploaded(world, 41, OTHER)
    assert world.run({"s3_key": OTHER, "version_id": version}).status == "FAILED"
    uploaded(world, 42, OTHER)
    return version


def test_a_file_s_mark_older_than_the_watchdog_looks_back_is_followed_once_its_day_is(world: World) -> None:
    """Published by hand (runbook 2.4): no run frees the day."""
    first = busy(world)
    version = refused(world)
    world.finish(first)
    world.account.clock.pass_s(EIGHT_DAYS_S)
    world.watch()
    assert not any(OTHER in json.dumps(each) for each in world.account.started)
    world.publish(
        {
            "--input_path": f"s3://intermediate/{DAY}/divergences.parquet",
            "--output_path": f"s3://output/{DAY}/divergencias.parquet",
        }
    )
    world.watch()
    given = [each["input"] for each in world.account.started]
    assert {"s3_key": OTHER, "version_id": version} in given


def never_a_run(world: World, version: str) -> str:
    """PrepareRun fails, as its trigger started it; then a newer version comes. The last reminder's text."""
    world.account.faults.append(refuses("s3", "PutObject", times=TRIES, key="days/"))
    world.run({**START, "version_id": version})
    uploaded(world, 41)
    watch_for(world, ROUND * 4)
    last = world.account.alerts[-1]
    assert last["attributes"]["codigo"] == "VALIDATION_FAILED"
    assert "LEMBRETE" in last["body"]["id"]
    return str(last["email"])


def test_a_reminder_of_what_never_was_a_run_names_the_file_s_version(world: World) -> None:
    version = uploaded(world)
    text = never_a_run(world, version)
    (command,) = [line for line in text.splitlines() if "start-execution" in line]
    assert version in command


def test_people_are_reminded_where_nobody_can_say_the_version(world: World) -> None:
    world.account.faults.append(refuses("stepfunctions", "DescribeExecution", times=99))
    text = never_a_run(world, version := uploaded(world))
    (command,) = [line for line in text.splitlines() if "start-execution" in line]
    assert version not in command
