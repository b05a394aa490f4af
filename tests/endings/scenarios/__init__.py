"""Every way for a run to end, each a function that plays it in a `World`: the names are the fixtures'."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from tests.endings.recording import Scenario
from tests.endings.world import World

DAY: Final = "2026-02-16"
KEY: Final = f"{DAY}/input.csv"
START: Final = {"s3_key": KEY}
HEADER: Final = "fornecedor_id;ordem_id;nome;ativo_id;data;valor"

SCENARIOS: Final[dict[str, Scenario]] = {}
"""By name; filled by the modules beside this one."""


def scenario(play: Scenario) -> Scenario:
    """The function's own name is the scenario's."""
    assert play.__name__ not in SCENARIOS
    SCENARIOS[play.__name__] = play
    return play


def family(name: str, play: Callable[..., None], **each: Any) -> None:
    """One scenario for each keyword, with its value as the second argument."""
    for which, value in each.items():
        member = partial(play, given=value)
        member.__doc__ = play.__doc__
        assert f"{name}_{which}" not in SCENARIOS
        SCENARIOS[f"{name}_{which}"] = member


def file_of(rows: int = 40, *, day: str = DAY, supplier: str = "F2") -> bytes:
    """A good file but for its last line, which is refused. Ten lines are the second supplier's."""
    lines = [
        f"{supplier if number >= rows - 11 else 'F1'};O{number};Ana;PETR4;{day};1.00"
        for number in range(rows - 1)
    ]
    return "\n".join([HEADER, *lines, f"F1;O{rows};Ana;PETR4;{day};x", ""]).encode()


def upload(world: World, body: bytes, s3_key: str = KEY) -> str:
    """The version."""
    return world.account.put(f"s3://ingress/{s3_key}", body)


def uploaded(world: World, rows: int = 40, s3_key: str = KEY) -> str:
    """The version."""
    return upload(world, file_of(rows, day=s3_key[:10]), s3_key)


def whole_day(world: World, rows: int = 40) -> None:
    """The day is published by its first execution."""
    uploaded(world, rows)
    world.run(START)
