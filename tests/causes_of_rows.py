"""The causes of divergences that are written out, without a day around them."""

from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from reconciliation.causes import causes
from reconciliation.contract import TYPES
from reconciliation.documents.summary import AbsentSuppliers, Cause
from reconciliation.examined import Examined
from reconciliation.kernels.patterns import patterns
from reconciliation.kernels.schemas import DIVERGENCES
from reconciliation.rates import Figures
from tests.report_files.day import tipo_1, tipo_2

Rows = Sequence[dict[str, Any]]


def divergences(rows: Rows) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=DIVERGENCES)


def examined(of: pl.DataFrame) -> Examined:
    """Without history; everybody's rows are as many."""
    found = patterns(of)
    today = Figures(
        day="2026-02-16", rate_percent=1.0, types={kind: found.types[kind] for kind in TYPES}, lines=1_000,
        base_rows=1_000, rules_sha256="r",
    )  # fmt: skip
    nobody = AbsentSuppliers(suppliers=0, base_rows=0, base_cents=0, largest=())
    return Examined(
        today=today, keys=1_000, patterns=found, absent=nobody, refused_of_nobody=0,
        rows_by_supplier={"else": 1_000}, history=(),
    )  # fmt: skip


def said(rows: Rows) -> dict[str, Cause]:
    """By code."""
    return {cause.code: cause for cause in causes(examined(divergences(rows)))}


def keys_apart(pairs: Iterable[tuple[str, str, str, str]]) -> list[dict[str, Any]]:
    """An order of the file alone and one of the base alone each: their keys, then their amounts."""
    rows = []
    for line, (mine, theirs, amount, amount_there) in enumerate(pairs, start=2):
        rows += [tipo_1(mine, "F1", line, amount), tipo_2(theirs, "F1", amount_there)]
    return rows
