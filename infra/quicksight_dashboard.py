"""The dashboard "Visão Geral de Divergências" (runbook 1.1, 2.5): the newest day, or the one asked for.

Its date is a parameter without a default: QuickSight's defaults are fixed, by user, or relative to today
(API, DateTimeDefaultValues), and a published day is none of these. Where neither a person nor the address
chose one, rows count that are of the newest day that the dataset has: `maxOver` at PRE_FILTER sees all rows,
whatever is filtered (guide, "maxOver", "Order of evaluation"). A day without divergences has a row in both
datasets.
"""

from collections.abc import Mapping
from typing import Final

from infra.quicksight_data import DATE_COLUMN
from infra.quicksight_visuals import (
    MONEY,
    PERCENT,
    SECONDS,
    WHOLE,
    Column,
    Part,
    Shown,
    all_of,
    choice,
    date_picker,
    distinct,
    dropdown,
    line,
    newest,
    only,
    only_on,
    ranking,
    stacked,
    summed,
    table,
    total,
)
from reconciliation.console import DAY_PARAMETER
from reconciliation.contract import COMPARED, TIPO_3, TYPES

NAME = "Visão Geral de Divergências"

_DATA, _DAYS = "divergencias", "dias"
_SHEET = "visao-geral"
_COLUMNS = 36
"""Width of QuickSight's grid."""
_NEWEST, _OF_THE_DAY = "dia_mais_novo", "do_dia"
_CALCULATED: Final = {
    _NEWEST: f"maxOver({{{DATE_COLUMN}}}, [], PRE_FILTER)",
    _OF_THE_DAY: (
        f"ifelse({{{DATE_COLUMN}}} ="
        f" ifelse(isNull(${{{DAY_PARAMETER}}}), {{{_NEWEST}}}, ${{{DAY_PARAMETER}}}), 'sim', 'não')"
    ),
}
"""Of both datasets."""
_DAY: Final = {
    "Name": DAY_PARAMETER,
    "TimeGranularity": "DAY",
    "ValueWhenUnset": {"ValueWhenUnsetOption": "NULL"},
}
"""The parameter."""
_FIELDS: Final = {
    "fornecedor_id": "Fornecedor", "nome": "Nome", "ativo_id": "Ativo", "data": "Data", "valor": "Valor",
}  # fmt: skip
"""Where a field is called otherwise than its column."""
_SIDES: Final = {"csv": "arquivo", "base": "base"}
_NOT_HERE: Final = (
    "Um valor de R$ 100 trilhões ou mais não cabe no QuickSight: fica vazio, e fora das somas;"
    " o relatório do dia o tem. Nomes longos são cortados"
)

Placed = list[tuple[Part, int, int]]
"""Visuals with their width and height, from left to right."""


def definition(data_set_arn: str, days_arn: str) -> Part:
    """One sheet: the day's figures and cause, the days' trends, who and what diverges, and the rows."""
    of_the_day, of_all_days, of_the_rows = _figures(), _trends(), _divergences()
    visuals = [*of_the_day, *of_all_days, *of_the_rows]
    chosen = {"tipo_divergencia": "Tipo", "motivo": "Motivo", "fornecedor_id": "Fornecedor"}
    only_fields = only("tipo-3", _row("tipo_divergencia"), TIPO_3, only_on(_SHEET, "por-campo"))
    return {
        "DataSetIdentifierDeclarations": [
            {"Identifier": _DATA, "DataSetArn": data_set_arn},
            {"Identifier": _DAYS, "DataSetArn": days_arn},
        ],
        "CalculatedFields": [
            {"DataSetIdentifier": data, "Name": name, "Expression": _literal(expression)}
            for data in (_DATA, _DAYS)
            for name, expression in _CALCULATED.items()
        ],
        "ParameterDeclarations": [{"DateTimeParameterDeclaration": _DAY}],
        "FilterGroups": [
            _one_day(_DAYS, of_the_day),
            _one_day(_DATA, of_the_rows),
            only_fields,
            *(choice(_row(name), all_of(_SHEET)) for name in chosen),
        ],
        "Sheets": [_sheet(visuals, chosen)],
    }


def _sheet(visuals: Placed, chosen: Mapping[str, str]) -> Part:
    """`chosen` are the columns that people choose of, by their titles."""
    return {
        "SheetId": _SHEET,
        "Name": "Visão geral",
        "ContentType": "INTERACTIVE",
        "ParameterControls": [date_picker(DAY_PARAMETER, "Dia (vazio: o mais novo)")],
        "FilterControls": [dropdown(_row(name), title) for name, title in chosen.items()],
        "Visuals": [visual for visual, _, _ in visuals],
        "Layouts": [_grid(visuals)],
        "SheetControlLayouts": [_controls(list(chosen))],
    }


def _literal(expression: str) -> str | Part:
    """QuickSight writes a parameter as CloudFormation does its own, and a linter takes it for one (E1029)."""
    pieces = expression.replace("${", "$\n{").split("\n")
    return {"Fn::Join": ["", pieces]} if len(pieces) > 1 else expression


