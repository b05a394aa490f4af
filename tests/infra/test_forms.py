"""The template in every form: CloudFormation's schemas, the packs of rules, each service's limits."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import ManualArgs, lint

from infra import nag
from infra.app import ROOT
from infra.settings import Settings, context_of
from tests.infra import guard, limits
from tests.infra.conftest import Synth
from tests.infra.forms import FORMS, NAMED, union
from tests.infra.nag_report import violations
from tests.infra.template import Template, named, templates

EVERY = {**FORMS, **NAMED}
EACH_FORM = pytest.mark.parametrize("form", EVERY)
LINTED_OTHERWISE = {
    "W3010": nag.VALIDATED["W3010"],
    "W3005": "the CDK names a dependency that a reference makes too",
    "E3601": "this linter knows no OutputPath of Succeed; the States Language has it, and statelint agrees",
}


@EACH_FORM
def test_no_rule_of_a_pack_has_an_unanswered_finding(synth: Synth, form: str) -> None:
    assert violations(synth(**EVERY[form]).folder) == []


@EACH_FORM
def test_each_service_takes_what_it_is_given(synth: Synth, form: str) -> None:
    for template in templates(synth(**EVERY[form])):
        assert list(limits.exceeded(template)) == []
        assert len(template.raw["Resources"]) <= limits.TEMPLATE_RESOURCES
        assert len(json.dumps(template.raw, indent=1)) <= limits.TEMPLATE_BYTES


@EACH_FORM
def test_the_engine_takes_the_readers_name(synth: Synth, form: str) -> None:
    """An imported one's has a name already."""
    secrets = [
        item["GenerateSecretString"]
        for item in synth(**EVERY[form]).of("AWS::SecretsManager::Secret").values()
        if "GenerateSecretString" in item
    ]
    assert len(secrets) == (EVERY[form].get("database") != "import")
    for secret in secrets:
        known = json.loads(secret["SecretStringTemplate"])
        pattern, source = limits.READERS[known["engine"]]
        assert re.fullmatch(pattern, known["username"], re.ASCII), source


def test_every_name_has_its_limit_and_every_limit_is_of_something(synth: Synth) -> None:
    every = [item for settings in EVERY.values() for item in templates(synth(**settings))]
    of_limits = {(limit.kind, limit.path.split(".")[0]) for limit in limits.LIMITS}
    of_resources = {pair for template in every for pair in named(template.raw)}
    assert of_resources - of_limits == set()
    used = {limit for template in every for limit, _ in limits.limited(template)}
    assert [limit.path for limit in limits.LIMITS if limit not in used] == []


def found(template: str) -> list[str]:
    """What the linter says for the region that the checkout deploys to."""
    region = Settings.from_context(context_of(ROOT)).region
    arguments = ManualArgs(regions=[region], ignore_checks=list(LINTED_OTHERWISE))
    return [str(match) for match in lint(template, config=arguments)]


def test_cloudformation_knows_every_property_of_every_form(synth: Synth) -> None:
    """All at once, what they share once: each alone would take the linter a minute.

    Only there do two forms' resources of one name stand beside each other (E3019).
    """
    said = found(union(item for settings in FORMS.values() for item in templates(synth(**settings))))
    assert [match for match in said if not re.search(r"^\[E3019.*Of\d", match)] == []


def test_every_finding_of_guard_has_a_reason_and_every_reason_a_finding(synth: Synth, tmp_path: Path) -> None:
    every = union(item for settings in FORMS.values() for item in templates(synth(**settings)))
    broken, kept = guard.judged(every, tmp_path)
    assert broken == {(rule, name) for rule, (names, _) in guard.REASONS.items() for name in names}
    assert len(kept) >= 20


def test_a_wrong_property_is_seen(template: Template) -> None:
    resources = template.raw["Resources"]
    (job, *_) = (item for item in resources.values() if item["Type"] == "AWS::Glue::Job")
    broken: dict[str, Any] = {**job, "Properties": {**job["Properties"], "WorkerKind": "G.1X"}}
    assert any("WorkerKind" in match for match in found(json.dumps({"Resources": {"Job": broken}})))
