"""What a day's incident is looked at by, in process."""

import json
from typing import Any

from infra.functions import INCIDENT
from tests.endings.scenarios import DAY, KEY, uploaded
from tests.endings.world import World

HOUR, ROUND = 3600, 300
WRONG_KEY = "16-02-2026/input.csv"
DOWN = ("sns", "Publish")


def told(world: World) -> list[tuple[str, str | None]]:
    """Subject and state of each message so far."""
    return [
        (alert["subject"], (alert["body"]["incidente"] or {}).get("estado")) for alert in world.account.alerts
    ]


def states(world: World) -> list[tuple[str, str | None]]:
    return [
        (alert["body"]["codigo"], (alert["body"]["incidente"] or {}).get("estado"))
        for alert in world.account.alerts
    ]


def watch_for(world: World, seconds: int) -> None:
    """The watchdog's rounds; the last one at the end of that time."""
    for _ in range(seconds // ROUND):
        world.account.clock.pass_s(ROUND)
        world.watch()


def incident(world: World, key: str = DAY) -> dict[str, Any]:
    return dict(json.loads(world.account.get(f"s3://checkpoints/incidents/{key}.json")))


def ask(world: World, **given: Any) -> dict[str, Any]:
    world.ask(INCIDENT, given)
    return dict(world.answers[-1][INCIDENT.name])


def corrected(world: World) -> None:
    """Playbook 2.1: the corrected file comes, and starts the day by itself."""
    world.uploaded(KEY, uploaded(world))
    world.run_started()
