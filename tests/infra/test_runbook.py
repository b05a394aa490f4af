"""What the runbook names is in the template, and a deployment's runbook has the deployment's names."""

import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from infra import runbook
from infra.runbook import names_in, render, rendered, words_of
from infra.runbook_html import document
from infra.settings import Settings
from reconciliation.errors import FAILURES
from reconciliation.runbook import ACCOUNT_MARK, BEGIN_MARK, anchor_of
from reconciliation.runbook import names as objects
from tests.infra.conftest import Synth
from tests.infra.template import Template
from tests.runbooks.pages import blocks, commands, pages

DEV: dict[str, Any] = {"suffix": "-dev", "region": "us-east-1", "email_operations": "ops@dev.example"}


@pytest.mark.parametrize("page", [page for page in pages() if page != "diferencas.md"])
def test_every_name_is_the_templates(template: Template, page: str) -> None:
    """In commands and in prose; the page of differences also quotes what is wrong."""
    assert names_in(pages()[page]) - names(template) <= runbook.UNSUFFIXED


def test_a_deployments_names_are_its_templates(synth: Synth) -> None:
    """And a name that carries no suffix there is given none."""
    text = "\n".join(text for page, text in pages().items() if page != "diferencas.md")
    words = words_of(Settings(**DEV), "210987654321", text)
    ours = {words[name] for name in names_in(text) - runbook.UNSUFFIXED}
    there = names(synth(**DEV))
    assert ours - there == set()
    assert there >= runbook.UNSUFFIXED


def names(template: Template) -> set[str]:
    """Every name that a resource, an inline policy or an alarm has, the dashboard's among them."""
    assert template.quicksight
    found = set()
    for properties in (*template.resolved.values(), *template.quicksight.resolved.values()):
        found |= {value for value in properties.values() if isinstance(value, str)}
        found |= {policy["PolicyName"] for policy in properties.get("Policies", [])}
    return found


def test_a_deployments_pages_have_its_names() -> None:
    text = (
        "aws s3 ls s3://reconciliation-output/2026/ reconciliation-job, reconciliation-output-job"
        " arn:aws:states:REGION:ACCOUNT:stateMachine:reconciliation-state-machine reconciliation-dataset"
        " /aws/lambda/reconciliation-trigger ReconciliationGlueRole ops-conciliacao@empresa.com ACCOUNT=1"
        " --policy-name s3-read policy/s3-write-policy --namespace Reconciliation"
    )
    assert render(text, words_of(Settings(**DEV), "210987654321", text)) == (
        "aws s3 ls s3://reconciliation-output-dev/2026/ reconciliation-job-dev, reconciliation-output-job-dev"
        " arn:aws:states:us-east-1:210987654321:stateMachine:reconciliation-state-machine-dev"
        " reconciliation-dataset-dev /aws/lambda/reconciliation-trigger-dev ReconciliationGlueRole-dev"
        " ops@dev.example ACCOUNT=1 --policy-name s3-read policy/s3-write-policy-dev"
        " --namespace Reconciliation"
    )


def test_commands_have_the_engines_port() -> None:
    text = '{"port": 5432} --port 5432'
    words = words_of(Settings(engine="mysql"), "210987654321", text)
    assert render(text, words) == '{"port": 3306} --port 3306'


def test_the_usual_deployments_pages_are_these() -> None:
    text = "\n".join(pages().values())
    words = words_of(Settings(), "123456789012", text)
    assert {name for name, value in words.items() if name != value} == {"REGION", "ACCOUNT"}


def test_the_suppliers_contact_is_the_deployments() -> None:
    page = rendered(Settings(supplier_contact="Bia, bia@fornecedor.example, +55 11 0000-0000"), "1" * 12)
    row = "**Fornecedor** | Bia, bia@fornecedor.example, +55 11 0000-0000 |"
    assert row in page["3-contatos-e-escalonamento.md"]


def test_a_confirmation_is_asked_for_with_the_templates_filter(template: Template, tmp_path: Path) -> None:
    """SNS refuses other attributes of a subscription that is there, and takes them of one that is not."""
    there = {
        (item["TopicArn"].strip("{}"), item["Endpoint"], json.dumps(item.get("FilterPolicy")))
        for item in template.of("AWS::SNS::Subscription").values()
        if item["Protocol"] == "email"
    }
    asked = set()
    for block in blocks("bash"):
        for argv in commands(block, tmp_path) if "sns subscribe" in block.text else ():
            given = dict(pairwise(argv))
            wanted = json.loads(given.get("--attributes", '{"FilterPolicy": "null"}'))["FilterPolicy"]
            topic = given["--topic-arn"].rpartition(":")[2]
            asked.add((topic, given["--notification-endpoint"], json.dumps(json.loads(wanted))))
    assert asked == there


class Seen(HTMLParser):
    """Ids, links to them, and whatever would be fetched from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids += [given["id"]] if given.get("id") else []
        self.links += [given["href"]] if tag == "a" and given.get("href") else []
        self.fetched += [tag] if tag in ("link", "img", "iframe") or "src" in given else []

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def page() -> Seen:
    seen = Seen()
    seen.feed(document(rendered(Settings(**DEV), ACCOUNT_MARK)))
    return seen


def test_every_link_stays_in_the_page(page: Seen) -> None:
    """A lone object, opened by a signed address of the console's: what it would link to has none."""
    assert page.fetched == []
    assert len(set(page.ids)) == len(page.ids)
    assert [link for link in page.links if not link.startswith("#") or link[1:] not in page.ids] == []
    assert len(page.links) > len(FAILURES)


@pytest.mark.parametrize("name", objects())
def test_an_object_begins_at_a_place_of_the_page(page: Seen, name: str) -> None:
    assert anchor_of(name) in page.ids


def test_the_page_has_all_that_the_pages_have(page: Seen) -> None:
    """Each block to copy as it is written, with the deployment's names."""
    for text in rendered(Settings(**DEV), ACCOUNT_MARK).values():
        for block in re.findall(r"^```\w+\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
            assert block in page.text
    assert "reconciliation-state-machine-dev" in page.text
    assert BEGIN_MARK in page.text
    assert "☐ Verificar execução" in page.text
