"""What each supplier is sent of a published day: its own lines that are wrong, as rows, and a message.

Its refused lines, the orders that the base does not have (TIPO_1) and those that differ (TIPO_3). Of an order
that the base has under another supplier, or under none, nothing of the base is told: it is not this one's.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice, zip_longest
from typing import Any, Final

import polars as pl

from reconciliation.contract import COMPARED, TIPO_1, TIPO_3
from reconciliation.documents.summary import Summary
from reconciliation.kernels.supplier_causes import supplier_causes
from reconciliation.places import NO_SUPPLIER, OTHER_SUPPLIERS, supplier_folder_name
from reconciliation.supplier_message import (
    EXAMPLES,
    Faults,
    Orders,
    absent_order,
    differing_order,
    of_supplier,
    order_of_another,
    refused_line,
)
from reconciliation.wording import brl

SUPPLIERS_MAX: Final = 1_000
REFUSED: Final = "RECUSADA"
"""A line's kind, beside TIPO_1 and TIPO_3; by these words they are sorted."""
_ID, _KIND, _CODE, _FIELDS = "fornecedor_id", "situacao", "codigo", "campos_divergentes"
_SIDES: Final = tuple(f"{name}_{side}" for name in COMPARED if name != _ID for side in ("csv", "base"))
_IS_ANOTHERS: Final = (
    (pl.col("tipo_divergencia") == TIPO_3)
    & (pl.col(f"{_ID}_base") != pl.col(_ID))
    & ~pl.col("campos_so_invisiveis").str.split(",").list.contains(_ID)
)
"""By more than what nobody sees."""
_ANOTHERS: Final = "na base, a ordem é de outro fornecedor, ou de nenhum"
_REASONS: Final = (
    pl.when(_IS_ANOTHERS)
    .then(pl.lit(_ANOTHERS))
    .when(pl.col("tipo_divergencia") == TIPO_3)
    .then(pl.lit("campos diferentes dos da base"))
    .otherwise(pl.lit("a base não tem esta ordem"))
)


@dataclass(frozen=True)
class SupplierPart:
    """A folder's name, its rows, and the message; None where the rows are of many, or nothing is asked."""

    folder: str
    lines: pl.DataFrame
    message: str | None


def supplier_parts(
    summary: Summary, divergences: pl.DataFrame, rejects: pl.DataFrame
) -> Iterator[SupplierPart]:
    """Those with the highest R$, gross, first; then what names no supplier, and the rest as one.

    `divergences` by schema DIVERGENCES, `rejects` by schema REJECTS.
    """
    lines = _lines(divergences, rejects).sort(_KIND, "linha")
    is_named = pl.col(_ID).is_not_null()
    largest = _largest(lines)
    is_largest = pl.col(_ID).is_in(largest.implode())
    told = lines.filter(is_largest | ~is_named)
    causes = supplier_causes(divergences.filter(is_largest))
    by_supplier, faults = told.partition_by(_ID, as_dict=True), _faults(told, causes)
    for supplier in (*largest, None):
        if (supplier,) in by_supplier:
            message = _message(supplier, summary, faults[supplier])
            folder = NO_SUPPLIER if supplier is None else supplier_folder_name(supplier)
            yield SupplierPart(folder, by_supplier[supplier,], message)
    others = lines.filter(is_named & ~is_largest)
    if others.height:
        yield SupplierPart(OTHER_SUPPLIERS, others.sort(_ID, _KIND, "linha"), None)


def _message(supplier: str | None, summary: Summary, faults: Faults) -> str | None:
    if faults.is_nothing_asked:
        return None
    return of_supplier(supplier, summary.day, summary.input.s3_key, faults, summary.who)


def folders(divergences: pl.DataFrame, rejects: pl.DataFrame) -> Mapping[str, str]:
    """By supplier the name of its folder, of those that have one of their own."""
    return {supplier: supplier_folder_name(supplier) for supplier in _largest(_lines(divergences, rejects))}


def _largest(lines: pl.DataFrame) -> pl.Series:
    """The suppliers that have a folder of their own."""
    ranked = (
        lines.filter(pl.col(_ID).is_not_null())
        .group_by(_ID).agg(pl.col("diferenca_valor").abs().sum(), pl.len())
        .sort("diferenca_valor", "len", _ID, descending=[True, True, False])
    )  # fmt: skip
    return ranked[_ID].head(SUPPLIERS_MAX)


