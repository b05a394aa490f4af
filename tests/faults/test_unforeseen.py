"""A short campaign: days whose faults were drawn, alone and in pairs. `make chaos` plays as many as told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.lane import lane
from tests.chaos.plan import draw
from tests.chaos.proxy import Proxy
from tests.chaos.runner import play
from tests.faults.stack import Hurt

pytestmark = pytest.mark.stack
DRAWN = ((70, 0), (73, 1))
"""Seed and run: what a person mends, who comes hours late; and a pair."""


@pytest.fixture(scope="module")
def proxy(hurt: Hurt) -> Iterator[Proxy]:
    with lane(hurt) as made:
        yield made


@pytest.mark.parametrize(("seed", "run"), DRAWN)
def test_a_day_with_drawn_faults_ends_as_it_must(
    hurt: Hurt, proxy: Proxy, tmp_path: Path, seed: int, run: int
) -> None:
    plan = draw(seed, run)
    came, _ = play(plan, hurt, proxy, tmp_path / "desk")
    assert came.breaks == [], f"make chaos SEED={seed} FROM={run} RUNS=1: {came}"
    assert came.met == [each.fault for each in plan.drawn], f"a fault that nobody met shows nothing: {came}"
