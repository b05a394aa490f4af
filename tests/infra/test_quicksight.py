"""QuickSight's resources, against the API's own model and against the table that they read."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from infra import quicksight_dashboard
from reconciliation import console
from reconciliation.contract import COMPARED
from tests.events import DEPLOYMENT
from tests.infra.api_model import refused
from tests.infra.conftest import Synth
from tests.infra.template import ACCOUNT, Template

SERVICE = botocore.session.get_session().get_service_model("quicksight")
KINDS = ("DataSource", "DataSet", "Analysis", "Dashboard", "RefreshSchedule")
REFRESH = "DataSetRefreshProperties"
DIVERGENCES, DAYS = "reconciliation-dataset", "reconciliation-days"


def shown(template: Template) -> Template:
    """The dashboard's template."""
    assert template.quicksight
    return template.quicksight


def all_of(template: Template, kind: str) -> list[dict[str, Any]]:
    return list(shown(template).of(f"AWS::QuickSight::{kind}").values())


def properties(template: Template, kind: str) -> dict[str, Any]:
    (found,) = all_of(template, kind)
    return found


def data_set(template: Template, name: str) -> dict[str, Any]:
    return shown(template).of("AWS::QuickSight::DataSet")[name]


def query_of(template: Template, name: str) -> dict[str, Any]:
    (physical,) = data_set(template, name)["PhysicalTableMap"].values()
    found: dict[str, Any] = physical["CustomSql"]
    return found


def columns_of(template: Template, name: str) -> dict[str, str]:
    return {column["Name"]: column["Type"] for column in query_of(template, name)["Columns"]}


@pytest.mark.parametrize("kind", KINDS)
def test_the_api_would_take_it(template: Template, kind: str) -> None:
    """CloudFormation's names are the API's, but for the refresh, which has a request of its own."""
    for resource in all_of(template, kind):
        given = json.loads(json.dumps(resource).replace(ACCOUNT, "1" * 12).replace("TimeZone", "Timezone"))
        given.pop("IngestionWaitPolicy", None)  # CloudFormation's own
        refresh = given.pop(REFRESH, None)
        requests = {f"Create{kind}": given}
        if refresh:
            identity = {name: given[name] for name in ("AwsAccountId", "DataSetId")}
            requests["PutDataSetRefreshProperties"] = {**identity, REFRESH: refresh}
        for request, parameters in requests.items():
            shape = SERVICE.operation_model(request).input_shape
            assert ParamValidator().validate(parameters, shape).generate_report() == "", request
            assert list(refused(parameters, shape)) == []


def test_the_divergences_are_the_table_with_a_date_to_refresh_by(template: Template) -> None:
    columns = columns_of(template, DIVERGENCES)
    inputs = [table["TableInput"] for table in template.of("AWS::Glue::Table").values()]
    (table,) = (given for given in inputs if given["Name"] == "divergencias")
    read = {column["Name"] for column in table["StorageDescriptor"]["Columns"]}
    assert set(columns) == read | {"dia", "data_referencia", "valor_bruto", "divergencia"}
    assert {columns[name] for name in ("valor_csv", "diferenca_valor", "valor_bruto")} == {"DECIMAL"}
    refreshed = data_set(template, DIVERGENCES)
    window = refreshed[REFRESH]["RefreshConfiguration"]["IncrementalRefresh"]["LookbackWindow"]
    assert window == {"ColumnName": "data_referencia", "Size": 7, "SizeUnit": "DAY"}
    assert columns["data_referencia"] == "DATETIME"
    assert REFRESH not in data_set(template, DAYS), "it is small: always copied whole"


@pytest.mark.parametrize("name", [DIVERGENCES, DAYS])
def test_a_dataset_is_what_its_query_selects(template: Template, name: str) -> None:
    assert data_set(template, name)["ImportMode"] == "SPICE"
    for part in query_of(template, name)["SqlQuery"].split(" UNION ALL "):
        read = r'"reconciliation"\."(divergencias|resumos)"'
        selected = re.fullmatch(rf"SELECT (.+) FROM {read} WHERE dia >= date_format\([^)]+\)(.*)", part)
        assert selected
        given = [item.rpartition(" AS ")[2] for item in re.split(r", (?![^(]*\))", selected[1])]
        assert given == list(columns_of(template, name))
        assert selected[3].startswith(" AND status = 'SUCCEEDED'") is (selected[2] == "resumos")


def test_each_dataset_is_copied_whole_once_a_week(template: Template) -> None:
    """An incremental refresh keeps what is older than its window, be it there still or not."""
    schedules = {item["DataSetId"]: item["Schedule"] for item in all_of(template, "RefreshSchedule")}
    assert set(schedules) == {DIVERGENCES, DAYS}
    for schedule in schedules.values():
        assert schedule["RefreshType"] == "FULL_REFRESH"
        assert schedule["ScheduleFrequency"]["Interval"] == "WEEKLY"


