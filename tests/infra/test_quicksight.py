"""QuickSight's resources, against the API's own model and against the table that they read."""

import json
import re
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from botocore.validate import ParamValidator

from infra import quicksight_dashboard
from tests.infra.conftest import Synth
from tests.infra.template import ACCOUNT, Template

SERVICE = botocore.session.get_session().get_service_model("quicksight")
KINDS = ("DataSource", "DataSet", "Analysis", "Dashboard")
REFRESH = "DataSetRefreshProperties"


def shown(template: Template) -> Template:
    """The dashboard's template."""
    assert template.quicksight
    return template.quicksight


def properties(template: Template, kind: str) -> dict[str, Any]:
    (found,) = shown(template).of(f"AWS::QuickSight::{kind}").values()
    return found


def misspelt(value: Any, shape: Shape) -> Iterator[str]:
    """What is no word of its enumeration, which botocore leaves to the service."""
    if isinstance(shape, StructureShape):
        for name, item in value.items():
            yield from misspelt(item, shape.members[name])
    elif isinstance(shape, ListShape):
        for item in value:
            yield from misspelt(item, shape.member)
    elif isinstance(shape, MapShape):
        for item in value.values():
            yield from misspelt(item, shape.value)
    elif isinstance(shape, StringShape) and shape.enum and value not in shape.enum:
        yield f"{shape.name}: {value}"


@pytest.mark.parametrize("kind", KINDS)
def test_the_api_would_take_it(template: Template, kind: str) -> None:
    """CloudFormation's names are the API's, but for the refresh, which has a request of its own."""
    given = json.loads(json.dumps(properties(template, kind)).replace(ACCOUNT, "1" * 12))
    given.pop("IngestionWaitPolicy", None)  # CloudFormation's own
    refresh = given.pop(REFRESH, None)
    requests = {f"Create{kind}": given}
    if refresh:
        identity = {name: given[name] for name in ("AwsAccountId", "DataSetId")}
        requests["PutDataSetRefreshProperties"] = {**identity, REFRESH: refresh}
    for request, parameters in requests.items():
        shape = SERVICE.operation_model(request).input_shape
        assert ParamValidator().validate(parameters, shape).generate_report() == "", request
        assert list(misspelt(parameters, shape)) == []


def test_the_dataset_is_the_table_with_a_date_to_refresh_by(template: Template) -> None:
    data_set = properties(template, "DataSet")
    (physical,) = data_set["PhysicalTableMap"].values()
    columns = {column["Name"]: column["Type"] for column in physical["CustomSql"]["Columns"]}
    (table,) = template.of("AWS::Glue::Table").values()
    read = {column["Name"] for column in table["TableInput"]["StorageDescriptor"]["Columns"]}
    assert set(columns) == read | {"dia", "data_referencia"}
    assert {columns[name] for name in ("valor_csv", "diferenca_valor")} == {"DECIMAL"}
    assert data_set["ImportMode"] == "SPICE"
    window = data_set[REFRESH]["RefreshConfiguration"]["IncrementalRefresh"]["LookbackWindow"]
    assert window == {"ColumnName": "data_referencia", "Size": 7, "SizeUnit": "DAY"}
    assert columns["data_referencia"] == "DATETIME"
    selected = re.fullmatch(
        r'SELECT (.+) FROM "reconciliation"\."divergencias" WHERE dia >= .+',
        physical["CustomSql"]["SqlQuery"],
    )
    assert selected
    names = [part.rpartition(" AS ")[2] for part in re.split(r", (?![^(]*\))", selected[1])]
    assert names == list(columns)


def test_the_dashboard_is_the_analysis_and_shows_only_columns_there_are(template: Template) -> None:
    dashboard = properties(template, "Dashboard")["Definition"]
    assert dashboard == properties(template, "Analysis")["Definition"]
    (physical,) = properties(template, "DataSet")["PhysicalTableMap"].values()
    known = {column["Name"] for column in physical["CustomSql"]["Columns"]}
    used = set(re.findall(r'"ColumnName": "(\w+)"', json.dumps(dashboard)))
    assert {"tipo_divergencia", "fornecedor_id", "dia"} <= used <= known
    (declared,) = dashboard["DataSetIdentifierDeclarations"]
    assert declared["DataSetArn"].endswith(":dataset/reconciliation-dataset")


def test_everything_on_the_sheet_has_a_place_of_its_own() -> None:
    (sheet,) = quicksight_dashboard.definition("arn")["Sheets"]
    visuals = {content["VisualId"] for visual in sheet["Visuals"] for content in visual.values()}
    elements = sheet["Layouts"][0]["Configuration"]["GridLayout"]["Elements"]
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
    assert properties(template, "DataSet")["IngestionWaitPolicy"] == {"WaitForSpiceIngestion": False}
