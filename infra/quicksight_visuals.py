"""The vocabulary of a QuickSight sheet, in its API's terms: fields, visuals, filters, numbers as here."""

from collections.abc import Sequence
from typing import Any, NamedTuple

Part = dict[str, Any]

_MOST = 10
"""Bars of a ranking."""
_DATE = {"DateTimeFormat": "DD/MM/YYYY"}
_SEPARATORS = {
    "DecimalSeparator": "COMMA",
    "ThousandsSeparator": {"Symbol": "DOT", "Visibility": "VISIBLE"},
}


class Column(NamedTuple):
    """A column of a dataset, calculated ones too."""

    data: str
    name: str

    @property
    def part(self) -> Part:
        return {"DataSetIdentifier": self.data, "ColumnName": self.name}


class Number(NamedTuple):
    """How a number is shown."""

    decimals: int = 0
    prefix: str = ""
    suffix: str = ""

    @property
    def part(self) -> Part:
        shown = {
            "SeparatorConfiguration": _SEPARATORS,
            "DecimalPlacesConfiguration": {"DecimalPlaces": self.decimals},
            "NumberScale": "NONE",
            **({"Prefix": self.prefix} if self.prefix else {}),
            **({"Suffix": self.suffix} if self.suffix else {}),
        }
        return {"FormatConfiguration": {"NumberDisplayFormatConfiguration": shown}}


WHOLE, MONEY, PERCENT, SECONDS = Number(), Number(2, "R$ "), Number(2, suffix="%"), Number(1, suffix=" s")


# --- fields


def summed(visual_id: str, column: Column, number: Number) -> Part:
    return {
        "NumericalMeasureField": {
            "FieldId": f"{visual_id}-{column.name}",
            "Column": column.part,
            "AggregationFunction": {"SimpleNumericalAggregation": "SUM"},
            "FormatConfiguration": number.part,
        }
    }


def newest(visual_id: str, column: Column) -> Part:
    return {
        "DateMeasureField": {
            "FieldId": f"{visual_id}-{column.name}",
            "Column": column.part,
            "AggregationFunction": "MAX",
            "FormatConfiguration": _DATE,
        }
    }


def distinct(visual_id: str, column: Column) -> Part:
    return {
        "CategoricalMeasureField": {
            "FieldId": f"{visual_id}-{column.name}",
            "Column": column.part,
            "AggregationFunction": "DISTINCT_COUNT",
        }
    }


def _by(visual_id: str, column: Column) -> Part:
    return {"CategoricalDimensionField": {"FieldId": f"{visual_id}-{column.name}", "Column": column.part}}


def _by_day(visual_id: str, column: Column) -> Part:
    return {
        "DateDimensionField": {
            "FieldId": f"{visual_id}-{column.name}",
            "Column": column.part,
            "DateGranularity": "DAY",
            "FormatConfiguration": _DATE,
        }
    }


# --- visuals


def _titled(visual_id: str, title: str, **chart: Any) -> Part:
    return {
        "VisualId": visual_id,
        "Title": {"Visibility": "VISIBLE", "FormatText": {"PlainText": title}},
        "ChartConfiguration": chart,
    }


def total(visual_id: str, title: str, measure: Part) -> Part:
    return {"KPIVisual": _titled(visual_id, title, FieldWells={"Values": [measure]})}


def line(visual_id: str, title: str, day: Column, measure: Part) -> Part:
    """A point a day."""
    wells = {"Category": [_by_day(visual_id, day)], "Values": [measure]}
    return {
        "LineChartVisual": _titled(
            visual_id, title, FieldWells={"LineChartAggregatedFieldWells": wells}, Type="LINE"
        )
    }


def stacked(visual_id: str, title: str, day: Column, measures: Sequence[Part]) -> Part:
    """A bar a day, of the measures."""
    wells = {"Category": [_by_day(visual_id, day)], "Values": list(measures)}
    return {
        "BarChartVisual": _titled(
            visual_id,
            title,
            FieldWells={"BarChartAggregatedFieldWells": wells},
            Orientation="VERTICAL",
            BarsArrangement="STACKED",
        )
    }


