"""The data contract once more, in plain Python, straight from its text: what the kernels are compared with.

It holds a whole small day in memory, imports nothing of the project, and is obvious before it is fast.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from tests.looks import look_the_same
from tests.oracle_file import Outcome, Refused, Rules, validate
from tests.oracle_row import Row, by_supplier, cents, trimmed

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
COMPARED = ("fornecedor_id", "nome", "ativo_id", "data", "valor")


class BaseRow(NamedTuple):
    """A row of `transacoes`.

    `data` is a text where it is no date (`0000-00-00`, `infinity`, `0044-03-15 BC`: as that database writes
    it), and a datetime where the column holds instants; one without offset is taken as it stands.
    """

    fornecedor_id: str | int | Enum | None
    ordem_id: str | None
    nome: str | Enum | None
    ativo_id: str | Enum | None
    data: date | datetime | str | None
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
    in_scope = [row for row in rows if row.data == reference or row.ordem_id in outcome.valid]
    # CHOICE: out of scope nobody looks, so keys may repeat or be NULL there
    if any(count > 1 or not key for key, count in Counter(row.ordem_id for row in in_scope).items()):
        raise Refused("E_BASE_DUP_OR_NULL_KEY")
    if not any(row.data == reference for row in in_scope):
        raise Refused("BASE_EMPTY")
    scope = {row.ordem_id: row for row in in_scope}
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
    _add_warnings(outcome, scope)


def _base_row(row: BaseRow) -> Row:
    supplier, key, nome, asset = map(_text, row[:4])
    return Row(supplier, key, nome, asset, _date(row.data), row.valor)


def _text(value: object) -> str:
    """An enumeration as its text, an integer as its digits, NULL as empty."""
    return "" if value is None else trimmed(str(value.value if isinstance(value, Enum) else value))


def _date(data: date | datetime | str | None) -> date | str | None:
    if not isinstance(data, datetime):
        return data
    if data.tzinfo is None:  # CHOICE: an hour of nowhere has only its own date
        return data.date()
    try:
        return data.astimezone(SAO_PAULO).date()
    except OverflowError:  # the first hours of year 1 are of year 0 there
        return str(data)


def _divergence(
    tipo: str, motivo: str, fields: list[str], line: int | None, ours: Row | None, theirs: Row | None
) -> dict[str, Any]:
    """One row of the published object, but for its `job_id`."""
    side = ours or theirs
    assert side is not None
    values = {
        f"{name}_{suffix}": _published(getattr(row, name, None), name)
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
        "campos_so_invisiveis": ",".join(
            name for name in fields if look_the_same(getattr(ours, name), getattr(theirs, name))
        ),
    }


def _published(value: Any, name: str) -> Any:
    """CHOICE: a date that is none is published as a null."""
    return None if name == "data" and isinstance(value, str) else value


def _add_totals(outcome: Outcome, scope: dict[str, Row]) -> None:
    types = Counter(divergence["tipo_divergencia"] for divergence in outcome.divergences)
    tipo_1, tipo_2, tipo_3 = (types[tipo] for tipo in ("TIPO_1", "TIPO_2", "TIPO_3"))
    outcome.lines |= {"equal": len(outcome.valid) - tipo_1 - tipo_3}
    outcome.lines |= {"tipo_1": tipo_1, "tipo_2": tipo_2, "tipo_3": tipo_3, "base_in_scope": len(scope)}
    outcome.cents = {
        "file": sum(cents(row.valor) for _, row in outcome.valid.values()),
        "base": sum(cents(row.valor) for row in scope.values()),
        "difference": sum(cents(divergence["diferenca_valor"]) for divergence in outcome.divergences),
    }
    lines, money = outcome.lines, outcome.cents
    assert lines["data_lines"] == lines["rejected"] + lines["identical_duplicates"] + lines["valid_keys"]
    assert lines["base_in_scope"] == lines["equal"] + tipo_2 + tipo_3
    assert money["file"] - money["base"] == money["difference"]


def _add_warnings(outcome: Outcome, scope: dict[str, Row]) -> None:
    """How many rows have a date that is none, and how many suppliers are absent.

    CHOICE: a supplier's refused line is a line in the file, where it has six fields.
    """
    absurd = sum(isinstance(row.data, str) for row in scope.values())
    outcome.absent_suppliers = {
        supplier: counted
        for supplier, counted in by_supplier(scope.values()).items()
        if supplier not in outcome.suppliers_named
    }
    counted = {"BASE_ABSURD_DATE": absurd, "SUPPLIER_ABSENT": len(outcome.absent_suppliers)}
    outcome.warnings.update({code: count for code, count in counted.items() if count})
