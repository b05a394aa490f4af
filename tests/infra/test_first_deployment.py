"""What AWS would refuse at the first deployment, or at its repetition, and the emulation takes."""

import json
import re

import pytest

from tests.infra.conftest import Synth
from tests.infra.template import Template


def test_each_log_groups_arn_ends_in_one_star(template: Template) -> None:
    """Of all but one: the jobs' rights name Glue's groups by their beginning.

    `GetAtt Arn` has its star already, and the CDK adds another to an ARN it is given; Step Functions wants
    exactly one (aws-cloudformation/cloudformation-coverage-roadmap#206, aws/aws-cdk#8137).
    """
    texts = json.dumps(template.resolved)
    arns = set(re.findall(r'arn:aws:logs:[^"]*:log-group:([^"]+)', texts)) - {"/aws-glue/*"}
    assert "{/aws/vendedlogs/states/reconciliation-state-machine}:*" in arns
    assert [arn for arn in arns if not re.fullmatch(r"[^:]+:\*", arn)] == []


def test_what_a_failed_creation_made_goes_and_data_in_use_stays(template: Template) -> None:
    """RetainExceptOnCreate; plain Retain leaves names that the next try finds taken."""
    policies = {
        name: (item.get("DeletionPolicy"), item.get("UpdateReplacePolicy"))
        for name, item in template.raw["Resources"].items()
        if item["Type"] in ("AWS::S3::Bucket", "AWS::KMS::Key")
    }
    assert set(policies.values()) == {("RetainExceptOnCreate", "Retain")}
    assert "Retain" not in {item.get("DeletionPolicy") for item in template.raw["Resources"].values()}


def test_a_workgroup_with_a_history_can_be_deleted(template: Template) -> None:
    """Athena's DeleteWorkGroup refuses one that holds queries, unless it is asked so."""
    assert template.of("AWS::Athena::WorkGroup")["reconciliation"]["RecursiveDeleteOption"] is True


def test_the_database_is_protected_but_for_its_first_deployment(template: Template, synth: Synth) -> None:
    """CloudFormation cannot roll a protected instance back."""
    first = synth(protect_database=False)
    protected = [
        item.of("AWS::RDS::DBInstance")["reconciliation-db"]["DeletionProtection"]
        for item in (template, first)
    ]
    assert protected == [True, False]


OWNERS = {"postgres": 63, "mysql": 16}
"""Longest MasterUsername: the schema of AWS::RDS::DBInstance, by engine."""


@pytest.mark.parametrize("engine", OWNERS)
def test_the_owners_name_is_one_that_the_engine_takes(synth: Synth, engine: str) -> None:
    owner = synth(engine=engine).of("AWS::RDS::DBInstance")["reconciliation-db"]["MasterUsername"]
    assert re.fullmatch(r"[A-Za-z]\w*", owner)
    assert len(owner) <= OWNERS[engine]
