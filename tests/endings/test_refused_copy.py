"""S3 refuses the copy for good, and the day is PUBLISHING: by a policy, or for a right that is gone."""

from typing import Any

from botocore.exceptions import ClientError

from infra.functions import WATCHDOG
from reconciliation.bounded_json import parse_object
from tests.endings import jobs
from tests.endings.scenarios import DAY, START, uploaded
from tests.endings.world import World, opened


def refused(service: str, operation: str, _: dict[str, Any]) -> None:
    if (service, operation) == ("s3", "CopyObject"):
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "by a policy"}}, operation)


def state_of_day(world: World) -> str:
    return str(parse_object(world.account.get(f"s3://checkpoints/days/{DAY}.json"))["state"])


def a_round(world: World) -> Any:
    """Of the watchdog, its answer."""
    world.account.clock.pass_s(300)
    world.watch()
    return world.answers[-1][WATCHDOG.name]


def test_the_day_is_held_and_people_are_told_until_s3_copies_again() -> None:
    """CloseRun and the watchdog fail, which rings (tests/infra/test_alarms.py); nothing is given up."""
    with opened(jobs.USUAL) as world:
        uploaded(world)
        world.account.faults.append(refused)
        run = world.run(START)
        assert (run.status, run.error, run.entered[-1]) == ("FAILED", "ClientError", "CloseRun")
        assert "AccessDenied" in str(run.cause)
        assert "AccessDenied" in a_round(world)["message"]
        assert "AccessDenied" in a_round(world)["message"]
        (told,) = world.account.alerts
        assert (told["body"]["codigo"], state_of_day(world)) == ("ALARM", "PUBLISHING")
        world.account.faults.clear()
        assert a_round(world)["closed"] == [DAY]
        assert state_of_day(world) == "PUBLISHED"
        codes = [alert["body"]["codigo"] for alert in world.account.alerts]
        assert codes == ["ALARM", "SUCCEEDED", "REPORT_FAILED"]
