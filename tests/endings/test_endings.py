"""Every way for a run to end: its objects, alerts, metrics and the execution's own end are as they were kept.

`python -m tests.endings.record` writes them anew.
"""

import json

import pytest

from local.aws.policies import like
from reconciliation.errors import FAILURES
from tests.endings.asked import RIGHTS
from tests.endings.catalogue import SCENARIOS
from tests.endings.recording import FIXTURES, path_of, record
from tests.rights import kept

ran: set[str] = set()


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_run_ends_as_it_was_kept(name: str) -> None:
    kept = json.loads(path_of(name).read_text(encoding="utf-8"))
    assert json.loads(json.dumps(record(SCENARIOS[name]))) == kept
    ran.add(name)


def test_what_they_ask_for_is_kept_as_rights() -> None:
    """Nothing that is new, and nothing that is asked for no longer (`python -m tests.rights`)."""
    for name in set(SCENARIOS) - ran:  # asked for alone, or by another worker
        record(SCENARIOS[name])
    uses = [use.right for use in kept.read() if "endings" in use.seen]
    seen = {right: [like(right.resource, one[2]) for one in RIGHTS if one[:2] == right[:2]] for right in uses}
    assert [right for right in uses if not any(seen[right])] == []
    assert [one for one in RIGHTS if not any(one[:2] == it[:2] and like(it[2], one[2]) for it in uses)] == []


def test_every_fixture_is_a_scenario_s() -> None:
    assert {path.stem for path in FIXTURES.glob("*.json")} == set(SCENARIOS)


def test_every_code_of_the_catalogue_is_told_in_one_of_them() -> None:
    kept = [json.loads(path.read_text(encoding="utf-8")) for path in FIXTURES.glob("*.json")]
    told = {alert["attributes"]["codigo"] for one in kept for alert in one["alerts"]}
    ended = {execution.get("error") for one in kept for execution in one["executions"]}
    assert set(FAILURES) <= told | ended
