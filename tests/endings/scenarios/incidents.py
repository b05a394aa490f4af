"""An incident's whole way, and what was kept for people until SNS took it."""

from infra.functions import INCIDENT
from tests.endings.account import refuses
from tests.endings.scenarios import DAY, KEY, START, scenario, upload, uploaded
from tests.endings.world import World


@scenario
def an_incident_is_taken_over(world: World) -> None:
    """A bad file, a reminder, somebody who takes it over, and the file that ends it."""
    upload(world, b"a;b\n1;2\n")
    world.run(START)
    world.account.clock.pass_s(900)
    world.watch()
    world.ask(INCIDENT, {"dia": DAY, "assumido_por": "ana"})
    world.account.clock.pass_s(900)
    world.watch()
    world.uploaded(KEY, uploaded(world))
    world.run_started()


@scenario
def no_incident_to_take_over(world: World) -> None:
    """Nothing is open of that day."""
    world.ask(INCIDENT, {"dia": DAY, "assumido_por": "ana"})


@scenario
def what_sns_would_not_take_is_told_later(world: World) -> None:
    """A wrong key and a refusal, of which no day is held."""
    world.account.faults.append(refuses("sns", "Publish", times=3))
    world.uploaded("16-02-2026/input.csv", "1")
    world.run({**START, "forse": True})
    world.watch()
    world.watch()
