"""The benchmark: its days, its arithmetic, and the peers as a second oracle of the generated day."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from benchmarks import __main__ as benchmarks_main
from benchmarks import table
from benchmarks.contestants import Peer, Span, WrongAnswer
from benchmarks.contestants import run as run_python
from benchmarks.day import PeerDay, peer_mistakes, write
from benchmarks.sampler import Figures, sampling
from local import postgres
from local.demo import load_base
from local.generated_day import GeneratedDay
from tests.generated import base_rows
from tests.oracle import reconcile
from tests.servers.prepared import prepared

ROWS = 2_000


def test_a_day_that_cannot_be_generated_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of ten lines a generated day has none, and nothing that is waited for ever comes."""
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--rows", "10"])
    with pytest.raises(SystemExit, match=r"^ROWS=10: use um número de 1000 a"):
        benchmarks_main._arguments()


def test_the_peers_day_has_the_same_answer_and_nothing_refused() -> None:
    day = PeerDay(ROWS)
    outcome = reconcile(b"".join(day.csv_chunks()), base_rows(day), day.reference_date)
    expected = GeneratedDay(ROWS).expected()
    assert not outcome.rejects
    assert outcome.lines["identical_duplicates"] == 0
    for name in ("valid_keys", "equal", "tipo_1", "tipo_2", "tipo_3"):
        assert outcome.lines[name] == getattr(expected, name)
    assert outcome.cents["difference"] == expected.difference_cents
    assert b"".join(day.base_chunks()) == b"".join(GeneratedDay(ROWS).base_chunks())


def _answer() -> pl.DataFrame:
    day = PeerDay(ROWS)
    outcome = reconcile(b"".join(day.csv_chunks()), base_rows(day), day.reference_date)
    names = ("tipo_divergencia", "ordem_id", "campos_divergentes", "diferenca_valor")
    frame = pl.DataFrame([{name: row[name] for name in names} for row in outcome.divergences])
    return frame.with_columns(pl.col("campos_divergentes").replace("", None))


def test_a_wrong_peer_is_noticed(tmp_path: Path) -> None:
    right, out, expected = _answer(), tmp_path / "out.parquet", GeneratedDay(ROWS).expected()
    first = pl.int_range(pl.len()) == 0
    wrong = {
        "keys": right.with_columns(ordem_id=pl.lit("x")),
        "types": right.with_columns(tipo_divergencia=pl.lit("TIPO_1")),
        "fields": right.with_columns(campos_divergentes=pl.lit("nome")),
        "difference in cents": right.with_columns(
            diferenca_valor=pl.when(first).then(pl.lit(0)).otherwise("diferenca_valor")
        ),
    }
    right.write_parquet(out)
    assert peer_mistakes(out, expected) == []
    for name, frame in wrong.items():
        frame.write_parquet(out)
        assert [text.split(":")[0] for text in peer_mistakes(out, expected)] == [name]


def test_the_sampler_counts_what_a_child_spends() -> None:
    with sampling(server=0) as sampler:
        began = time.monotonic()
        run_python(["-c", "import time\nheld = b'x' * 80_000_000\nwhile time.process_time() < 0.6: pass"], {})
        ended = time.monotonic()
    seen = sampler.between(began, ended)
    assert seen.wall_s == ended - began
    assert 0.3 < seen.cpu_s < 1.5
    assert seen.peak_mb > 80
    assert (seen.aws_cpu_s, seen.aws_peak_mb) == (0, 0)


def test_the_table_has_medians_and_ratios(tmp_path: Path) -> None:
    def taken(*walls_s: float) -> list[table.Run]:
        return [(Span(0, s, {"part_s": s / 2}), Figures(s, 2 * s, 100, 0, 0, 0, 0)) for s in walls_s]

    measured = {table.OURS: taken(30, 10, 20), table.WORK: taken(5, 6, 7), "Polars": taken(2, 2, 9)}
    found = table.rows(measured)
    assert found["Polars"]["wall_s"] == 2
    assert found["Polars"]["ours_to_it"] == 10
    assert found["Polars"]["our_work_to_it"] == 3
    assert found[table.OURS]["part_s"] == 10
    facts = {"rows": 1_000, "skew": 0.0, "base_rows": 5_000, "runs": 3}
    text = table.save(tmp_path, measured, facts)
    assert "| Polars | 2.0 | 4.0 | 100 | 10.00 | 3.00 |" in text
    assert (tmp_path / "1000.md").read_text() == text
    assert (tmp_path / "1000.json").exists()


def test_a_failed_script_says_why() -> None:
    with pytest.raises(WrongAnswer, match="no such luck"):
        run_python(["-c", "raise SystemExit('no such luck')"], {})


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Any]]:
    """A PostgreSQL with the day's base of three dates, and the day's files."""
    files = write(GeneratedDay(ROWS, base_factor=3), tmp_path_factory.mktemp("day"))
    database = prepared(postgres.start(tmp_path_factory.mktemp("postgres")))
    try:
        assert load_base(database.owner_url, files.base) > 2 * ROWS
        yield database.owner_url, files
    finally:
        database.stop()


def test_a_plain_script_agrees_with_the_closed_form(base: tuple[str, Any], tmp_path: Path) -> None:
    """Spark's is run by test_dataframe_oracle.py; DuckDB is installed by `make bench` alone."""
    url, files = base
    span = Peer("polars_script", url, GeneratedDay(ROWS, base_factor=3), files.peer_file, tmp_path).run()
    assert span.ended > span.began
