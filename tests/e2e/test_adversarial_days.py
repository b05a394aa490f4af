"""Days made to hurt, through the whole stack: what is published is what the oracle in plain Python says."""

import json
from datetime import timedelta
from fractions import Fraction
from functools import cache

import psycopg2
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from local import results
from reconciliation.kernels.schemas import DIVERGENCES
from tests import oracle, oracle_file
from tests.cases.case import DAY
from tests.e2e.conftest import Operator
from tests.strategies import SmallDay, days

pytestmark = pytest.mark.stack
DAYS = 2
KEY_CHARS = 255
"""What the local stack's column holds, blanks included."""


@cache
def taken() -> list[SmallDay]:
    """The same in every run, and the richest: Hypothesis begins with poor ones."""
    found: list[SmallDay] = []

    @settings(
        max_examples=100, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(day=days())
    def collect(day: SmallDay) -> None:
        if day not in found and all(len(row.ordem_id) <= KEY_CHARS for row in day.base):
            found.append(day)

    collect()
    return sorted(found, key=lambda day: len(day.file) + 50 * len(day.base))[-DAYS:]


@pytest.mark.parametrize("number", range(DAYS))
def test_an_adversarial_day_is_what_the_oracle_says(operator: Operator, number: int) -> None:
    day = taken()[number]
    wanted = oracle.reconcile(day.file, day.base, DAY, oracle_file.Rules(max_rejected_share=Fraction(1)))
    load(operator, day)
    offset = 15 + number  # a folder of its own for each
    folder = DAY - timedelta(days=offset)
    before = operator.executions()
    with operator.rules(max_rejected_share=1, reference_day_offset=offset):
        operator.upload(f"{folder}/input.csv", day.file)
        ended = operator.end_of(operator.newest(before + 1))
    assert wanted.code is None
    assert ended["status"] == "SUCCEEDED", json.dumps(ended, default=str)
    found = results.published(operator.client("s3"), folder)
    job_id = found.summary["job_id"]
    expected = [{**row, "job_id": job_id} for row in wanted.divergences]
    assert found.frame.to_dicts() == [{name: row[name] for name in DIVERGENCES} for row in expected]
    assert found.summary["totals"] == {"lines": wanted.lines, "cents": wanted.cents}


def load(operator: Operator, day: SmallDay) -> None:
    connection = psycopg2.connect(operator.stack.base_database_url)
    with connection, connection.cursor() as cursor:
        cursor.execute("TRUNCATE transacoes")
        cursor.executemany("INSERT INTO transacoes VALUES (%s, %s, %s, %s, %s, %s)", day.base)
    connection.close()
