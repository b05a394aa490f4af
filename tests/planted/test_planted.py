"""One day of each kind; many of each, with seeds of their own: `python -m tests.planted`."""

import pytest

from tests.planted.judging import ordinary, planted
from tests.planted.ordinary import SORTS
from tests.planted.plants import PLANTS


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_cause_is_named(name: str) -> None:
    judged = planted(f"test/{name}", name)
    assert judged.is_right, judged.told()


@pytest.mark.parametrize("sort", SORTS)
def test_an_ordinary_day_has_no_cause(sort: str) -> None:
    judged = ordinary(f"test/{sort}", sort)
    assert judged.is_right, judged.told()
