"""A published day against the closed form of the day that was generated."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import polars as pl

from local.mix import Expected
from reconciliation.contract import COMPARED_TEXTS

_LINES = (
    "data_lines", "rejected", "identical_duplicates", "valid_keys", "equal", "tipo_1", "tipo_2", "tipo_3",
    "base_in_scope",
)  # fmt: skip
SCHEMA: dict[str, Any] = {
    **dict.fromkeys(
        ("tipo_divergencia", "motivo", "ordem_id", "campos_divergentes", "fornecedor_id"), pl.String
    ),
    "campos_so_invisiveis": pl.String,
    **{f"{name}_{side}": pl.String for name in COMPARED_TEXTS for side in ("csv", "base")},
    **{f"data_{side}": pl.Date for side in ("csv", "base")},
    **{f"valor_{side}": pl.Decimal(18, 2) for side in ("csv", "base")},
    "diferenca_valor": pl.Decimal(19, 2),
    "linha": pl.Int64,
    "job_id": pl.String,
}
"""The published columns. Their order is not part of the interface."""


def mistakes(published: pl.DataFrame, summary: dict[str, Any], expected: Expected, day: date) -> list[str]:
    """What is not as it must be, one sentence each; an empty list is a correct day."""
    if dict(published.schema) != SCHEMA:
        return [f"esquema publicado: {dict(published.schema)}"]
    checks = {**_published_checks(published, expected), **_summary_checks(summary, expected, day)}
    found = [
        f"{name}: {got!r}, esperado {wanted!r}" for name, (got, wanted) in checks.items() if got != wanted
    ]
    return [*found, *_order_mistakes(published, summary)]


def _published_checks(published: pl.DataFrame, expected: Expected) -> dict[str, tuple[object, object]]:
    types = {"TIPO_1": expected.tipo_1, "TIPO_2": expected.tipo_2, "TIPO_3": expected.tipo_3}
    return {
        "linhas publicadas": (published.height, expected.divergences),
        "divergências por tipo": (_counts(published["tipo_divergencia"]), _without_zeros(types)),
        "divergências por motivo": (_counts(published["motivo"]), expected.motives),
        "campos divergentes": (_fields(published["campos_divergentes"]), expected.fields),
        "campos só invisíveis": (_fields(published["campos_so_invisiveis"]), expected.unseen),
        "soma das diferenças em centavos": (_cents(published["diferenca_valor"]), expected.difference_cents),
    }


def _summary_checks(
    summary: dict[str, Any], expected: Expected, day: date
) -> dict[str, tuple[object, object]]:
    lines, cents = summary["totals"]["lines"], summary["totals"]["cents"]
    warnings = {code: n for code, n in summary["warnings"].items() if code != "MANY_LINES"}
    return {
        "dia": (summary["day"], day.isoformat()),
        "status": (summary["status"], "SUCCEEDED"),
        "linhas": (
            {name: lines[name] for name in _LINES},
            {name: getattr(expected, name) for name in _LINES},
        ),
        "centavos do arquivo": (cents["file"], expected.file_cents),
        "centavos da base": (cents["base"], expected.base_cents),
        "centavos da diferença": (cents["difference"], expected.difference_cents),
        "rejeitos por código": (_without_zeros(summary["rejects_by_code"]), expected.rejects_by_code),
        "avisos": (_without_zeros(warnings), expected.warnings),
    }


def _order_mistakes(published: pl.DataFrame, summary: dict[str, Any]) -> Iterator[str]:
    keys = published.select("tipo_divergencia", "ordem_id")
    if not published["ordem_id"].is_unique().all():
        yield "ordem_id repetido no objeto publicado"
    if not keys.equals(keys.sort("tipo_divergencia", "ordem_id")):
        yield "o objeto publicado não está em ordem de tipo_divergencia, ordem_id"
    if not (published["job_id"] == summary["job_id"]).all():
        yield f"job_id diferente de {summary['job_id']} no objeto publicado"


def _fields(lists: pl.Series) -> dict[str, int]:
    return _counts(lists.filter(lists != "").str.split(",").explode())


def _counts(column: pl.Series) -> dict[str, int]:
    return dict(sorted(column.value_counts().rows()))


def _without_zeros(counts: dict[str, int]) -> dict[str, int]:
    return {name: count for name, count in sorted(counts.items()) if count}


def _cents(column: pl.Series) -> int:
    return sum(int(value.scaleb(2)) for value in column.to_list())
