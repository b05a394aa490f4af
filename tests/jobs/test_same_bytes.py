"""The published object knows its input only: not the cores, locale, time zone, hash seed or partitions."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
PROGRAM = """
import csv, hashlib, io, sys
from datetime import date
from decimal import Decimal
from local.generated_day import GeneratedDay
from reconciliation.config import Rules
from tests.jobs.whole_day import run_day
from tests.oracle import BaseRow

def base_row(row):
    texts = (row[name] or None for name in ("fornecedor_id", "ordem_id", "nome", "ativo_id"))
    data, valor = row["data"], row["valor"]
    return BaseRow(*texts, date.fromisoformat(data) if data else None, Decimal(valor) if valor else None)

day = GeneratedDay(2000, date(2026, 2, 16))
rows = csv.DictReader(io.StringIO(b"".join(day.base_chunks()).decode()), delimiter=";")
partitions, cut_bytes = map(int, sys.argv[1:])
found = run_day(b"".join(day.csv_chunks()), list(map(base_row, rows)), Rules(), partitions=partitions,
                cut_bytes=cut_bytes)
assert len(found.divergences) == day.expected().divergences
print(hashlib.sha256(found.published_bytes).hexdigest())
"""


def digest(partitions: int, cut_bytes: int, **environment: str) -> str:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(partitions), str(cut_bytes)],
        cwd=CHECKOUT, env={**os.environ, **environment}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return ended.stdout.split()[-1]


@pytest.mark.stack  # whole processes, one after the other
def test_the_same_input_is_the_same_bytes() -> None:
    usual = digest(1, 10**7)
    assert digest(3, 4_000, POLARS_MAX_THREADS="1", PYTHONHASHSEED="0") == usual
    assert digest(13, 50_000, POLARS_MAX_THREADS="2", PYTHONHASHSEED="4242", TZ="Asia/Tokyo") == usual
    assert digest(8, 9_999, LC_ALL="tr_TR.UTF-8", LANG="pt_BR.UTF-8", TZ="America/Sao_Paulo") == usual
