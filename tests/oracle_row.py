"""A row as the oracle has it, of either side, and what it does with one. Plain Python, no code of ours."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple


class Row(NamedTuple):
    """A row that passed, of either side: texts trimmed, NULL and blank texts empty.

    `data` is a text where the base holds a date that is none (before year 1, after 9999, zeros).
    """

    fornecedor_id: str
    ordem_id: str
    nome: str
    ativo_id: str
    data: date | str | None
    valor: Decimal | None


def trimmed(text: str) -> str:
    return text.strip(" \t")


def by_supplier(rows: Iterable[Row]) -> dict[str, tuple[int, int]]:
    """How many rows each supplier has, and their cents. A blank is nobody's name."""
    found: dict[str, tuple[int, int]] = {}
    for row in rows:
        if row.fornecedor_id:
            count, total = found.get(row.fornecedor_id, (0, 0))
            found[row.fornecedor_id] = (count + 1, total + cents(row.valor))
    return found


def cents(valor: Decimal | None) -> int:
    return int((valor or Decimal(0)).scaleb(2))
