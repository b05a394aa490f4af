"""A day cut at three moments, each resumed to the uninterrupted result; `make faults` does so at fifty."""

from datetime import date

import pytest

from local.generated_day import GeneratedDay
from tests.faults.cuts import Cut, Cuttable, cuttable
from tests.faults.stack import Hurt

pytestmark = pytest.mark.stack
CUTS = (
    Cut("prazo", share=0.5),
    Cut("stop", mark="partição 5"),
    Cut("prazo", share=1.0),
)


@pytest.fixture(scope="module")
def uncut(hurt: Hurt) -> Cuttable:
    """Before all other days of the stack: beside their 2,000 lines it would be an abnormal one."""
    return cuttable(hurt, GeneratedDay(20_000, date(2026, 5, 2)))


@pytest.mark.parametrize("cut", CUTS, ids=lambda cut: f"{cut.kind} {cut.mark or cut.share}")
def test_a_cut_run_resumed_is_the_uninterrupted_one(uncut: Cuttable, cut: Cut) -> None:
    row = uncut.cut(cut, again=cut.kind == "stop")
    assert row.is_equal, row
    assert row.breaches == [], row
