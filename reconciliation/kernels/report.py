"""The figures of a day's report, counted over the published columns.

Source: runbook 2.5, step 2 (by type, supplier, field) and its notification.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from reconciliation.contract import COMPARED_TEXTS, TIPO_3, TYPES
from reconciliation.documents.summary import Summary
from reconciliation.kernels.money import cents_of
from reconciliation.kernels.schemas import DIVERGENCES
from reconciliation.kernels.supplier_files import folders
from reconciliation.line import BLANK_ROW
from reconciliation.rates import Figures
from reconciliation.report.figures import (
    EXAMPLES,
    HISTORY_DAYS,
    ROWS_MAX,
    SUPPLIERS_MAX,
    TEXT_MAX,
    Change,
    DayFigures,
    Differing,
    Group,
    Refusals,
    RefusedLine,
    Row,
    Supplier,
    Tally,
)

_NET: Final = cents_of("diferenca_valor")
_TALLY: Final = (
    pl.len().alias("count"),
    _NET.abs().cast(pl.Int128).sum().alias("gross_cents"),
    _NET.cast(pl.Int128).sum().alias("net_cents"),
)
_CONTENT: Final = tuple(name for name in DIVERGENCES if name not in ("job_id", "linha"))
"""What two runs say alike of a divergence that is the same."""
_OF_CHANGE: Final = 5
"""Divergences that a reprocessing brought, and that it took, by name."""


@dataclass(frozen=True, kw_only=True)
class Replaced:
    """The publication that this one took the place of.

    `divergences` by schema DIVERGENCES; None where they cannot be compared: another release wrote them, or
    what is left of them cannot be read.
    """

    divergences: pl.DataFrame | None


@dataclass(frozen=True, kw_only=True)
class ReportInputs:
    """All that a day's report is made of: the same inputs give the same bytes."""

    summary: Summary
    history: Sequence[Figures]
    """Published days before this one, the newest first."""
    divergences: pl.DataFrame
    """By schema DIVERGENCES."""
    rejects: pl.DataFrame
    """By schema REJECTS."""
    replaced: Replaced | None


def figures(inputs: ReportInputs, rows_max: int = ROWS_MAX, suppliers_max: int = SUPPLIERS_MAX) -> DayFigures:
    """Raises ValueError where divergences or refused lines are not those that the summary counted."""
    divergences = inputs.divergences
    types = _types(divergences)
    _require_of(inputs.summary, types, inputs.rejects.height)
    suppliers = _groups(divergences, pl.col("fornecedor_id"))
    others = suppliers[suppliers_max:]
    before = inputs.replaced.divergences if inputs.replaced else None
    return DayFigures(
        summary=inputs.summary,
        history=tuple(inputs.history[:HISTORY_DAYS]),
        total=_tally(divergences),
        types=types,
        fields=_fields(divergences),
        suppliers=_suppliers(suppliers[:suppliers_max], folders(divergences, inputs.rejects)),
        other_suppliers=others.height,
        others=Tally(**{name: int(others[name].sum()) for name in ("count", "gross_cents", "net_cents")}),
        refusals=_refusals(inputs.rejects),
        refused_of_nobody=_of_nobody(inputs.rejects).height,
        rows=_rows(divergences, rows_max),
        change=_change(before, divergences) if before is not None else None,
        is_change_unknown=inputs.replaced is not None and before is None,
    )


def _of_nobody(rejects: pl.DataFrame) -> pl.DataFrame:
    """Those of which nobody can read whose they are; blank lines are nobody's."""
    return rejects.filter(pl.col("fornecedor_id").is_null() & (pl.col("codigo") != BLANK_ROW))


def _require_of(summary: Summary, types: Sequence[Group], refused: int) -> None:
    """A page of one publication with the totals of another would say that all is well."""
    counted = {group.name: group.count for group in types}
    gross = {group.name: group.gross_cents for group in types}
    net_cents = sum(group.net_cents for group in types)
    if counted != {kind: summary.types.get(kind, 0) for kind in TYPES}:
        raise ValueError(f"{summary.day}: the summary counted {summary.types}, the divergences are {counted}")
    if summary.value_by_type_cents not in (None, gross) or summary.totals.cents.difference != net_cents:
        raise ValueError(f"{summary.day}: the divergences' amounts are not those of the summary")
    if refused != summary.totals.lines.rejected:
        raise ValueError(f"{summary.day}: {refused} refused lines, the summary counted others")


def _tally(divergences: pl.DataFrame) -> Tally:
    return Tally(**divergences.select(_TALLY).row(0, named=True))


def _groups(divergences: pl.DataFrame, name: pl.Expr) -> pl.DataFrame:
    return (
        divergences.group_by(name.alias("name"))
        .agg(_TALLY)
        .sort("gross_cents", "count", "name", descending=[True, True, False])
    )


