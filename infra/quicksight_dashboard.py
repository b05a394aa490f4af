"""The dashboard "Visão Geral de Divergências" (runbook 1.1, 2.5), in the terms of QuickSight's API.

Rows of the dataset are divergences, one per day and `ordem_id`: their number is the count of `ordem_id`.
"""

from collections.abc import Iterable
from typing import Any

NAME = "Visão Geral de Divergências"

_DATA = "divergencias"
_SHEET = "visao-geral"
_COLUMNS = 36
"""Width of QuickSight's grid."""
_MOST = 10
"""Bars of a ranking."""

Part = dict[str, Any]


def definition(data_set_arn: str) -> Part:
    """One sheet: totals, the days, types, suppliers, fields, and the divergences themselves."""
    visuals = [
        (_total("total", "Divergências", "ordem_id", "COUNT"), 12, 5),
        (_sum("diferenca", "Soma das diferenças (R$)", "diferenca_valor"), 12, 5),
        (_total("fornecedores", "Fornecedores com divergência", "fornecedor_id", "DISTINCT_COUNT"), 12, 5),
        (_by_day("por-dia", "Divergências por dia e tipo"), 24, 10),
        (_ranking("por-tipo", "Por tipo", "tipo_divergencia"), 12, 10),
        (_ranking("por-fornecedor", "Fornecedores com mais divergências", "fornecedor_id"), 18, 10),
        (_ranking("por-campo", "Campos divergentes (TIPO_3)", "campos_divergentes"), 18, 10),
        (_rows("linhas", "Divergências"), 36, 14),
    ]
    filters = [
        ("dia", "Dia"), ("tipo_divergencia", "Tipo"), ("motivo", "Motivo"), ("fornecedor_id", "Fornecedor"),
    ]  # fmt: skip
    return {
        "DataSetIdentifierDeclarations": [{"Identifier": _DATA, "DataSetArn": data_set_arn}],
        "FilterGroups": [_filter(column) for column, _ in filters],
        "Sheets": [
            {
                "SheetId": _SHEET,
                "Name": "Visão geral",
                "ContentType": "INTERACTIVE",
                "FilterControls": [_control(column, title) for column, title in filters],
                "Visuals": [visual for visual, _, _ in visuals],
                "Layouts": [_grid(visuals)],
                "SheetControlLayouts": [_controls(column for column, _ in filters)],
            }
        ],
    }


def _column(name: str) -> Part:
    return {"DataSetIdentifier": _DATA, "ColumnName": name}


def _titled(visual_id: str, title: str, **chart: Any) -> Part:
    return {
        "VisualId": visual_id,
        "Title": {"Visibility": "VISIBLE", "FormatText": {"PlainText": title}},
        "ChartConfiguration": chart,
    }


def _counted(visual_id: str, column: str = "ordem_id", function: str = "COUNT") -> Part:
    field = {"FieldId": f"{visual_id}-n", "Column": _column(column), "AggregationFunction": function}
    return {"CategoricalMeasureField": field}


def _by(visual_id: str, column: str) -> Part:
    return {"CategoricalDimensionField": {"FieldId": f"{visual_id}-{column}", "Column": _column(column)}}


def _total(visual_id: str, title: str, column: str, function: str) -> Part:
    values = [_counted(visual_id, column, function)]
    return {"KPIVisual": _titled(visual_id, title, FieldWells={"Values": values})}


def _sum(visual_id: str, title: str, column: str) -> Part:
    field = {
        "FieldId": f"{visual_id}-sum",
        "Column": _column(column),
        "AggregationFunction": {"SimpleNumericalAggregation": "SUM"},
    }
    values = [{"NumericalMeasureField": field}]
    return {"KPIVisual": _titled(visual_id, title, FieldWells={"Values": values})}


def _by_day(visual_id: str, title: str) -> Part:
    day = {"FieldId": f"{visual_id}-dia", "Column": _column("data_referencia"), "DateGranularity": "DAY"}
    wells = {
        "Category": [{"DateDimensionField": day}],
        "Values": [_counted(visual_id)],
        "Colors": [_by(visual_id, "tipo_divergencia")],
    }
    return {
        "BarChartVisual": _titled(
            visual_id,
            title,
            FieldWells={"BarChartAggregatedFieldWells": wells},
            Orientation="VERTICAL",
            BarsArrangement="STACKED",
        )
    }


def _ranking(visual_id: str, title: str, column: str) -> Part:
    wells = {"Category": [_by(visual_id, column)], "Values": [_counted(visual_id)]}
    most_first = {"FieldSort": {"FieldId": f"{visual_id}-n", "Direction": "DESC"}}
    return {
        "BarChartVisual": _titled(
            visual_id,
            title,
            FieldWells={"BarChartAggregatedFieldWells": wells},
            Orientation="HORIZONTAL",
            SortConfiguration={
                "CategorySort": [most_first],
                "CategoryItemsLimit": {"ItemsLimit": _MOST, "OtherCategories": "INCLUDE"},
            },
        )
    }


def _rows(visual_id: str, title: str) -> Part:
    shown = (
        *("dia", "tipo_divergencia", "motivo", "ordem_id", "fornecedor_id", "campos_divergentes"),
        "campos_so_invisiveis",
        *("valor_csv", "valor_base", "diferenca_valor", "data_csv", "data_base", "linha"),
    )
    values = [{"FieldId": f"{visual_id}-{name}", "Column": _column(name)} for name in shown]
    wells = {"TableUnaggregatedFieldWells": {"Values": values}}
    return {"TableVisual": _titled(visual_id, title, FieldWells=wells)}


def _filter(column: str) -> Part:
    everything = {"MatchOperator": "CONTAINS", "SelectAllOptions": "FILTER_ALL_VALUES"}
    chosen = {
        "FilterId": f"filtro-{column}",
        "Column": _column(column),
        "Configuration": {"FilterListConfiguration": everything},
    }
    return {
        "FilterGroupId": f"grupo-{column}",
        "Filters": [{"CategoryFilter": chosen}],
        "ScopeConfiguration": {"AllSheets": {}},
        "Status": "ENABLED",
        "CrossDataset": "SINGLE_DATASET",
    }


def _control(column: str, title: str) -> Part:
    return {
        "Dropdown": {
            "FilterControlId": f"controle-{column}",
            "Title": title,
            "SourceFilterId": f"filtro-{column}",
            "Type": "MULTI_SELECT",
        }
    }


def _grid(visuals: list[tuple[Part, int, int]]) -> Part:
    """From left to right, in rows as high as their first."""
    elements: list[Part] = []
    column = row = 0
    for visual, width, height in visuals:
        if column + width > _COLUMNS:
            column, row = 0, row + elements[-1]["RowSpan"]
        (content,) = visual.values()
        elements.append(
            {
                "ElementId": content["VisualId"],
                "ElementType": "VISUAL",
                "ColumnIndex": column,
                "ColumnSpan": width,
                "RowIndex": row,
                "RowSpan": height,
            }
        )
        column += width
    return {"Configuration": {"GridLayout": {"Elements": elements}}}


def _controls(columns: Iterable[str]) -> Part:
    elements = [
        {"ElementId": f"controle-{name}", "ElementType": "FILTER_CONTROL", "ColumnSpan": 2, "RowSpan": 1}
        for name in columns
    ]
    return {"Configuration": {"GridLayout": {"Elements": elements}}}
