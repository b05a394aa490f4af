"""The benchmark: its days, its arithmetic, and the peers as a second oracle of the generated day."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from benchmarks import __main__ as benchmarks_main
from benchmarks import chart, compare, goals, growth, scale, table
from benchmarks.contestants import Span, WrongAnswer
from benchmarks.contestants import run as run_python
from benchmarks.day import PeerDay, peer_mistakes, write
from benchmarks.exchange import compare as compared_part
from benchmarks.exchange import merge, plan_of
from benchmarks.exchange import read as cut_read
from benchmarks.others import PEERS, Peer
from benchmarks.sampler import Figures, sampling
from glue_jobs.executor import PlainExecutor
from local import postgres
from local.base import load_base
from local.generated_day import GeneratedDay
from tests.generated import base_rows
from tests.oracle import reconcile
from tests.servers.prepared import prepared

ROWS = 2_000


def test_a_day_that_cannot_be_generated_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of ten lines a generated day has none, and nothing that is waited for ever comes."""
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--rows", "10"])
    with pytest.raises(SystemExit, match=r"^ROWS=10: write a number from 1000 to"):
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
    right.write_csv(out)
    assert peer_mistakes(out, expected) == []
    right.filter(pl.col("tipo_divergencia") != "TIPO_1").write_csv(out)
    assert f"types: TIPO_1 0 of {expected.tipo_1}" in peer_mistakes(out, expected)


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

    measured = {table.PUBLISHED: taken(20, 9, 18), table.OURS: taken(30, 10, 20)}
    measured |= {table.WORK: taken(5, 6, 7), "Polars": taken(2, 2, 9)}
    measured["reladiff, database to database"] = [(Span(0, 30, wrong=("keys: 7 of 8",)), taken(30)[0][1])]
    found = table.rows(measured)
    assert found["Polars"]["wall_s"] == 2
    assert found["Polars"]["ours_to_it"] == 9
    assert found["Polars"]["our_work_to_it"] == 3
    assert found[table.OURS]["part_s"] == 10
    facts = {"rows": 1_000, "skew": 0.0, "base_rows": 5_000, "runs": 3, "cores": 2}
    text = table.save(tmp_path, measured, facts)
    assert "| Polars | 2.0 | 4.0 | 100 | 9.00 | 3.00 |" in text
    assert (tmp_path / "1000.md").read_text() == text
    assert "**Wrong**: keys: 7 of 8" in text
    kept = table.saved(facts, tmp_path)
    assert kept
    assert kept["medians"]["Polars"]["wall_s"] == 2
    drawn = (tmp_path / "1000.svg").read_text()
    assert drawn.count("<rect") == len(measured)
    assert "30.0 s, 100 MB, wrong" in drawn


def test_the_chart_is_the_saved_tables() -> None:
    """`make bench SAVE=1` makes both."""
    kept = table.saved({"rows": table.CHARTED_ROWS, "skew": 0.0})
    assert table.CHART.exists() == (kept is not None)
    if kept:
        assert table.CHART.read_text() == chart.svg(kept["medians"], kept["facts"], kept["wrong"])


def _medians(work_s: float = 4.5, whole_s: float = 20, peak_mb: float = 1900) -> dict[str, dict[str, float]]:
    return {
        goals.PUBLISHED: {"wall_s": whole_s, "peak_mb": 1000},
        goals.OURS: {"wall_s": whole_s + 5, "peak_mb": peak_mb},
        goals.WORK: {"wall_s": work_s, "peak_mb": 2200, "resume_s": 1},
        goals.WORK_PROVED: {"wall_s": work_s - 0.5, "peak_mb": 2200},
        "Polars": {"wall_s": 2},
        "Spark DataFrames, COPY": {"wall_s": 50},
        "spark-extension, diff": {"wall_s": 45},
        "datacompy, Spark": {"wall_s": 70},
    }


def test_a_goal_is_a_ratio_within_the_run() -> None:
    assert goals.judged(_medians(), 1_000_000)[1]
    for missed in (_medians(work_s=5.1), _medians(whole_s=23.4)):
        lines, all_hold = goals.judged(missed, 1_000_000)
        assert not all_hold
        assert sum(line.startswith("MISSED") for line in lines) == 1
    slower_machine = {name: {**row, "wall_s": 10 * row["wall_s"]} for name, row in _medians().items()}
    assert goals.judged(slower_machine, 1_000_000)[1]  # its seconds are shown alone
    assert goals.judged(_medians(work_s=5.1), 20_000)[1]  # no goal is of such a day
    assert not goals.judged(_medians(work_s=3, peak_mb=2001), 10_000_000)[1]
    assert not goals.judged(_medians(work_s=3, whole_s=23), 10_000_000)[1]  # of the best Spark peer's


def test_who_did_not_run_misses_no_goal() -> None:
    found = {name: row for name, row in _medians().items() if "Spark" not in name and "spark" not in name}
    lines, all_hold = goals.judged(found, 1_000_000)
    assert all_hold
    assert sum(line.startswith("not measured") for line in lines) == 2


