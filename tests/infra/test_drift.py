"""What is written in two places says the same: the machine, the jobs' options, the handlers' environment."""

import ast
import importlib
import json
import re
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import pytest

from glue_jobs import options
from infra import functions as fn
from infra import jobs as job
from infra.app import ROOT
from infra.machine import DEFINITION
from reconciliation.kernels import schemas
from tests.infra.conftest import Synth
from tests.infra.template import Template

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
    "--enable-metrics",
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
    bundle = tmp_path / "bundle.pem"
    bundle.write_text("-----BEGIN CERTIFICATE-----")
    template = synth(database_ca=str(bundle))
    given = template.of("AWS::Glue::Job")["reconciliation-job"]["DefaultArguments"][job.DATABASE_CA]
    assert job.DATABASE_CA.removeprefix("--") in {
        field.name for field in fields(options.ReconciliationOptions)
    }
    key = json.dumps(given).rpartition("/")[2].strip('"}')
    assert key.endswith(".pem")
    assert key in json.dumps(template.of("AWS::IAM::Role")["ReconciliationGlueRole"])


def test_a_replica_is_read_where_the_deployment_names_one(synth: Synth) -> None:
    given = synth(read_endpoint="replica.example:5433").of("AWS::Glue::Job")
    assert given["reconciliation-job"]["DefaultArguments"][job.READ_ENDPOINT] == "replica.example:5433"
    assert job.READ_ENDPOINT not in given["reconciliation-validation-job"]["DefaultArguments"]


def test_the_output_job_needs_only_its_paths_by_hand(template: Template) -> None:
    """Runbook 2.4."""
    needed = {f"--{field.name}" for field in fields(options.OutputOptions) if field.default is MISSING}
    by_default = set(template.of("AWS::Glue::Job")["reconciliation-output-job"]["DefaultArguments"])
    assert needed - by_default == {"--input_path", "--output_path"}


def variables_read(module: str) -> set[str]:
    """Names that a file of `lambdas/` reads from `os.environ`, with a default or without."""
    found = set()
    for node in ast.walk(ast.parse((ROOT / "lambdas" / f"{module}.py").read_text())):
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
            found.add(ast.literal_eval(node.slice))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "os.environ.get":
            found.add(ast.literal_eval(node.args[0]))
    return found


def test_all_functions_get_exactly_what_their_settings_read() -> None:
    assert set(fn.ENVIRONMENT) == variables_read("settings")


CALLED = {"alert_replay": ["slack_notifier"], "close_run": ["finish_run"], "prepare_run": ["finish_run"]}
"""Whose work a function also does."""


@pytest.mark.parametrize("spec", fn.FUNCTIONS, ids=lambda spec: spec.module)
def test_a_function_is_its_handler(template: Template, spec: fn.FunctionSpec) -> None:
    function = template.of("AWS::Lambda::Function")[spec.name]
    module, _, name = function["Handler"].rpartition(".")
    assert callable(getattr(importlib.import_module(module), name))
    assert set(function["Environment"]["Variables"]) == {*fn.ENVIRONMENT, *spec.environment}
    read = set().union(*map(variables_read, (spec.module, *CALLED.get(spec.module, ()))))
    assert read - set(fn.ENVIRONMENT) == set(spec.environment)


ATHENA = {"String": "string", "Date": "date", "Int64": "bigint"}


def test_the_columns_of_the_table_are_the_published_ones(template: Template) -> None:
    published = {
        name: ATHENA.get(str(kind)) or f"decimal({kind.precision},{kind.scale})"
        for name, kind in schemas.DIVERGENCES.items()
    }
    (table,) = template.of("AWS::Glue::Table").values()
    columns = table["TableInput"]["StorageDescriptor"]["Columns"]
    assert {column["Name"]: column["Type"] for column in columns} == published
    assert [column["Name"] for column in columns] == list(published)