def _figures() -> Placed:
    """Of the one day that is shown."""
    causes = [Shown(_day(DATE_COLUMN), "Dia", is_date=True), Shown(_day("causa"), "Causa provável")]
    return [
        (total("dia-mostrado", "Dia mostrado", newest("dia-mostrado", _day(DATE_COLUMN))), 6, 5),
        _figure("linhas-do-dia", "Linhas do arquivo", "linhas"),
        _figure("divergencias-do-dia", "Divergências", "divergencias"),
        (total("taxa", "Taxa de divergências", summed("taxa", _day("taxa_percentual"), PERCENT)), 6, 5),
        (total("valor", "Valor das divergências", summed("valor", _day("valor_total"), MONEY)), 6, 5),
        _figure("rejeitadas", "Linhas rejeitadas", "rejeitadas"),
        (total("segundos", "Tempo total", summed("segundos", _day("segundos"), SECONDS)), 6, 5),
        (table("causa", "Causa provável", causes), 24, 5),
    ]


def _figure(visual_id: str, title: str, name: str) -> tuple[Part, int, int]:
    return total(visual_id, title, summed(visual_id, _day(name), WHOLE)), 6, 5


def _trends() -> Placed:
    """Of all days, whichever is shown."""
    day = _day(DATE_COLUMN)
    counts = [summed("tipos-por-dia", _day(kind.lower()), WHOLE) for kind in TYPES]
    values = [summed("valor-por-dia", _day(f"valor_{kind.lower()}"), MONEY) for kind in TYPES]
    rate = summed("taxa-por-dia", _day("taxa_percentual"), PERCENT)
    return [
        (total("dados-ate", "Dados até", newest("dados-ate", day)), 6, 5),
        (line("taxa-por-dia", "Taxa de divergências por dia", day, rate), 12, 10),
        (stacked("tipos-por-dia", "Divergências por dia e tipo", day, counts), 12, 10),
        (stacked("valor-por-dia", "Valor por dia e tipo (R$, bruto)", day, values), 12, 10),
    ]


def _divergences() -> Placed:
    """Of the one day that is shown, of the types, reasons and suppliers that were chosen."""
    kind, supplier = _row("tipo_divergencia"), _row("fornecedor_id")
    return [
        (_counted("por-tipo", "Por tipo", kind), 12, 10),
        (_valued("valor-por-tipo", "Por tipo (R$, bruto)", kind), 12, 10),
        (_counted("por-campo", "Campos divergentes (TIPO_3)", _row("campos_divergentes")), 12, 10),
        (_counted("por-fornecedor", "Fornecedores com mais divergências", supplier), 15, 10),
        (_valued("valor-por-fornecedor", "Fornecedores de maior valor (R$, bruto)", supplier), 15, 10),
        (total("fornecedores", "Fornecedores com divergência", distinct("fornecedores", supplier)), 6, 10),
        (table("linhas", "Divergências", _both_sides(), largest_by="valor_bruto", note=_NOT_HERE), 36, 14),
    ]


def _counted(visual_id: str, title: str, column: Column) -> Part:
    return ranking(visual_id, title, column, summed(visual_id, _row("divergencia"), WHOLE))


def _valued(visual_id: str, title: str, column: Column) -> Part:
    return ranking(visual_id, title, column, summed(visual_id, _row("valor_bruto"), MONEY))


def _both_sides() -> list[Shown]:
    """What a divergence is, then each field as either side has it."""
    names = {
        "tipo_divergencia": "Tipo", "motivo": "Motivo", "ordem_id": "Ordem",
        "campos_divergentes": "Campos divergentes", "campos_so_invisiveis": "Diferença que não se vê",
    }  # fmt: skip
    return [
        Shown(_row(DATE_COLUMN), "Dia", is_date=True),
        *(Shown(_row(name), label) for name, label in names.items()),
        *(
            Shown(
                _row(f"{name}_{side}"),
                f"{_FIELDS.get(name, name)} ({of})",
                MONEY if name == "valor" else None,
            )
            for name in COMPARED
            for side, of in _SIDES.items()
        ),
        Shown(_row("diferenca_valor"), "Diferença (arquivo − base)", MONEY),
        Shown(_row("valor_bruto"), "Diferença sem sinal", MONEY),
        Shown(_row("linha"), "Linha do arquivo", WHOLE),
    ]


def _row(name: str) -> Column:
    return Column(_DATA, name)


def _day(name: str) -> Column:
    return Column(_DAYS, name)


def _one_day(data: str, placed: Placed) -> Part:
    ids = [content["VisualId"] for visual, _, _ in placed for content in visual.values()]
    return only(f"do-dia-{data}", Column(data, _OF_THE_DAY), "sim", only_on(_SHEET, *ids))


def _grid(visuals: Placed) -> Part:
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


def _controls(columns: list[str]) -> Part:
    kinds = {DAY_PARAMETER: "PARAMETER_CONTROL", **dict.fromkeys(columns, "FILTER_CONTROL")}
    elements = [
        {"ElementId": f"controle-{name}", "ElementType": kind, "ColumnSpan": 2, "RowSpan": 1}
        for name, kind in kinds.items()
    ]
    return {"Configuration": {"GridLayout": {"Elements": elements}}}