def _lines(divergences: pl.DataFrame, rejects: pl.DataFrame) -> pl.DataFrame:
    """One row a refused line or divergent order of the file."""
    of_file = divergences.filter(pl.col("tipo_divergencia").is_in([TIPO_1, TIPO_3]))
    of_base = [name for name in (*_SIDES, "diferenca_valor") if not name.endswith("_csv")]
    orders = of_file.select(
        _ID,
        pl.col("tipo_divergencia").alias(_KIND),
        "linha",
        "ordem_id",
        pl.lit(None, pl.String).alias(_CODE),
        _REASONS.alias("motivo"),
        pl.when(_IS_ANOTHERS).then(pl.lit(_ID)).otherwise(pl.col(_FIELDS)).alias(_FIELDS),
        *(
            pl.when(~_IS_ANOTHERS).then(pl.col(name)).alias(name) if name in of_base else pl.col(name)
            for name in (*_SIDES, "diferenca_valor")
        ),
    )
    refused = rejects.select(
        _ID, pl.lit(REFUSED).alias(_KIND), "linha", "ordem_id", _CODE, pl.col("detalhe").alias("motivo")
    )
    return pl.concat([orders, refused], how="diagonal")


# --- what the messages say


def _faults(lines: pl.DataFrame, causes: Mapping[str, Sequence[str]]) -> Mapping[str | None, Faults]:
    """By supplier, all of them at once: a frame for each of a thousand takes a second."""
    refused: dict[str | None, dict[str, int]] = defaultdict(dict)
    of_code = lines.filter(pl.col(_KIND) == REFUSED).group_by(_ID, _CODE).len()
    for supplier, code, count in of_code.sort("len", _CODE, descending=[True, False]).iter_rows():
        refused[supplier][code] = count
    fields: dict[str | None, dict[str, int]] = defaultdict(dict)
    of_field = (
        lines.filter(pl.col(_KIND) == TIPO_3)
        .select(_ID, pl.col(_FIELDS).str.split(","))
        .explode(_FIELDS)
        .group_by(_ID, _FIELDS)
        .len()
    )
    for supplier, name, count in of_field.sort("len", _FIELDS, descending=[True, False]).iter_rows():
        fields[supplier][name] = count
    orders = {
        (supplier, kind): Orders(count=count, gross_cents=int(gross.scaleb(2)))
        for supplier, kind, count, gross in lines.group_by(_ID, _KIND)
        .agg(pl.len(), pl.col("diferenca_valor").abs().sum())
        .iter_rows()
    }
    examples = _examples(lines)
    return {
        supplier: Faults(
            refused=refused[supplier],
            absent=orders.get((supplier, TIPO_1), Orders()),
            differing=orders.get((supplier, TIPO_3), Orders()),
            fields=fields[supplier],
            examples=examples[supplier],
            causes=causes.get(supplier, ()) if supplier else (),
        )
        for supplier in {supplier for supplier, _ in orders}
    }


def _examples(lines: pl.DataFrame) -> Mapping[str | None, Sequence[str]]:
    """By supplier the first of each kind, and then the next ones."""
    first = lines.group_by(_ID, _KIND, maintain_order=True).head(EXAMPLES)
    found: dict[str | None, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in first.iter_rows(named=True):
        found[row[_ID]][row[_KIND]].append(_example(row))
    return {supplier: _in_turn(kinds) for supplier, kinds in found.items()}


def _in_turn(kinds: Mapping[str, list[str]]) -> list[str]:
    in_turn = (one for some in zip_longest(*kinds.values()) for one in some if one)
    chosen = set(islice(in_turn, EXAMPLES))
    return [one for some in kinds.values() for one in some if one in chosen]


def _example(row: Mapping[str, Any]) -> str:
    line, order = row["linha"], row["ordem_id"]
    if row[_KIND] == REFUSED:
        return refused_line(line, row["motivo"], row[_CODE])
    if row[_KIND] == TIPO_1:
        return absent_order(line, order, _worded(row["valor_csv"]))
    if row["motivo"] == _ANOTHERS:
        return order_of_another(line, order)
    differing = row[_FIELDS].split(",")
    pairs = {
        name: (_worded(row[f"{name}_csv"]), _worded(row[f"{name}_base"])) for name in differing if name != _ID
    }
    return differing_order(line, order, pairs, is_supplier_unseen=_ID in differing)


def _worded(value: str | date | Decimal | None) -> str:
    """A value as people read it; the base's NULL is an empty one."""
    if isinstance(value, Decimal):
        return brl(int(value.scaleb(2)))
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else value or ""
