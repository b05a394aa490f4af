"""The dashboard's definition as far as no account is needed: its links, its types, its formulas, its limits.

What only an account shows is listed in docs/emulation.md.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from infra import quicksight_dashboard, quicksight_data
from infra.settings import Settings
from reconciliation.console import DAY_PARAMETER
from tests.infra.quicksight_formula import Formula, FormulaError

DEFINITION = quicksight_dashboard.definition("arn:1", "arn:2")
SHEET = DEFINITION["Sheets"][0]
COLUMNS = {
    data: {column.name: column.kind for column in each.columns}
    for data, each in zip(("divergencias", "dias"), quicksight_data.data_sets(Settings()), strict=True)
}
PARAMETERS = {DAY_PARAMETER: "DATETIME"}
NUMBERS = ("INTEGER", "DECIMAL")
TAKEN = {
    "NumericalMeasureField": NUMBERS,
    "DateMeasureField": ("DATETIME",),
    "DateDimensionField": ("DATETIME",),
    "CategoricalMeasureField": ("STRING",),
    "CategoricalDimensionField": ("STRING",),
    "CategoryFilter": ("STRING",),
}
"""Which types a field or a filter takes (API, DimensionField, MeasureField, Filter)."""
FORMATS = {"NumberFormatConfiguration": NUMBERS, "DateTimeFormatConfiguration": ("DATETIME",)}
MOST = {"CalculatedFields": 500, "FilterGroups": 2_000, "ParameterDeclarations": 400, "Visuals": 50}
"""API, AnalysisDefinition and SheetDefinition; of the visuals it is fifty a sheet."""


def expression(given: Any) -> str:
    """As QuickSight gets it."""
    return given if isinstance(given, str) else "".join(given["Fn::Join"][1])


def formulas() -> Iterator[tuple[str, str, str]]:
    for each in DEFINITION["CalculatedFields"]:
        yield each["DataSetIdentifier"], each["Name"], expression(each["Expression"])


def known() -> dict[str, dict[str, str]]:
    """By dataset all columns' types, the calculated ones' found by their formulas, each from those before."""
    found = {data: dict(columns) for data, columns in COLUMNS.items()}
    for data, name, text in formulas():
        found[data][name] = Formula(text, found[data], PARAMETERS).kind
    return found


def parts(value: Any, name: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every object in it, with the name under which it stands."""
    if isinstance(value, Mapping):
        yield name, value
        for key, item in value.items():
            yield from parts(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from parts(item, name)


def test_each_formula_is_one_of_the_guides_and_of_a_type() -> None:
    kinds = {(data, name): known()[data][name] for data, name, _ in formulas()}
    assert set(kinds.values()) == {"DATETIME", "STRING"}
    assert {kinds[data, name] for data, name in kinds if name == "do_dia"} == {"STRING"}, "it is a filter's"


@pytest.mark.parametrize(
    "text",
    [
        "maxOver({dia}, [], PRE_FILTER)", "maxOver({data_referencia}, [], PREFILTER)",
        "maxOver({data_referencia}, PRE_FILTER)", "ifelse({data_referencia} = 'sim', 'a', 'b')",
        "ifelse({data_referencia}, 'a', 'b')", "ifelse(isNull(${Dia}), 'a', {data_referencia})",
        "ifelse(isNull(${Dia}), 'a')", "isNull({missing})", "isNull(${dia})",
        "ifelse(isNull(${Dia}), 'a', 'b'", "today()", "{data_referencia} {data_referencia}", 'isNull("x")',
    ],
)  # fmt: skip
def test_what_is_no_formula_is_refused(text: str) -> None:
    """So that the test above can fail."""
    with pytest.raises(FormulaError):
        _ = Formula(text, COLUMNS["dias"], PARAMETERS).kind


def test_each_field_and_filter_takes_its_columns_type() -> None:
    types, seen = known(), Counter[str]()
    for name, part in parts(DEFINITION):
        if name in TAKEN:
            column = part["Column"]
            assert types[column["DataSetIdentifier"]][column["ColumnName"]] in TAKEN[name], (name, column)
            seen[name] += 1
        elif "Column" in part and "FormatConfiguration" in part:  # of a table's rows
            (form,), column = part["FormatConfiguration"], part["Column"]
            assert types[column["DataSetIdentifier"]][column["ColumnName"]] in FORMATS[form]
    assert set(seen) == set(TAKEN)


def test_each_id_is_there_once_and_each_name_of_one_leads_to_it() -> None:
    of = {
        "VisualId": [content["VisualId"] for visual in SHEET["Visuals"] for content in visual.values()],
        "FilterGroupId": [group["FilterGroupId"] for group in DEFINITION["FilterGroups"]],
        "FilterId": [part["FilterId"] for _, part in parts(DEFINITION) if "FilterId" in part],
        "control": [
            part.get("FilterControlId") or part["ParameterControlId"]
            for _, part in parts(SHEET)
            if "FilterControlId" in part or "ParameterControlId" in part
        ],
        "FieldId": [
            part["FieldId"] for _, part in parts(SHEET["Visuals"]) if "FieldId" in part and "Column" in part
        ],
    }
    for name, ids in of.items():
        assert [each for each, count in Counter(ids).items() if count > 1] == [], name
    named = {
        "FieldId": {part["FieldId"] for _, part in parts(SHEET) if "FieldId" in part},
        "FilterId": {part["SourceFilterId"] for _, part in parts(SHEET) if "SourceFilterId" in part},
        "VisualId": {each for _, part in parts(DEFINITION) for each in part.get("VisualIds", ())},
        "control": {
            each["ElementId"]
            for each in SHEET["SheetControlLayouts"][0]["Configuration"]["GridLayout"]["Elements"]
        },
    }
    for name, ids in named.items():
        assert ids <= set(of[name]), name
    assert named["control"] == set(of["control"]), "each control has its place"


def test_a_parameter_is_declared_and_set_by_a_control_of_its_type() -> None:
    declared = {
        (kind, each["Name"]) for given in DEFINITION["ParameterDeclarations"] for kind, each in given.items()
    }
    assert declared == {("DateTimeParameterDeclaration", DAY_PARAMETER)}
    (control,) = SHEET["ParameterControls"]
    assert control["DateTimePicker"]["SourceParameterName"] == DAY_PARAMETER


def test_a_control_of_one_sheet_is_of_a_filter_of_that_sheet() -> None:
    """A filter of all sheets takes a cross-sheet control (API, FilterControl)."""
    sources = {control["Dropdown"]["SourceFilterId"] for control in SHEET["FilterControls"]}
    for group in DEFINITION["FilterGroups"]:
        if sources & {each["FilterId"] for _, each in parts(group) if "FilterId" in each}:
            (scope,) = group["ScopeConfiguration"]["SelectedSheets"]["SheetVisualScopingConfigurations"]
            assert (scope["SheetId"], scope["Scope"]) == (SHEET["SheetId"], "ALL_VISUALS")


def test_a_group_filters_only_visuals_of_its_dataset() -> None:
    """SINGLE_DATASET: any other visual in it would not be filtered, and nothing would say so."""
    data_of = {
        content["VisualId"]: {part["DataSetIdentifier"] for _, part in parts(content) if "ColumnName" in part}
        for visual in SHEET["Visuals"]
        for content in visual.values()
    }
    for group in DEFINITION["FilterGroups"]:
        (data,) = {part["DataSetIdentifier"] for _, part in parts(group["Filters"]) if "ColumnName" in part}
        for _, part in parts(group):
            assert all(data_of[each] == {data} for each in part.get("VisualIds", ()))


def test_nothing_is_more_than_a_definition_takes() -> None:
    counted = {name: len(DEFINITION.get(name) or SHEET[name]) for name in MOST}
    assert [name for name, most in MOST.items() if counted[name] > most] == []
