"""What is drawn is the seed's and the number's alone, and all faults have their turn."""

import json
import subprocess
import sys
from collections import Counter

import pytest

from local.place import CHECKOUT
from reconciliation.errors import FAILURES
from tests.chaos import campaign
from tests.chaos.catalogue import EVERY, FAULTS
from tests.chaos.moments import MOMENTS, START
from tests.chaos.plan import draw


def test_a_seed_and_a_number_repeat_their_run_in_another_process() -> None:
    """Whatever the order of sets is there."""
    script = "import json; from tests.chaos.plan import draw; print(json.dumps(draw(7, 41).to_dict()))"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=CHECKOUT,
        env={"PYTHONHASHSEED": "11"},
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout) == json.loads(json.dumps(draw(7, 41).to_dict()))
    assert draw(8, 41) != draw(7, 41)


def test_each_block_of_runs_has_every_fault_first_once_and_a_third_of_them_in_pairs() -> None:
    count = len(FAULTS)
    plans = [draw(3, run) for run in range(count, 2 * count)]
    assert Counter(plan.drawn[0].fault for plan in plans) == Counter(list(FAULTS))
    pairs = [plan for plan in plans if len(plan.drawn) == 2]
    assert 0.2 < len(pairs) / count < 0.5
    assert all(plan.drawn[0].fault != plan.drawn[1].fault for plan in pairs)
    assert sum(plan.is_real for plan in plans) >= count // 10
    assert len({plan.day for plan in plans}) == count


@pytest.mark.parametrize("fault", EVERY, ids=lambda fault: fault.name)
def test_a_fault_names_moments_and_codes_that_there_are(fault: object) -> None:
    known = FAULTS[fault.name]  # type: ignore[attr-defined]
    assert set(known.at) <= {START, *MOMENTS}
    assert known.ends | known.told <= set(FAILURES)
    assert not known.by_person or known.ends, "a person mends what was told"


def test_the_table_counts_what_came() -> None:
    line = {"run": 1, "commit": "c", "drawn": [{"fault": "A", "moment": "told"}], "made": ["A"], "met": ["A"],
            "ends": ["TIMEOUT", "SUCCEEDED"], "breaks": ["I3"], "is_real": True, "seconds": 5}  # fmt: skip
    pair = {
        **line,
        "run": 2,
        "met": [],
        "drawn": [*line["drawn"], {"fault": "B", "moment": "told"}],
        "breaks": [],
    }
    told = campaign.table([line, pair]).splitlines()
    assert told[2:] == ["| A | 1 | 1 | 2 | 1 | TIMEOUT 1, SUCCEEDED 1 | 1 |", "| B | 0 | 1 | 0 | 0 |  | 0 |"]
    assert campaign.in_short([line, pair]).startswith("2 runs, 1 of them pairs, 2 with real Spark")
