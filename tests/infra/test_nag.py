"""cdk-nag's packs: every reason has its finding, and a finding without one fails the synth."""

from pathlib import Path

import pytest

from infra import nag
from infra.settings import Settings
from tests.infra.conftest import Synth
from tests.infra.nag_report import reports
from tests.infra.template import Template


def answered(folder: Path) -> set[tuple[str, str, str]]:
    """Each finding that has a reason: the pack, where the reason stands below its stack, and the rule."""
    return {
        (
            pack,
            item["acknowledgedAt"].partition("/")[2],
            item["acknowledgedId"].removeprefix(f"{pack}::{pack}-"),
        )
        for pack, report in reports(folder).items()
        for item in report["suppressedViolations"]
        if pack in nag.PACKS
    }


def test_every_reason_has_its_finding(template: Template, synth: Synth) -> None:
    """That every finding has a reason is seen in each form (test_forms.py)."""
    found = answered(template.folder) | answered(synth(engine="mysql").folder)
    wide = {f"IAM5[Resource::{pattern}]" for pattern, _ in nag.patterns(Settings())}
    of_solutions = {(path, rule) for pack, path, rule in found if pack == "AwsSolutions"}
    assert {rule for path, rule in of_solutions if not path} >= {*nag.RULES, *wide}
    assert {path for path, _ in of_solutions} == {"", *nag.UNROTATED, *nag.EVERYWHERE}
    of_pci = {(path, rule) for pack, path, rule in found if pack == "PCI.DSS.321"}
    assert of_pci == {(path, rule) for path, reasons in nag.REGULATED.items() for rule in reasons}


def test_a_finding_without_a_reason_fails_the_synth(synth: Synth, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(nag.RULES, "RDS11")
    with pytest.raises(RuntimeError, match="Database/Instance"):
        synth(workers=3)  # a form that nobody else has made
