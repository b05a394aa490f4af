"""The steps of a run's life over objects in memory: thousands of calls take a second."""

from datetime import timedelta
from typing import Any

from reconciliation import layout
from reconciliation.adapters.alert_marks import AlertMarks
from reconciliation.adapters.store import Store
from reconciliation.documents.run_document import RunDocument
from reconciliation.lifecycle.opening import Start
from reconciliation.lifecycle.standing import Shelf
from reconciliation.lifecycle.telling import Teller
from tests.functions.world import DAY, GOOD, KEY, NOW, SETTINGS, World
from tests.memory_s3 import MemoryS3

STARTED = NOW + timedelta(minutes=10)
"""When the execution began that asks; the one that is dead began at NOW."""


class Services:
    """Glue without a run, CloudWatch that takes every number, and the codes of what SNS was given."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def of(self, *_: Any) -> list[Any]:
        return []

    def publish(self, body: dict[str, Any], _: dict[str, str]) -> None:
        self.told.append(body["codigo"])

    def put_times(self, *_: Any) -> None: ...


def in_memory(s3: MemoryS3, services: Services) -> World:
    """The steps over objects in memory, with a file uploaded."""
    world = World(SETTINGS)
    world.store = Store(s3)
    world.runs = world.metrics = world.subscriptions = services
    world.alarms = world.business_topic = services
    world.teller = Teller(
        topic=services,
        incidents=world.incidents,
        marks=AlertMarks(world.store, SETTINGS.checkpoints_bucket),
        deployment=SETTINGS.deployment,
        state_machine_arn=SETTINGS.state_machine_arn,
        output_bucket=SETTINGS.output_bucket,
        standing=Shelf(world.store, world.days, SETTINGS.output_bucket).of,
        response_minutes={},
        reference_day_offset=SETTINGS.rules.reference_day_offset,
    )
    upload(s3, "v1")
    return world


def upload(s3: MemoryS3, version_id: str) -> None:
    Store(s3).put(layout.upload("ingress", DAY, "input.csv"), GOOD)
    s3.objects["ingress", KEY]["VersionId"] = version_id


def left_behind(world: World) -> RunDocument:
    """A run whose execution is over; it holds the day."""
    start = Start(
        given={"s3_key": KEY}, execution_arn="dead", started=NOW, closed_before=0, clock=lambda: NOW
    )
    opened = world.opening.open(start)
    assert isinstance(opened, RunDocument)
    return opened
