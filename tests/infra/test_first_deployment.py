"""What AWS would refuse at the first deployment, or at its repetition, and the emulation takes."""

import json
import re
from importlib.resources import files
from typing import Any

import pytest

from infra import runtime
from infra.app import ROOT
from tests.infra.conftest import Synth
from tests.infra.template import IMPORTED, Template


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


def test_the_functions_python_ends_when_aws_says(template: Template) -> None:
    """As of cfn-lint's copy of Lambda's list; a newer copy may have other days."""
    listed = json.loads(
        files("cfnlint.data.AdditionalSpecs").joinpath("LmbdRuntimeLifecycle.json").read_text()
    )
    ours = (runtime.DEPRECATED, runtime.NONE_MADE, runtime.NONE_CHANGED)
    said = [listed[runtime.NAME][name] for name in ("deprecated", "create-block", "update-block")]
    assert [str(day) for day in ours] == said, "infra/runtime.py, docs/limits.md"
    assert {made["Runtime"] for made in template.of("AWS::Lambda::Function").values()} == {runtime.NAME}


OWNERS = {"postgres": 63, "mysql": 16}
"""Longest MasterUsername: the schema of AWS::RDS::DBInstance, by engine."""


@pytest.mark.parametrize("engine", OWNERS)
def test_the_owners_name_is_one_that_the_engine_takes(synth: Synth, engine: str) -> None:
    owner = synth(engine=engine).of("AWS::RDS::DBInstance")["reconciliation-db"]["MasterUsername"]
    assert re.fullmatch(r"[A-Za-z]\w*", owner)
    assert len(owner) <= OWNERS[engine]


def of_linter(kind: str, engine: str) -> list[str]:
    """Versions of an engine in cfn-lint's copy of RDS's lists; `kind` is the list's file."""
    schemas = files("cfnlint.data.schemas.extensions.aws_rds_dbinstance")
    rules = json.loads(schemas.joinpath(kind).read_text())["allOf"]
    (rule,) = (item for item in rules if item["if"]["properties"]["Engine"].get("const") == engine)
    listed: Any = rule["if" if rule["then"] is False else "then"]["properties"]["EngineVersion"]["enum"]
    return [str(version) for version in listed]


@pytest.mark.parametrize(("engine", "major"), [("postgres", "16"), ("mysql", "8.4")])
def test_a_created_database_is_the_newest_minor_and_leaves_paid_support_out(
    synth: Synth, engine: str, major: str
) -> None:
    """RDS creates no old minor; MySQL 8.0 is past its standard support since 2026-07-31."""
    database = synth(engine=engine).of("AWS::RDS::DBInstance")["reconciliation-db"]
    minors = {
        int(v.rpartition(".")[2])
        for v in of_linter("engine_version.json", engine)
        if v.startswith(f"{major}.")
    }
    assert database["EngineVersion"] == f"{major}.{max(minors)}", "a new minor: infra/database.py"
    assert database["EngineVersion"] not in of_linter("engine_version_deprecated.json", engine)
    assert database["EngineLifecycleSupport"] == "open-source-rds-extended-support-disabled"


@pytest.mark.parametrize("settings", [{}, IMPORTED], ids=["created", "imported"])
def test_the_rotation_waits_for_its_permission_and_its_way(synth: Synth, settings: dict[str, Any]) -> None:
    """aws/aws-cdk#26481: made at the same time, two deployments in eighteen failed.

    Without rotating at once, Secrets Manager calls `testSecret` at once (RotateSecret, RotateImmediately): a
    function that reaches neither it nor the database would ring in a deployment that is all right.
    """
    resources = synth(**settings).raw["Resources"]
    (schedule,) = (i for i in resources.values() if i["Type"] == "AWS::SecretsManager::RotationSchedule")
    assert schedule["Properties"]["RotateImmediatelyOnUpdate"] is False
    permission = "secretsmanager.amazonaws.com"
    way = ("AWS::EC2::VPCEndpoint", "AWS::EC2::SecurityGroupEgress", "AWS::EC2::SecurityGroupIngress")
    needed = {
        key
        for key, item in resources.items()
        if item["Type"] in way or item.get("Properties", {}).get("Principal") == permission
    }
    assert len(needed) >= 3
    assert needed - set(schedule["DependsOn"]) == set()


@pytest.mark.parametrize("engine", OWNERS)
def test_the_first_checks_end_the_logs_that_others_make(synth: Synth, engine: str) -> None:
    """Glue's groups are the account's and RDS makes its own: all are kept for ever otherwise."""
    page = (ROOT / "docs" / "deploy.md").read_text()
    database = synth(engine=engine).of("AWS::RDS::DBInstance")["reconciliation-db"]
    assert "put-retention-policy" in page
    for group in (
        "/aws-glue/jobs/output",
        "/aws-glue/jobs/error",
        "/aws/rds/instance/reconciliation-db$SUFFIX/",
    ):
        assert group in page
    assert [kind for kind in database["EnableCloudwatchLogsExports"] if f"/{kind}" not in page] == []
