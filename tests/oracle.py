"""The data contract once more, in plain Python, straight from its text: what the kernels are compared with.

It holds a whole small day in memory, imports nothing of the project, and is obvious before it is fast.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from tests.oracle_file import Outcome, Refused, Row, Rules, trimmed, validate

COMPARED = ("fornecedor_id", "nome", "ativo_id", "data", "valor")


class BaseRow(NamedTuple):
    """A row of `transacoes`."""

    fornecedor_id: str | None
    ordem_id: str
    nome: str | None
    ativo_id: str | None
    data: date | None
    valor: Decimal | None


def reconcile(file: bytes, base: Iterable[BaseRow], reference: date, rules: Rules | None = None) -> Outcome:
    """The whole contract: the day's divergences sorted by type and key, rejects by line, totals, warnings."""
    outcome = validate(file, reference, rules)
    if outcome.code is None:
        try:
            _classify(outcome, list(base), reference)
        except Refused as refusal:
            outcome.code = refusal.code
    return outcome


def _classify(outcome: Outcome, base: list[BaseRow], reference: date) -> None:
    rows = [_base_row(row) for row in base]
    if any(count > 1 or not key for key, count in Counter(row.ordem_id for row in rows).items()):
        raise Refused("E_BASE_DUP_OR_NULL_KEY")
    if not any(row.data == reference for row in rows):
        raise Refused("BASE_EMPTY")
    scope = {row.ordem_id: row for row in rows if row.data == reference or row.ordem_id in outcome.valid}
    conflicting = {reject.ordem_id for reject in outcome.rejects if reject.codigo == "E_DUP_CONFLICT"}
    refused = {reject.ordem_id for reject in outcome.rejects}
    for key in outcome.valid.keys() | scope.keys():
        line, ours = outcome.valid.get(key, (None, None))
        theirs = scope.get(key)
        if ours is None:
            rejected = "LINHA_REJEITADA" if key in refused else "AUSENTE_NO_CSV"
            motivo = "DUPLICATA_CONFLITANTE" if key in conflicting else rejected
            outcome.divergences.append(_divergence("TIPO_2", motivo, [], None, None, theirs))
        elif theirs is None:
            outcome.divergences.append(_divergence("TIPO_1", "AUSENTE_NA_BASE", [], line, ours, None))
        elif fields := [name for name in COMPARED if getattr(ours, name) != getattr(theirs, name)]:
            outcome.divergences.append(_divergence("TIPO_3", "CAMPOS", fields, line, ours, theirs))
    outcome.divergences.sort(key=lambda d: (d["tipo_divergencia"], d["ordem_id"]))
    _add_totals(outcome, scope)


def _base_row(row: BaseRow) -> Row:
    supplier, key, nome, asset = (trimmed(text or "") for text in row[:4])
    return Row(supplier, key, nome, asset, row.data, row.valor)


def _divergence(
    tipo: str, motivo: str, fields: list[str], line: int | None, ours: Row | None, theirs: Row | None
) -> dict[str, Any]:
    """One row of the published object, but for its `job_id`."""
    side = ours or theirs
    assert side is not None
    values = {
        f"{name}_{suffix}": getattr(row, name, None)
        for name in COMPARED
        for suffix, row in (("csv", ours), ("base", theirs))
    }
    difference = (getattr(ours, "valor", None) or Decimal(0)) - (getattr(theirs, "valor", None) or Decimal(0))
    return {
        "tipo_divergencia": tipo,
        "motivo": motivo,
        "ordem_id": side.ordem_id,
        "campos_divergentes": ",".join(fields),
        "fornecedor_id": side.fornecedor_id,
        **values,
        "diferenca_valor": difference,
        "linha": line,
    }


def _add_totals(outcome: Outcome, scope: dict[str, Row]) -> None:
    types = Counter(divergence["tipo_divergencia"] for divergence in outcome.divergences)
    tipo_1, tipo_2, tipo_3 = (types[tipo] for tipo in ("TIPO_1", "TIPO_2", "TIPO_3"))
    outcome.lines |= {"equal": len(outcome.valid) - tipo_1 - tipo_3}
    outcome.lines |= {"tipo_1": tipo_1, "tipo_2": tipo_2, "tipo_3": tipo_3, "base_in_scope": len(scope)}
    outcome.cents = {
        "file": _cents(row.valor for _, row in outcome.valid.values()),
        "base": _cents(row.valor for row in scope.values()),
        "difference": _cents(divergence["diferenca_valor"] for divergence in outcome.divergences),
    }
    lines, cents = outcome.lines, outcome.cents
    assert lines["data_lines"] == lines["rejected"] + lines["identical_duplicates"] + lines["valid_keys"]
    assert lines["base_in_scope"] == lines["equal"] + tipo_2 + tipo_3
    assert cents["file"] - cents["base"] == cents["difference"]


def _cents(values: Iterable[Decimal | None]) -> int:
    return sum(int((value or Decimal(0)).scaleb(2)) for value in values)
