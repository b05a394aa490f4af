"""The generated day, read back."""

import csv
import io
from datetime import date
from decimal import Decimal

from local.generated_day import GeneratedDay
from tests.oracle import BaseRow


def base_rows(day: GeneratedDay) -> list[BaseRow]:
    """The generated base, read back with the standard library."""
    text = b"".join(day.base_chunks()).decode()
    rows = list(csv.DictReader(io.StringIO(text), delimiter=";"))
    return [
        BaseRow(
            row["fornecedor_id"],
            row["ordem_id"],
            row["nome"],
            row["ativo_id"],
            date.fromisoformat(row["data"]) if row["data"] else None,
            Decimal(row["valor"]) if row["valor"] else None,
        )
        for row in rows
    ]
