"""cdk-nag's AwsSolutions checks: every finding has its reason, every reason its finding."""

import json
from pathlib import Path
from typing import Any

import pytest

from infra import nag
from infra.settings import Settings
from tests.infra.conftest import Synth
from tests.infra.template import IMPORTED, Template


def report(folder: Path) -> dict[str, Any]:
    """Of cdk-nag; the CDK has checks of its own, which doubt the tests' made-up ids."""
    reports = json.loads((folder / "validation-report.json").read_text())["pluginReports"]
    (found,) = (item for item in reports if item["pluginName"] == "AwsSolutions")
    return dict(found)


def test_every_finding_has_a_reason_and_every_reason_a_finding(template: Template) -> None:
    found = report(template.folder)
    assert (found["pluginName"], found["violations"]) == ("AwsSolutions", [])
    answered = {
        item["acknowledgedId"].removeprefix("AwsSolutions::AwsSolutions-")
        for item in found["suppressedViolations"]
    }
    wide = {f"IAM5[Resource::{pattern}]" for pattern, _ in nag.patterns(Settings())}
    assert answered == {*nag.RULES, "SMG4", "IAM5[Resource::*]", *wide}
    places = {
        item["acknowledgedAt"].removeprefix("Reconciliation/") for item in found["suppressedViolations"]
    }
    assert places == {"Reconciliation", *nag.UNROTATED, *nag.EVERYWHERE}


@pytest.mark.parametrize(
    "settings",
    [
        {**IMPORTED, "engine": "mysql", "rotate_secret": False},
        {"quicksight": False, "suffix": "-dev", "remove_data": True, "multi_az": False},
    ],
    ids=["imported", "suffixed"],
)
def test_another_deployment_passes_too(synth: Synth, settings: dict[str, Any]) -> None:
    assert report(synth(**settings).folder)["violations"] == []


def test_a_finding_without_a_reason_fails_the_synth(synth: Synth, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(nag.RULES, "RDS11")
    with pytest.raises(RuntimeError, match="Database/Instance"):
        synth()
