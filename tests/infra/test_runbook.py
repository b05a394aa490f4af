"""What the runbook names is in the template, and a deployment's runbook has the deployment's names."""

import re
from typing import Any

import pytest

from infra.runbook import render, words_of
from infra.settings import Settings
from tests.infra.conftest import Synth
from tests.infra.template import Template
from tests.runbooks.pages import pages

_NAME = re.compile(r"(?<![\w.-])(?:reconciliation|Reconciliation|test-rds|glue-sg|s3-)[\w-]*\w")
NOT_OF_THE_TEMPLATE = {"Reconciliation"}
"""The metrics' namespace."""


@pytest.mark.parametrize("page", [page for page in pages() if page != "diferencas.md"])
def test_every_name_is_the_templates(template: Template, page: str) -> None:
    """In commands and in prose; the page of differences also quotes what is wrong."""
    assert template.quicksight
    known = names(template) | names(template.quicksight)
    named = {found[0] for found in _NAME.finditer(re.sub("<a id=[^>]*>", "", pages()[page]))}
    assert named - known - NOT_OF_THE_TEMPLATE == set()


def raws(template: Template) -> list[dict[str, Any]]:
    assert template.quicksight
    return [template.raw, template.quicksight.raw]


def names(template: Template) -> set[str]:
    """Every name that a resource, an inline policy or an alarm has."""
    found = set()
    for properties in template.resolved.values():
        found |= {value for value in properties.values() if isinstance(value, str)}
        found |= {policy["PolicyName"] for policy in properties.get("Policies", [])}
    return found


def test_a_deployments_pages_have_its_names(synth: Synth) -> None:
    given: dict[str, Any] = {"suffix": "-dev", "region": "us-east-1", "email_operations": "ops@dev.example"}
    words = words_of(Settings(**given), "210987654321", raws(synth(**given)))
    text = render(
        "aws s3 ls s3://reconciliation-output/2026/ reconciliation-job, reconciliation-output-job"
        " arn:aws:states:REGION:ACCOUNT:stateMachine:reconciliation-state-machine reconciliation-dataset"
        " /aws/lambda/reconciliation-trigger ReconciliationGlueRole ops-conciliacao@empresa.com ACCOUNT=1",
        words,
    )
    assert text == (
        "aws s3 ls s3://reconciliation-output-dev/2026/ reconciliation-job-dev, reconciliation-output-job-dev"
        " arn:aws:states:us-east-1:210987654321:stateMachine:reconciliation-state-machine-dev"
        " reconciliation-dataset-dev /aws/lambda/reconciliation-trigger-dev ReconciliationGlueRole-dev"
        " ops@dev.example ACCOUNT=1"
    )


def test_commands_have_the_engines_port() -> None:
    port = words_of(Settings(engine="mysql"), "210987654321", [])
    assert render('{"port": 5432} --port 5432', port) == '{"port": 3306} --port 3306'


def test_the_usual_deployments_pages_are_these(template: Template) -> None:
    words = words_of(Settings(), "123456789012", raws(template))
    changed = {name for name, value in words.items() if name != value}
    assert changed == {"REGION", "ACCOUNT"}
