"""A day cut at six moments, each resumed to the uninterrupted result; `make faults` does so at fifty."""

from datetime import date

import pytest

from local.days import Day
from tests.faults.cuts import Cut, Cuttable, cuttable
from tests.faults.stack import Hurt

pytestmark = pytest.mark.stack
SHARES = (("prazo", 0.1), ("stop", 0.3), ("kill", 0.45), ("prazo", 0.6), ("stop", 0.8), ("prazo", 1.0))


@pytest.fixture(scope="module")
def uncut(hurt: Hurt) -> Cuttable:
    return cuttable(hurt, Day(20_000, date(2026, 5, 18)))


@pytest.mark.parametrize(("kind", "share"), SHARES)
def test_a_cut_run_resumed_is_the_uninterrupted_one(uncut: Cuttable, kind: str, share: float) -> None:
    row = uncut.cut(Cut(kind, max(0.5, share * uncut.fresh_s)), again=kind == "stop")
    assert row.is_equal, row
    assert row.breaches == [], row
