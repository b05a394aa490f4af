"""S3 takes no mark of what people were told: nobody is told of it every five minutes, and nothing is lost."""

from collections import Counter
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.functions import WATCHDOG
from infra.jobs import OUTPUT
from tests.endings import jobs
from tests.endings.account import Fault, refuses
from tests.endings.incidents import DOWN, HOUR, ROUND, WRONG_KEY, watch_for
from tests.endings.scenarios import DAY, START, upload, uploaded, whole_day
from tests.endings.world import EVERY_DAY, World


def refuses_marks(key: str, holding: str = "") -> Fault:
    """S3, each write there once one of these came: as where a policy or the key was changed."""
    began: list[bool] = []

    def fault(_: str, operation: str, given: dict[str, Any]) -> None:
        if operation == "PutObject" and key in given["Key"]:
            if holding.encode() in given["Body"]:
                began.append(True)
            if began:
                raise ClientError({"Error": {"Code": "AccessDenied", "Message": "scripted"}}, operation)

    return fault


def an_end_that_nobody_heard_of(world: World) -> None:
    lost = world.start(START)
    world.account.clock.pass_s(ROUND)
    world.abort(lost, event=False)
    world.account.faults.append(refuses_marks("alerts/"))


def an_end_of_a_day(world: World) -> None:
    upload(world, b"a;b\n1;2\n")
    world.account.faults.append(refuses_marks("days/", '"alert_sent": true'))
    world.run(START)


def a_published_day(world: World) -> None:
    uploaded(world)
    world.account.faults.append(refuses_marks("days/", '"alert_sent": true'))
    world.run(START)


def a_file_that_did_not_come(world: World) -> None:
    whole_day(world)
    world.account.alerts.clear()
    world.variables["CALENDAR"] = EVERY_DAY
    world.account.faults.append(refuses_marks("NO_FILE", '"sent": true'))
    world.account.clock.pass_s(24 * HOUR)


def an_alert_that_was_kept(world: World) -> None:
    world.account.faults.append(down := refuses(*DOWN, times=100))
    world.run({**START, "forse": True})
    world.account.faults.remove(down)
    world.account.faults.append(refuses_marks("alerts/"))


def a_reminder(world: World) -> None:
    world.uploaded(WRONG_KEY, upload(world, b"a", WRONG_KEY))
    world.account.alerts.clear()
    world.account.faults.append(refuses_marks("incidents/"))


def a_day_that_is_published_by_hand(world: World) -> None:
    uploaded(world)
    world.jobs[OUTPUT.name] = [jobs.failing("OUTPUT_FAILED: sem permissão")]
    world.run(START)
    world.account.clock.pass_s(ROUND)
    world.publish(
        {
            "--input_path": f"s3://intermediate/{DAY}/divergences.parquet",
            "--output_path": f"s3://output/{DAY}/divergencias.parquet",
        }
    )
    world.account.faults.append(refuses_marks("incidents/"))


@pytest.mark.parametrize(
    ("play", "codes"),
    [
        (an_end_that_nobody_heard_of, {"ALARM"}),
        (an_end_of_a_day, {"E_HEADER"}),
        (a_published_day, {"SUCCEEDED"}),
        (a_file_that_did_not_come, {"NO_FILE"}),
        (an_alert_that_was_kept, {"INVALID_INPUT"}),
        (a_reminder, {"E_S3_KEY"}),
        (a_day_that_is_published_by_hand, {"SUCCEEDED"}),
    ],
)
def test_nobody_is_told_over_and_over(world: World, play: Any, codes: set[str]) -> None:
    """At most once while S3 takes no mark, which the watchdog's own alarm says; and once it does again."""
    play(world)
    faults = [fault for fault in world.account.faults if "marks" in fault.__qualname__]
    watch_for(world, 2 * HOUR)
    assert set(Counter(alert["body"]["id"] for alert in world.account.alerts).values()) <= {1}
    assert any("failed" in answer.get(WATCHDOG.name, {}) for answer in world.answers)
    for fault in faults:
        world.account.faults.remove(fault)
    watch_for(world, 2 * ROUND)
    assert codes <= {alert["body"]["codigo"] for alert in world.account.alerts}
    assert max(Counter(alert["body"]["id"] for alert in world.account.alerts).values()) <= 2
