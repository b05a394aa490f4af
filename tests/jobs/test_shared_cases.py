"""The shared inputs that went wrong, as far as the file decides them: at many cuts, against the oracle."""

import csv
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from reconciliation.config import Rules
from tests.jobs.against_oracle import check_day
from tests.jobs.whole_day import plan_of
from tests.oracle import BaseRow

CASES = Path(__file__).with_name("shared_cases")
FILES = (
    "A1-bom-first-data-line", "A1-bom-hides-conflict", "A1-control-second-line", "Q-blank-before-quote",
    "Q-excel-blank-rows", "Q-excel-guard",
)  # fmt: skip


def base_rows() -> list[BaseRow]:
    with (CASES / "A1-base.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    return [
        BaseRow(
            row["fornecedor_id"], row["ordem_id"], row["nome"], row["ativo_id"],
            date.fromisoformat(row["data"]), Decimal(row["valor"]),
        )
        for row in rows
    ]  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_shared_case_wherever_it_is_cut(name: str) -> None:
    file, seen = (CASES / f"{name}.csv").read_bytes(), set()
    for cut_bytes in (1, *range(40, len(file), 131), len(file)):
        cuts = plan_of(file, Rules(), 1, cut_bytes).cuts
        if cuts not in seen:
            seen.add(cuts)
            check_day(file, base_rows(), Fraction(5, 100), partitions=1, cut_bytes=cut_bytes)
