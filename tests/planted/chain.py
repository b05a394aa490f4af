"""A day through the real chain: its file's bytes to lines, these compared with the base, patterns, causes."""

from __future__ import annotations

from collections import Counter

import polars as pl

from glue_jobs.causes import WARNING, with_causes
from glue_jobs.suppliers import summary_suppliers
from reconciliation.config import Rules
from reconciliation.documents.summary import Cause, FileIdentity, SummaryDraft
from reconciliation.kernels.classify import classify
from reconciliation.kernels.duplicates import resolve
from reconciliation.kernels.lines import parse_lines
from reconciliation.kernels.money import total
from reconciliation.kernels.schemas import BASE
from reconciliation.kernels.suppliers import added_up, tally
from reconciliation.totals import Totals
from tests.planted.truth import Compared
from tests.planted.world import Day, Order, Pair

_RULES, _FIRST_LINE = Rules(), 2


def causes_of(day: Day) -> tuple[Cause, ...]:
    """The probable causes, as the reconciliation job decides them. What it counts is what `truth` counts."""
    lines = [line for pair in day.pairs for line in _lines(pair)]
    good, refused = parse_lines("".join(f"{line}\n" for line in lines).encode(), _FIRST_LINE, _RULES)
    resolved = resolve(good)
    valid, rejects = resolved.valid, pl.concat([refused, resolved.conflicts])
    base = _base(day).filter(
        (pl.col("data") == day.reference) | pl.col("ordem_id").is_in(valid["ordem_id"].implode())
    )
    compared = classify(valid, rejects, base, day.reference, "planted")
    divergences = compared.divergences.sort("tipo_divergencia", "ordem_id")
    types = Counter(divergences["tipo_divergencia"])
    totals = Totals(
        data_lines=len(lines),
        rejected=rejects.height,
        identical_duplicates=resolved.identical_count,
        valid_keys=compared.valid_keys,
        **{tipo.lower(): types[tipo] for tipo in ("TIPO_1", "TIPO_2", "TIPO_3")},
        equal=compared.equal,
        difference_cents=compared.difference_cents,
        base_in_scope=base.height,
        file_cents=total(valid["valor_cents"]),
        base_cents=total(base["valor_cents"]),
    )
    totals.check()
    _agree(day, totals)
    suppliers = added_up([tally(valid, rejects, base)])
    told = with_causes(_draft(day, totals, suppliers), divergences, suppliers, lambda: day.history)
    assert WARNING not in told.warnings
    assert told.causes is not None
    return told.causes


def _agree(day: Day, totals: Totals) -> None:
    seen = Compared(day)
    assert totals.types == {
        "TIPO_1": len(seen.tipo_1),
        "TIPO_2": len(seen.tipo_2),
        "TIPO_3": len(seen.tipo_3),
    }
    assert (totals.data_lines, totals.base_in_scope) == (seen.lines, len(seen.base))


def _draft(day: Day, totals: Totals, suppliers: pl.DataFrame) -> SummaryDraft:
    return SummaryDraft(
        job_id="planted",
        status="SUCCEEDED",
        day=day.reference.isoformat(),
        input=FileIdentity(s3_key="planted.csv", version_id="1", sha256="0" * 64),
        rules=_RULES.to_dict(),
        rules_sha256="the same",
        fingerprint="0" * 64,
        totals=totals.to_summary(),
        rejects_by_code={},
        warnings={},
        divergence_rate_percent=totals.divergence_rate_percent,
        types=totals.types,
        motives={},
        top_suppliers=(),
        **summary_suppliers(suppliers),
    )


def _base(day: Day) -> pl.DataFrame:
    rows = [pair.base for pair in day.pairs if pair.base]
    return pl.DataFrame(
        [(row.fornecedor_id, row.ordem_id, row.nome, row.ativo_id, row.data, row.cents) for row in rows],
        schema=BASE,
        orient="row",
    )


def _lines(pair: Pair) -> list[str]:
    """The order's lines in the file, of which a fault makes refused ones."""
    if not pair.file:
        return []
    line = _line(pair.file)
    return {
        "": [line],
        "repeated": [line, line],
        "conflict": [line, _line(pair.file._replace(cents=pair.file.cents + 1))],
        "valor": [line.replace(".", ",")],
        "data": [line.replace(f"{pair.file.data}", f"{pair.file.data:%d/%m/%Y}")],
        "columns": [f"{line};"],
    }[pair.fault]


def _line(order: Order) -> str:
    """Amounts with a point and two decimals."""
    sign, cents = "-" if order.cents < 0 else "", abs(order.cents)
    texts = (order.fornecedor_id, order.ordem_id, order.nome, order.ativo_id, f"{order.data}")
    return ";".join((*texts, f"{sign}{cents // 100}.{cents % 100:02d}"))