def test_the_dashboard_is_the_analysis_and_shows_only_columns_there_are(template: Template) -> None:
    dashboard = properties(template, "Dashboard")["Definition"]
    assert dashboard == properties(template, "Analysis")["Definition"]
    declared = {
        each["Identifier"]: each["DataSetArn"].rpartition("/")[2]
        for each in dashboard["DataSetIdentifierDeclarations"]
    }
    assert declared == {"divergencias": DIVERGENCES, "dias": DAYS}
    calculated = {(each["DataSetIdentifier"], each["Name"]) for each in dashboard["CalculatedFields"]}
    known = calculated | {
        (identifier, column) for identifier, name in declared.items() for column in columns_of(template, name)
    }
    used = {
        (part["DataSetIdentifier"], part["ColumnName"]) for part in parts(dashboard) if "ColumnName" in part
    }
    assert used <= known
    named = {
        (each["DataSetIdentifier"], name)
        for each in dashboard["CalculatedFields"]
        for name in re.findall(r"(?<!\$)\{(\w+)\}", each["Expression"])
    }
    assert named <= known


def parts(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in it."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from parts(item)


SHEET = quicksight_dashboard.definition("arn", "days")["Sheets"][0]
VISUALS = {content["VisualId"]: content for visual in SHEET["Visuals"] for content in visual.values()}


def scopes() -> dict[str, list[str] | None]:
    """By filter group, the visuals that it is of; None: all."""
    groups = quicksight_dashboard.definition("arn", "days")["FilterGroups"]
    found: dict[str, list[str] | None] = {}
    for group in groups:
        chosen = group["ScopeConfiguration"]["SelectedSheets"]["SheetVisualScopingConfigurations"]
        found[group["FilterGroupId"]] = chosen[0].get("VisualIds")
    return found


def test_it_opens_on_the_newest_day_or_the_one_of_the_address() -> None:
    """All but the trends and "dados até" are of one day; the parameter's name is the links' own."""
    definition = quicksight_dashboard.definition("arn", "days")
    (declared,) = definition["ParameterDeclarations"]
    parameter = declared["DateTimeParameterDeclaration"]
    assert f"#p.{parameter['Name']}=2026-02-16T00%3A00%3A00" in console.dashboard(DEPLOYMENT, "2026-02-16")
    assert (parameter["ValueWhenUnset"], "DefaultValues" in parameter) == (
        {"ValueWhenUnsetOption": "NULL"},
        False,
    )
    of_days, of_rows = scopes()["grupo-do-dia-dias"] or [], scopes()["grupo-do-dia-divergencias"] or []
    trends = {"dados-ate", "taxa-por-dia", "tipos-por-dia", "valor-por-dia"}
    assert set(VISUALS) - {*of_days, *of_rows} == trends
    for visual_ids, data in ((of_days, "dias"), (of_rows, "divergencias")):
        for visual_id in visual_ids:
            columns = [part for part in parts(VISUALS[visual_id]) if "ColumnName" in part]
            assert {column["DataSetIdentifier"] for column in columns} == {data}


def test_the_dashboard_of_the_links_is_the_one_deployed(template: Template, synth: Synth) -> None:
    for made in (template, synth(suffix="-dev")):
        (dashboard,) = all_of(made, "Dashboard")
        assert dashboard["DashboardId"].startswith(console.DASHBOARD)
    link = console.dashboard(replace(DEPLOYMENT, suffix="-dev"), "2026-02-16")
    assert f"/{dashboard['DashboardId']}#" in link


def test_the_fields_are_counted_of_tipo_3_alone() -> None:
    assert scopes()["grupo-tipo-3"] == ["por-campo"]


def test_the_rows_show_both_sides_of_every_field() -> None:
    fields = VISUALS["linhas"]["ChartConfiguration"]["FieldWells"]["TableUnaggregatedFieldWells"]["Values"]
    names = [field["Column"]["ColumnName"] for field in fields]
    assert [name for name in names if name.endswith(("_csv", "_base"))] == [
        f"{field}_{side}" for field in COMPARED for side in ("csv", "base")
    ]


def test_numbers_are_written_as_in_brazil() -> None:
    numbers = [part["NumberDisplayFormatConfiguration"] for part in parts(VISUALS)
               if "NumberDisplayFormatConfiguration" in part]  # fmt: skip
    separators = [each["SeparatorConfiguration"] for each in numbers]
    assert {each["DecimalSeparator"] for each in separators} == {"COMMA"}
    assert {each["ThousandsSeparator"]["Symbol"] for each in separators} == {"DOT"}
    sums = [part["NumericalMeasureField"] for part in parts(VISUALS) if "NumericalMeasureField" in part]
    assert sums
    assert [each["FieldId"] for each in sums if "FormatConfiguration" not in each] == []


def test_everything_on_the_sheet_has_a_place_of_its_own() -> None:
    visuals = set(VISUALS)
    elements = SHEET["Layouts"][0]["Configuration"]["GridLayout"]["Elements"]
    assert [element["ElementId"] for element in elements] == [
        *dict.fromkeys(e["ElementId"] for e in elements)
    ]
    assert {element["ElementId"] for element in elements} == visuals
    cells = [
        (row, column)
        for element in elements
        for row in range(element["RowIndex"], element["RowIndex"] + element["RowSpan"])
        for column in range(element["ColumnIndex"], element["ColumnIndex"] + element["ColumnSpan"])
    ]
    assert len(cells) == len(set(cells))
    assert max(column for _, column in cells) < 36


def test_it_reads_with_its_own_role_in_the_encrypted_workgroup(template: Template) -> None:
    parameters = properties(template, "DataSource")["DataSourceParameters"]["AthenaParameters"]
    assert parameters == {"WorkGroup": "reconciliation", "RoleArn": "{reconciliation-quicksight}"}
    configuration = template.of("AWS::Athena::WorkGroup")["reconciliation"]["WorkGroupConfiguration"]
    assert configuration["EnforceWorkGroupConfiguration"] is True
    results = configuration["ResultConfiguration"]
    assert results["OutputLocation"] == "s3://reconciliation-intermediate/athena/"
    assert results["EncryptionConfiguration"]["EncryptionOption"] == "SSE_KMS"


def main_template(template: Template) -> bytes:
    return (template.folder / "Reconciliation.template.json").read_bytes()


def test_an_account_without_quicksight_has_the_same_main_template_to_the_byte(
    template: Template, synth: Synth
) -> None:
    without = synth(quicksight=False)
    assert without.quicksight is None
    assert main_template(without) == main_template(template)
    assert not [item for item in template.raw["Resources"].values() if "QuickSight" in item["Type"]]


def test_neither_stack_holds_up_the_others_update(template: Template) -> None:
    """An export cannot be changed while somebody imports it: each knows the other by name alone."""
    for raw in (template.raw, shown(template).raw):
        assert raw.get("Outputs", {}) == {}
        assert "Fn::ImportValue" not in json.dumps(raw)
    manifest = json.loads((template.folder / "manifest.json").read_text())["artifacts"]
    assert "Reconciliation" in manifest["Reconciliation-QuickSight"]["dependencies"]


@pytest.mark.parametrize("name", ["finish-run", "close-run", "watchdog"])
def test_the_functions_know_by_a_parameter_whether_there_is_a_dataset(template: Template, name: str) -> None:
    function = f"reconciliation-{name}"
    (raw,) = (
        item["Properties"]["Environment"]["Variables"]["QUICKSIGHT_DATASET"]
        for item in template.raw["Resources"].values()
        if item["Type"] == "AWS::Lambda::Function" and item["Properties"]["FunctionName"] == function
    )
    (condition, *answers) = raw["Fn::If"]
    (told, wanted) = template.raw["Conditions"][condition]["Fn::Equals"]
    assert (told, wanted, answers) == ({"Ref": "QuickSight"}, "true", ["reconciliation-dataset", ""])
    assert template.raw["Parameters"]["QuickSight"]["AllowedValues"] == ["true", "false"]


def test_people_elsewhere_are_named_by_their_arn(synth: Synth) -> None:
    """An account's users may live in another region than its data."""
    group = "arn:aws:quicksight:us-east-1:210987654321:group/default/conciliacao"
    (granted,) = properties(synth(quicksight_principal=group), "Dashboard")["Permissions"]
    assert granted["Principal"] == group


def test_people_may_live_in_another_region_than_the_data(synth: Synth) -> None:
    """An account has its users and groups in one region, the one it signed up in."""
    dashboard = properties(synth(quicksight_identity_region="us-east-1"), "Dashboard")
    (granted,) = dashboard["Permissions"]
    assert granted["Principal"] == f"arn:aws:quicksight:us-east-1:{ACCOUNT}:group/default/conciliacao"


def test_a_deployment_does_not_wait_for_an_import(template: Template) -> None:
    """CloudFormation's default is to wait up to 36 hours, and to fail with the first import."""
    policies = [each["IngestionWaitPolicy"] for each in all_of(template, "DataSet")]
    assert policies == [{"WaitForSpiceIngestion": False}] * 2
