"""The plain DataFrame job of `benchmarks/` as a second oracle of 60 adversarial days in one.

It shares nothing with our jobs: Spark reads, joins and classifies. It is given the lines that the oracle
in plain Python lets pass, since it checks none itself.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import psycopg2
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from benchmarks.contestants import run
from local import postgres, spark
from local.place import CHECKOUT
from reconciliation.config import Rules
from tests import oracle, oracle_file
from tests.cases.case import DAY, HEADER
from tests.jobs.whole_day import run_day
from tests.servers.prepared import prepared
from tests.strategies import SmallDay, days

pytestmark = pytest.mark.spark
DAYS = 60
COMPARED = ("fornecedor_id", "nome", "ativo_id", "data", "valor")


@dataclass(frozen=True)
class Sample:
    """A day, and what our jobs and the oracle make of it."""

    day: SmallDay
    valid: list[oracle_file.Row]
    ours: list[dict[str, Any]]


def samples() -> list[Sample]:
    """The same days in every run."""
    found: list[Sample] = []

    @settings(
        max_examples=2 * DAYS, derandomize=True, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(day=days())
    def collect(day: SmallDay) -> None:
        outcome = oracle.reconcile(day.file, day.base, DAY, oracle_file.Rules(max_rejected_share=1))  # type: ignore[arg-type]
        if outcome.code is None and len(found) < DAYS:
            ours = run_day(day.file, day.base, Rules(max_rejected_share=1)).divergences
            found.append(Sample(day, [row for _, row in outcome.valid.values()], ours))

    collect()
    return found


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[postgres.Database]:
    database = prepared(postgres.start(tmp_path_factory.mktemp("postgres")))
    yield database
    database.stop()


def test_the_dataframe_job_finds_what_ours_finds(base: postgres.Database, tmp_path: Path) -> None:
    taken = samples()
    assert len(taken) == DAYS
    file, out, scratch = tmp_path / "file.csv", tmp_path / "out", tmp_path / "scratch"
    scratch.mkdir()
    write(file, taken)
    load(base.owner_url, taken)
    environment = spark.environment(CHECKOUT / ".local" / "cache", scratch, [CHECKOUT])
    asked = [str(file), base.owner_url, str(DAY), str(out), str(scratch)]
    run(["-m", "benchmarks.peers.spark_dataframes", *asked], {"PATH": "/usr/bin:/bin", **environment})
    found = sorted(map(as_peers, pl.read_parquet(out / "*.parquet").to_dicts()))
    wanted = sorted(ours(number, row) for number, sample in enumerate(taken) for row in sample.ours)
    assert len(wanted) > DAYS
    assert found == wanted


def write(path: Path, taken: list[Sample]) -> None:
    with path.open("w", newline="", encoding="utf-8") as to:
        to.write(f"{HEADER}\n")
        writer = csv.writer(to, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\n")
        for number, sample in enumerate(taken):
            for row in sample.valid:
                writer.writerow([row.fornecedor_id, f"{number}|{row.ordem_id}", *row[2:]])


def load(url: str, taken: list[Sample]) -> None:
    """The blanks about a key of the base stay, outside the day's number.

    On other dates the job looks a key up as it is, as most such jobs would: there they are taken off.
    """
    connection = psycopg2.connect(url)
    with connection, connection.cursor() as cursor:
        cursor.execute("ALTER TABLE transacoes ALTER COLUMN ordem_id TYPE text")
        for number, sample in enumerate(taken):
            for row in sample.day.base:
                held = row.ordem_id if row.data == DAY else row.ordem_id.strip(" \t")
                bare = held.lstrip(" \t")
                key = f"{held[: len(held) - len(bare)]}{number}|{bare}"
                cursor.execute(
                    "INSERT INTO transacoes VALUES (%s, %s, %s, %s, %s, %s)", (row[0], key, *row[2:])
                )
    connection.close()


def as_peers(row: dict[str, Any]) -> tuple[str, ...]:
    sides = [row[name + side] for side in ("", "_base") for name in COMPARED]
    fields = (row["campos_divergentes"] or "", row["campos_so_invisiveis"])
    return _texts(row["ordem_id"], row["tipo_divergencia"], *fields, *sides)


def ours(number: int, row: dict[str, Any]) -> tuple[str, ...]:
    sides = [row[name + side] for side in ("_csv", "_base") for name in COMPARED]
    fields = (row["campos_divergentes"], row["campos_so_invisiveis"])
    return _texts(f"{number}|{row['ordem_id']}", row["tipo_divergencia"], *fields, *sides)


def _texts(*values: object) -> tuple[str, ...]:
    """NULL and each value apart, and in an order."""
    return tuple(map(repr, values))