def _named(groups: pl.DataFrame) -> tuple[Group, ...]:
    return tuple(Group(**group) for group in groups.iter_rows(named=True))


def _suppliers(groups: pl.DataFrame, named: Mapping[str, str]) -> tuple[Supplier, ...]:
    shown = groups.with_columns(_cut("name"))
    return tuple(
        Supplier(**group, folder=named.get(whole))
        for whole, group in zip(groups["name"], shown.iter_rows(named=True), strict=True)
    )


def _types(divergences: pl.DataFrame) -> tuple[Group, ...]:
    counted = {group.name: group for group in _named(_groups(divergences, pl.col("tipo_divergencia")))}
    return tuple(counted.get(kind, Group(name=kind)) for kind in TYPES)


def _fields(divergences: pl.DataFrame) -> tuple[Group, ...]:
    of_fields = divergences.filter(pl.col("tipo_divergencia") == TIPO_3)
    each = of_fields.with_columns(pl.col("campos_divergentes").str.split(",")).explode("campos_divergentes")
    return _named(_groups(each, pl.col("campos_divergentes")))


def _refusals(rejects: pl.DataFrame) -> tuple[Refusals, ...]:
    counted = rejects.group_by("codigo").len().sort("len", "codigo", descending=[True, False])
    return tuple(
        Refusals(code=code, count=count, examples=_examples(rejects.filter(pl.col("codigo") == code)))
        for code, count in counted.iter_rows()
    )


def _examples(rejects: pl.DataFrame) -> tuple[RefusedLine, ...]:
    first = rejects.bottom_k(EXAMPLES, by="linha").sort("linha").select(
        line="linha", detail=_cut("detalhe"), order=_cut("ordem_id"), supplier=_cut("fornecedor_id")
    )  # fmt: skip
    return tuple(RefusedLine(**line) for line in first.iter_rows(named=True))


def _rows(divergences: pl.DataFrame, most: int) -> tuple[Row, ...]:
    """Of as much money by type and key."""
    places = divergences.select(
        pl.arg_sort_by(_NET.abs(), "tipo_divergencia", "ordem_id", descending=[True, False, False]).head(most)
    ).to_series()
    shown = divergences[places].select(
        "tipo_divergencia", "motivo", "campos_divergentes", "campos_so_invisiveis", "linha",
        *map(_cut, ("ordem_id", "fornecedor_id")),
        *(_cut(f"{name}_{side}") for name in COMPARED_TEXTS for side in ("csv", "base")),
        *(pl.col(f"data_{side}").dt.strftime("%d/%m/%Y") for side in ("csv", "base")),
        *map(cents_of, ("valor_csv", "valor_base", "diferenca_valor")),
    )  # fmt: skip
    return tuple(map(_row, shown.iter_rows(named=True)))


def _row(row: dict[str, Any]) -> Row:
    alike = row["campos_so_invisiveis"].split(",")
    return Row(
        kind=row["tipo_divergencia"],
        motive=row["motivo"],
        order=row["ordem_id"],
        supplier=row["fornecedor_id"],
        line=row["linha"],
        file_cents=row["valor_csv"],
        base_cents=row["valor_base"],
        difference_cents=row["diferenca_valor"],
        amount_differs="valor" in row["campos_divergentes"].split(","),
        differing=tuple(
            Differing(
                field=name, file=row[f"{name}_csv"], base=row[f"{name}_base"], looks_alike=name in alike
            )
            for name in row["campos_divergentes"].split(",")
            if name not in ("", "valor")
        ),
    )


def _change(before: pl.DataFrame, after: pl.DataFrame) -> Change:
    entered = after.join(before, on="ordem_id", how="anti")
    left = before.join(after, on="ordem_id", how="anti")
    alike = _contents(after).join(_contents(before), on=["ordem_id", "content"], how="semi")
    in_both = after.join(before, on="ordem_id", how="semi")
    altered = in_both.join(alike, on="ordem_id", how="anti")
    return Change(
        before=_tally(before),
        after=_tally(after),
        entered=_tally(entered),
        left=_tally(left),
        altered_before=_tally(before.join(altered, on="ordem_id", how="semi")),
        altered_after=_tally(altered),
        largest_entered=_rows(entered, _OF_CHANGE),
        largest_left=_rows(left, _OF_CHANGE),
    )


def _contents(divergences: pl.DataFrame) -> pl.DataFrame:
    """A number a row, the same for what is alike: of 64 bits, where rows of a million would not fit twice."""
    return divergences.select("ordem_id", pl.struct(_CONTENT).hash().alias("content"))


def _cut(name: str) -> pl.Expr:
    """What is cut off is marked as such."""
    text = pl.col(name)
    is_long = text.str.len_chars() > TEXT_MAX
    return pl.when(is_long).then(text.str.slice(0, TEXT_MAX) + "…").otherwise(text).alias(name)
