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
SEED, RUNS = 21, (0, 1)


@pytest.fixture(scope="module")
def proxy(hurt: Hurt) -> Iterator[Proxy]:
    with lane(hurt) as made:
        yield made


@pytest.mark.parametrize("run", RUNS)
def test_a_day_with_drawn_faults_ends_as_it_must(hurt: Hurt, proxy: Proxy, tmp_path: Path, run: int) -> None:
    came, _ = play(draw(SEED, run), hurt, proxy, tmp_path / "desk")
    assert came.breaks == [], f"make chaos SEED={SEED} FROM={run} RUNS=1: {came}"