def test_what_moved_by_more_than_noise_is_told() -> None:
    def runs(*walls_s: float) -> list[dict[str, float]]:
        return [{"wall_s": s, "cpu_s": 1, "peak_mb": 100} for s in walls_s]

    before = {"ours": runs(10, 10.2, 9.9), "once": runs(10), "gone": runs(1)}
    figures = tuple(compare.FIGURES)
    assert compare.moved(before, {"ours": runs(10.2, 10, 10.3), "new": runs(5)}, figures) == []
    assert compare.moved(before, {"ours": runs(9, 11, 12)}, figures) == []  # its own runs lie as far apart
    assert compare.moved(before, {"once": runs(10.9)}, figures) == []
    (slower,) = compare.moved(before, {"ours": runs(11, 11.1, 11.2)}, figures)
    assert slower == "ours: 10 -> 11.1 s (+11%, noise 3%)"
    (quicker,) = compare.moved(before, {"once": runs(8)}, figures)
    assert "10 -> 8 s" in quicker


def test_only_the_same_day_is_compared_and_seconds_only_on_the_same_machine() -> None:
    facts = {"rows": 1, "skew": 0, "base_rows": 5, "cpu": "x", "cores": 2, "memory_gb": 24, "commit": "abc"}
    runs = {"ours": [{"wall_s": 2, "cpu_s": 1, "peak_mb": 300}]}
    kept = {"facts": facts, "runs": {"ours": [{"wall_s": 1, "cpu_s": 1, "peak_mb": 100}]}}
    assert [("MB" in line, " s " in line) for line in compare.compared(kept, facts, runs)] == [
        (False, True),
        (True, False),
    ]
    elsewhere = compare.compared(kept, facts | {"cpu": "y"}, runs)
    assert [("MB" in line) for line in elsewhere] == [True, False]
    assert "another machine" in elsewhere[1]
    for saved in (None, {"facts": facts | {"base_rows": 6}, "runs": {}}):
        assert "nothing to compare" in compare.compared(saved, facts, runs)[0]


def test_the_scale_page_shows_what_its_rates_make() -> None:
    """`python -m benchmarks.scale` makes it anew: of the saved tables, and of constants that it names."""
    page = scale.PAGE.read_text(encoding="utf-8")
    assert scale.rewritten(page) == page
    assert scale.rates() in page
    assert scale.table() in page
    assert f"{scale.USD_PER_DPU_HOUR}" in page
    assert f"{scale.INSPECTION_MB_PER_S:g} MB" in page
    assert f"{scale.START_S:g} seconds" in page


def test_more_workers_and_readers_are_taken_where_a_day_needs_them() -> None:
    few, many = scale.planned(10**6), scale.planned(10**9)
    assert (few.workers, few.readers) == (scale.LEAST_WORKERS, 1)
    assert (many.workers, many.readers) == (scale.MOST_WORKERS, scale.MOST_READERS)
    assert few.minutes < scale.WANTED_MINUTES < many.minutes


def _grown(name: str, lines: int, wall_s: float, peak_mb: float = 100) -> dict[str, Any]:
    return {"lines": lines, "at": float(name.split()[1]), "work": {"wall_s": wall_s, "peak_mb": peak_mb}}


def test_what_grows_faster_than_n_log_n_is_told() -> None:
    def found(**walls_s: float) -> dict[str, Any]:
        walls = {"lines_1": 5.0, "lines_10": 50.0, "lines_30": 160.0, "supplier_1": 5.2} | walls_s
        names = {key.replace("_", " "): wall_s for key, wall_s in walls.items()}
        return {name: _grown(name, round(float(name.split()[1]) * 1e6), s) for name, s in names.items()}

    assert growth.broken(found()) == []
    assert [text.split(":")[0] for text in growth.broken(found(lines_30=190))] == ["lines 10 to 30"]
    assert [text.split(":")[0] for text in growth.broken(found(lines_10=53))] == ["lines 10"]
    assert [text.split(":")[0] for text in growth.broken(found(supplier_1=5.6))] == ["supplier 1"]
    by_day = found() | {"lines 30": _grown("lines 30", 30_000_000, 160, peak_mb=300)}
    assert [text.split(":")[0] for text in growth.broken(by_day)] == ["lines 30"]
    shares = {
        f"divergences {at}": _grown(f"divergences {at}", 10**6, s) for at, s in ((0, 4), (0.5, 5), (1, 12))
    }
    assert [text.split(":")[0] for text in growth.broken(shares)] == ["divergences 0.5 to 1"]


def test_every_row_of_the_growth_is_a_day_of_its_own() -> None:
    rows = list(growth.rows(1))
    assert len({row.name for row in rows}) == len(rows) == 18
    assert {row.series for row in rows} == set(growth.SERIES)
    assert max(row.day.rows for row in rows) == 30_000_000
    for row in rows:
        if row.series == "divergences":
            assert row.day.expected().divergences == row.at * row.day.rows


def test_a_day_made_part_by_part_has_the_days_answer(tmp_path: Path) -> None:
    """As `benchmarks.exchange` does with 100 million lines; the divergences merged are those of the day."""
    day = GeneratedDay(2 * ROWS)
    plan = plan_of(day)
    found = PlainExecutor().exchange(
        [1, 3],
        lambda first: cut_read(day, plan, first, 2),
        partial(compared_part, plan, tmp_path),
        plan.partitions,
    )
    expected = day.expected()
    for name in ("valid_keys", "rejected", "equal", "divergences", "difference_cents"):
        assert sum(part[name] for part in found) == getattr(expected, name)
    assert merge(tmp_path)["merged_bytes"] > 0


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
    span = Peer(PEERS["Polars"], url, GeneratedDay(ROWS, base_factor=3), files.peer_file, tmp_path).run()
    assert span.ended > span.began