def ranking(visual_id: str, title: str, column: Column, measure: Part) -> Part:
    """The largest bars first, and the others as one."""
    wells = {"Category": [_by(visual_id, column)], "Values": [measure]}
    (field,) = measure.values()
    largest_first = {"FieldSort": {"FieldId": field["FieldId"], "Direction": "DESC"}}
    return {
        "BarChartVisual": _titled(
            visual_id,
            title,
            FieldWells={"BarChartAggregatedFieldWells": wells},
            Orientation="HORIZONTAL",
            SortConfiguration={
                "CategorySort": [largest_first],
                "CategoryItemsLimit": {"ItemsLimit": _MOST, "OtherCategories": "INCLUDE"},
            },
        )
    }


class Shown(NamedTuple):
    """A column of a table: what it is called, and how its values are shown: "" as they are, or as a date."""

    column: Column
    label: str
    number: Number | None = None
    is_date: bool = False


def table(visual_id: str, title: str, shown: Sequence[Shown], largest_by: str = "", note: str = "") -> Part:
    """A row each; `largest_by` names the column whose largest come first, `note` is a subtitle."""
    wells = {"TableUnaggregatedFieldWells": {"Values": [_unaggregated(visual_id, each) for each in shown]}}
    labels = [
        {"FieldId": f"{visual_id}-{each.column.name}", "CustomLabel": each.label, "Visibility": "VISIBLE"}
        for each in shown
    ]
    first = {"FieldSort": {"FieldId": f"{visual_id}-{largest_by}", "Direction": "DESC"}}
    visual = _titled(
        visual_id,
        title,
        FieldWells=wells,
        FieldOptions={"SelectedFieldOptions": labels},
        **({"SortConfiguration": {"RowSort": [first]}} if largest_by else {}),
    )
    subtitle = {"Subtitle": {"Visibility": "VISIBLE", "FormatText": {"PlainText": note}}} if note else {}
    return {"TableVisual": visual | subtitle}


def _unaggregated(visual_id: str, shown: Shown) -> Part:
    form: Part = {}
    if shown.number:
        form = {"FormatConfiguration": {"NumberFormatConfiguration": shown.number.part}}
    if shown.is_date:
        form = {"FormatConfiguration": {"DateTimeFormatConfiguration": _DATE}}
    return {"FieldId": f"{visual_id}-{shown.column.name}", "Column": shown.column.part, **form}


# --- filters and controls


def all_of(sheet: str) -> Part:
    """Of one sheet: a filter of all sheets takes no control of one (API, FilterCrossSheetControl)."""
    return _on(SheetId=sheet, Scope="ALL_VISUALS")


def only_on(sheet: str, *visual_ids: str) -> Part:
    return _on(SheetId=sheet, Scope="SELECTED_VISUALS", VisualIds=list(visual_ids))


def _on(**chosen: Any) -> Part:
    return {"SelectedSheets": {"SheetVisualScopingConfigurations": [chosen]}}


def choice(column: Column, scope: Part) -> Part:
    """Everything, until somebody chooses."""
    every = {"MatchOperator": "CONTAINS", "SelectAllOptions": "FILTER_ALL_VALUES"}
    return _filter(column.name, column, {"FilterListConfiguration": every}, scope)


def only(name: str, column: Column, value: str, scope: Part) -> Part:
    """Rows with that value and no others."""
    exact = {"MatchOperator": "EQUALS", "CategoryValue": value, "NullOption": "NON_NULLS_ONLY"}
    return _filter(name, column, {"CustomFilterConfiguration": exact}, scope)


def _filter(name: str, column: Column, configuration: Part, scope: Part) -> Part:
    chosen = {"FilterId": f"filtro-{name}", "Column": column.part, "Configuration": configuration}
    return {
        "FilterGroupId": f"grupo-{name}",
        "Filters": [{"CategoryFilter": chosen}],
        "ScopeConfiguration": scope,
        "Status": "ENABLED",
        "CrossDataset": "SINGLE_DATASET",
    }


def dropdown(column: Column, title: str) -> Part:
    return {
        "Dropdown": {
            "FilterControlId": f"controle-{column.name}",
            "Title": title,
            "SourceFilterId": f"filtro-{column.name}",
            "Type": "MULTI_SELECT",
        }
    }


def date_picker(parameter: str, title: str) -> Part:
    return {
        "DateTimePicker": {
            "ParameterControlId": f"controle-{parameter}",
            "Title": title,
            "SourceParameterName": parameter,
            "DisplayOptions": _DATE,
        }
    }
