"""The pages that are made from the code are as the code is now, and what they count is in the template."""

import re
from dataclasses import fields

import pytest

from infra import costs, documents
from infra.settings import Settings
from reconciliation.adapters.database import base_sql
from tests.infra.template import Template


@pytest.mark.parametrize("name", documents.pages())
def test_a_page_is_current(name: str) -> None:
    written = (documents.ROOT / "docs" / name).read_text()
    assert written == documents.pages()[name], "old: `make docs`"


def test_what_is_run_by_hand_takes_nothing_away() -> None:
    """Somebody runs the page from top to bottom."""
    statements = re.findall(r"^[A-Z]{3,}", documents.base_page(), re.MULTILINE)
    assert {"CREATE", "GRANT"} <= set(statements) <= {"CREATE", "GRANT", "SET", "ALTER"}
    for engine in ("postgres", "mysql"):
        assert set(documents.BY_HAND) - set(base_sql.statements(engine)) <= {"criar_extensao"}


def test_what_is_billed_is_what_is_deployed(template: Template) -> None:
    for kind in ("AWS::KMS::Key", "AWS::CloudWatch::Dashboard"):
        assert len(template.of(kind)) == 1
    assert abs(len(template.of("AWS::CloudWatch::Alarm")) - costs.ALARMS) <= 5
    assert len(template.of("AWS::SecretsManager::Secret")) + 1 == costs.SECRETS  # and RDS's own, the owner's
    endpoints = template.of("AWS::EC2::VPCEndpoint").values()
    interfaces = [endpoint for endpoint in endpoints if endpoint["VpcEndpointType"] == "Interface"]
    assert [len(endpoint["SubnetIds"]) for endpoint in interfaces] == [costs.ZONES] * costs.ENDPOINTS


def test_a_bill_follows_its_settings() -> None:
    """By hand: two workers for 5 minutes, then for one, of one unit or two; two instances, or one."""

    def amounts(settings: Settings) -> dict[tuple[str, str], float]:
        return {(row.service, row.unit): row.month for row in costs.billed(settings)}

    whole = amounts(Settings())
    cheap = amounts(Settings(multi_az=False, worker_type="G.2X", quicksight=False))
    glue, instance = ("Glue", "DPU-hour"), ("RDS", "hour of db.r6g.large, postgres")
    assert (whole[glue], cheap[glue]) == (30 * (2 * 5 + 2) / 60, 30 * 2 * (2 * 5 + 2) / 60)
    assert (whole[instance], cheap[instance]) == (2 * 730, 730)
    assert "QuickSight" in {service for service, _ in whole}
    assert "QuickSight" not in {service for service, _ in cheap}


def test_what_moves_a_line_is_a_setting() -> None:
    named = {name for row in costs.billed(Settings()) for name in row.settings.split(", ") if name}
    assert named <= {item.name for item in fields(Settings)}
