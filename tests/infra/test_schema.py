"""The template against CloudFormation's own schemas of the resources."""

import json

from cfnlint.api import ManualArgs, lint

from tests.infra.template import REGION, Template

IGNORED = {
    "W3005": "the CDK names a dependency that a reference makes too",
    "E3601": "this linter knows no OutputPath of Succeed; the States Language has it, and statelint agrees",
}


def test_cloudformation_knows_every_property(template: Template) -> None:
    arguments = ManualArgs(regions=[REGION], ignore_checks=list(IGNORED))
    assert [str(match) for match in lint(json.dumps(template.raw), config=arguments)] == []


def test_a_wrong_property_is_seen(template: Template) -> None:
    resources = template.raw["Resources"]
    (data_set,) = (item for item in resources.values() if item["Type"] == "AWS::QuickSight::DataSet")
    broken = {**data_set, "Properties": {**data_set["Properties"], "ImportModus": "SPICE"}}
    found = lint(json.dumps({"Resources": {"DataSet": broken}}), config=ManualArgs(regions=[REGION]))
    assert any("ImportModus" in match.message for match in found)
