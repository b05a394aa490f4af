"""What is written in two places says the same: the machine, the jobs' options, the handlers' environment."""

import ast
import importlib
import json
import re
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, Final

import pytest

from glue_jobs import options
from infra import functions as fn
from infra import jobs as job
from infra.app import ROOT
from infra.machine import DEFINITION
from lambdas.context import Context
from reconciliation import layout
from reconciliation.config import Rules
from reconciliation.deployment import Deployment
from reconciliation.kernels import schemas
from reconciliation.lifecycle.settings import OWN, Settings
from tests import documents
from tests.database.certificates import issue
from tests.infra.conftest import Synth
from tests.infra.template import Template

OF_BASE = {*fn.DATABASE, *fn.OWNER}
DEFINITION_TEXT = (ROOT / DEFINITION).read_text()
OPTIONS = {
    job.VALIDATION: ("Validate", options.ValidationOptions),
    job.RECONCILIATION: ("Reconcile", options.ReconciliationOptions),
    job.OUTPUT: ("Publish", options.OutputOptions),
}
GLUES_OWN = {
    "--extra-py-files",
    "--additional-python-modules",
    "--python-modules-installer-option",
    "--job-language",
}


def machine_of(template: Template) -> dict[str, Any]:
    return template.of("AWS::StepFunctions::StateMachine")["reconciliation-state-machine"]


def test_the_template_has_the_definition_as_it_is_in_the_folder(template: Template) -> None:
    assert machine_of(template)["DefinitionString"] == DEFINITION_TEXT


def test_every_substitution_is_filled_and_used(template: Template) -> None:
    assert set(machine_of(template)["DefinitionSubstitutions"]) == set(
        re.findall(r"\$\{(\w+)\}", DEFINITION_TEXT)
    )


@pytest.mark.parametrize("spec", OPTIONS, ids=lambda spec: spec.module)
def test_a_job_gets_exactly_the_arguments_it_reads(template: Template, spec: job.JobSpec) -> None:
    state, kind = OPTIONS[spec]
    branch = json.loads(DEFINITION_TEXT)["States"]["ProcessWithDeadline"]["Branches"][0]
    by_machine = {name.removesuffix(".$") for name in branch["States"][state]["Parameters"]["Arguments"]}
    by_default = set(template.of("AWS::Glue::Job")[spec.name]["DefaultArguments"]) - GLUES_OWN
    assert by_machine | by_default == {f"--{field.name}" for field in fields(kind)} - {
        job.DATABASE_CA,
        job.READ_ENDPOINT,
    }
    assert not by_machine & by_default


def test_the_database_is_verified_where_a_bundle_is_given(synth: Synth, tmp_path: Path) -> None:
    template = synth(database_ca=str(issue(tmp_path).ca))
    given = template.of("AWS::Glue::Job")["reconciliation-job"]["DefaultArguments"][job.DATABASE_CA]
    assert job.DATABASE_CA.removeprefix("--") in {
        field.name for field in fields(options.ReconciliationOptions)
    }
    key = json.dumps(given).rpartition("/")[2].strip('"}')
    assert key.endswith(".pem")
    assert key in json.dumps(template.of("AWS::IAM::Role")["ReconciliationGlueRole"])


def test_no_secret_s_content_is_in_the_template(template: Template) -> None:
    """Its name travels: arguments, variables and definitions have many readers, and histories keep them."""
    kinds = ("AWS::Glue::Job", "AWS::Lambda::Function", "AWS::StepFunctions::StateMachine")
    shown = json.dumps([template.of(kind) for kind in kinds])
    assert "reconciliation-rds-credentials" in shown
    assert not re.search(r"resolve:secretsmanager|SecretString|SecretBinary", shown)


def test_an_upload_that_was_left_is_taken_away_from_every_bucket(template: Template) -> None:
    """In parts, that is: nothing else of an upload stands on S3 before it is whole."""
    for name, bucket in template.of("AWS::S3::Bucket").items():
        rules = bucket["LifecycleConfiguration"]["Rules"]
        of_all = [rule for rule in rules if not rule.get("Prefix")]
        days = [rule.get("AbortIncompleteMultipartUpload", {}).get("DaysAfterInitiation") for rule in of_all]
        assert 1 in days or name.endswith("access-logs"), name


def test_a_replica_is_read_where_the_deployment_names_one(synth: Synth) -> None:
    given = synth(read_endpoint="replica.example:5433").of("AWS::Glue::Job")
    assert given["reconciliation-job"]["DefaultArguments"][job.READ_ENDPOINT] == "replica.example:5433"
    assert job.READ_ENDPOINT not in given["reconciliation-validation-job"]["DefaultArguments"]


def test_the_output_job_needs_only_its_paths_by_hand(template: Template) -> None:
    """Runbook 2.4."""
    needed = {f"--{field.name}" for field in fields(options.OutputOptions) if field.default is MISSING}
    by_default = set(template.of("AWS::Glue::Job")["reconciliation-output-job"]["DefaultArguments"])
    assert needed - by_default == {"--input_path", "--output_path"}


SETTINGS = ROOT / "reconciliation" / "lifecycle" / "settings.py"


