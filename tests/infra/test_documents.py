"""The pages that are made from the code are as the code is now, and what they count is in the template."""

import pytest

from infra import costs, documents
from infra.settings import Settings
from tests.infra.template import Template


@pytest.mark.parametrize("name", documents.pages())
def test_a_page_is_current(name: str) -> None:
    written = (documents.ROOT / "docs" / name).read_text()
    assert written == documents.pages()[name], "old: `make docs`"


def test_what_is_billed_is_what_is_deployed(template: Template) -> None:
    for kind in ("AWS::KMS::Key", "AWS::CloudWatch::Dashboard"):
        assert len(template.of(kind)) == 1
    assert abs(len(template.of("AWS::CloudWatch::Alarm")) - costs.ALARMS) <= 5
    assert len(template.of("AWS::SecretsManager::Secret")) + 1 == costs.SECRETS  # and RDS's own, the owner's
    endpoints = template.of("AWS::EC2::VPCEndpoint").values()
    interfaces = [endpoint for endpoint in endpoints if endpoint["VpcEndpointType"] == "Interface"]
    assert [len(endpoint["SubnetIds"]) for endpoint in interfaces] == [costs.ZONES] * costs.ENDPOINTS


def test_a_bill_follows_its_settings() -> None:
    """By hand: 10 workers for 5 minutes and two for one, at 0.69; two instances and their disks, or one."""
    by_service = {cost.service: cost for cost in costs.costs(Settings())}
    assert by_service["Glue"].run == pytest.approx((10 * 5 + 2) / 60 * 0.69)
    assert by_service["RDS"].idle_month == pytest.approx(2 * (730 * 0.358 + 100 * 0.219))
    cheap = {
        cost.service: cost for cost in costs.costs(Settings(multi_az=False, workers=5, quicksight=False))
    }
    assert cheap["RDS"].month == pytest.approx(by_service["RDS"].month / 2)
    assert cheap["Glue"].run == pytest.approx((5 * 5 + 2) / 60 * 0.69)
    assert "QuickSight" not in cheap
