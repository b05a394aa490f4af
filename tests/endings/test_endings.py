"""Every way for a run to end: its objects, alerts, metrics and the execution's own end are as they were kept.

`python -m tests.endings.record` writes them anew.
"""

import json

import pytest

from reconciliation.errors import FAILURES
from tests.endings.catalogue import SCENARIOS
from tests.endings.recording import FIXTURES, path_of, record


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_run_ends_as_it_was_kept(name: str) -> None:
    kept = json.loads(path_of(name).read_text(encoding="utf-8"))
    assert json.loads(json.dumps(record(SCENARIOS[name]))) == kept


def test_every_fixture_is_a_scenario_s() -> None:
    assert {path.stem for path in FIXTURES.glob("*.json")} == set(SCENARIOS)


def test_every_code_of_the_catalogue_is_told_in_one_of_them() -> None:
    kept = [json.loads(path.read_text(encoding="utf-8")) for path in FIXTURES.glob("*.json")]
    told = {alert["attributes"]["codigo"] for one in kept for alert in one["alerts"]}
    ended = {execution.get("error") for one in kept for execution in one["executions"]}
    assert set(FAILURES) <= told | ended