def of_environment(node: ast.AST) -> set[str]:
    """Names that are read from `os.environ` there, with a default or without."""
    names = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Subscript) and ast.unparse(part.value) == "os.environ":
            names |= {part.slice.value} if isinstance(part.slice, ast.Constant) else set()
        if isinstance(part, ast.Call) and ast.unparse(part.func) == "os.environ.get":
            names.add(ast.literal_eval(part.args[0]))
    return names


def attributes_of(module: str, whose: str) -> set[str]:
    tree = ast.parse((ROOT / "lambdas" / f"{module}.py").read_text())
    attributes = (node for node in ast.walk(tree) if isinstance(node, ast.Attribute))
    return {node.attr for node in attributes if ast.unparse(node.value) in whose.split()}


class Asked(dict[str, str]):
    """Settings of some functions alone, noting which are asked for."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.names.add(name)
        return "{}"


def asked_by(module: str, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What the steps that this handler calls ask for when they are put together."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    own = Asked()
    names = {item.name for item in fields(Settings)} - {"own", "rules", "tuning", "deployment", "stage_jobs"}
    deployment = Deployment(region="us-east-1", account_id="123456789012", suffix="")
    context = Context(
        Settings(**dict.fromkeys(names, "-"), stage_jobs={}, rules=Rules(), deployment=deployment, own=own)
    )
    for step in attributes_of(module, "context()"):
        getattr(context, step)
    return own.names


def test_all_functions_get_exactly_what_their_settings_read() -> None:
    classes = {
        node.name: node for node in ast.parse(SETTINGS.read_text()).body if isinstance(node, ast.ClassDef)
    }
    assert of_environment(classes["Settings"]) == set(fn.ENVIRONMENT)
    assert of_environment(classes["BaseSettings"]) - {"RULES"} == OF_BASE
    assert set(OWN) | OF_BASE == {name for spec in fn.FUNCTIONS for name in spec.environment}


def test_the_page_of_the_design_has_what_each_function_is_given() -> None:
    section = (
        (ROOT / "docs/design.md").read_text().split("## What each function is given")[1].split("\n## ")[0]
    )
    rows = [re.findall(r"`(\w+)`", row) for row in re.findall(r"^\| `.*", section, re.MULTILINE)]
    shown = {
        (name, given) for row in rows for name in row if name.islower() for given in row if given.isupper()
    }
    assert shown == {(spec.module, given) for spec in fn.FUNCTIONS for given in spec.environment}
    assert set(fn.ENVIRONMENT) <= set(re.findall(r"[A-Z_]{4,}", section.split("\n| ")[0]))


@pytest.mark.parametrize("spec", fn.FUNCTIONS, ids=lambda spec: spec.module)
def test_a_function_is_its_handler(
    template: Template, spec: fn.FunctionSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    function = template.of("AWS::Lambda::Function")[spec.name]
    module, _, name = function["Handler"].rpartition(".")
    assert callable(getattr(importlib.import_module(module), name))
    assert set(function["Environment"]["Variables"]) == {*fn.ENVIRONMENT, *spec.environment}
    of_base = {name.upper() for name in attributes_of(spec.module, "settings BaseSettings()")}
    assert asked_by(spec.module, monkeypatch) | (of_base & OF_BASE) == set(spec.environment)


ATHENA = {"String": "string", "Date": "date", "Int64": "bigint"}


def test_the_columns_of_the_table_are_the_published_ones(template: Template) -> None:
    published = {
        name: ATHENA.get(str(kind)) or f"decimal({kind.precision},{kind.scale})"
        for name, kind in schemas.DIVERGENCES.items()
    }
    columns = tables(template)["divergencias"]["StorageDescriptor"]["Columns"]
    assert {column["Name"]: column["Type"] for column in columns} == published
    assert [column["Name"] for column in columns] == list(published)


def tables(template: Template) -> dict[str, dict[str, Any]]:
    """By name."""
    inputs = (table["TableInput"] for table in template.of("AWS::Glue::Table").values())
    return {given["Name"]: given for given in inputs}


def test_the_columns_of_the_summaries_are_what_a_summary_has(template: Template) -> None:
    """Names and types as Hive has them; the rest of a summary is passed over."""
    table = tables(template)["resumos"]
    columns = table["StorageDescriptor"]["Columns"]
    wrong = [
        column["Name"] for column in columns if not fits(documents.SUMMARY[column["Name"]], column["Type"])
    ]
    assert wrong == []
    where = layout.summary("reconciliation-output", "${dia}")
    assert f"{table['Parameters']['storage.location.template']}resumo.json" == str(where)


_HIVE: Final[dict[str, type | tuple[type, ...]]] = {
    "string": str, "bigint": int, "decimal(30,0)": int, "double": (int, float),
}  # fmt: skip


def fits(value: Any, kind: str) -> bool:
    """Whether Hive's type holds that value of JSON."""
    if kind in _HIVE:
        return isinstance(value, _HIVE[kind]) and not isinstance(value, bool)
    outer, _, inner = kind.removesuffix(">").partition("<")
    if outer == "array":
        return all(fits(item, inner) for item in value)
    if outer == "map":
        return all(fits(item, inner.partition(",")[2]) for item in value.values())
    fields = [field.partition(":") for field in re.split(r",(?![^<]*>)", inner)]
    return all(name in value and fits(value[name], of) for name, _, of in fields)
