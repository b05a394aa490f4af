"""A report that cannot be made: what it says, what is left of another one, and in whose way it is not."""

import ast
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from glue_jobs import output_job, report
from glue_jobs.options import OutputOptions, ReportOptions
from reconciliation import layout, places
from reconciliation.adapters.reports import is_reported
from reconciliation.adapters.store import Store
from reconciliation.errors import ReconciliationError
from reconciliation.layout import Location, RunPaths
from reconciliation.objects import to_json
from tests.documents import PLAN
from tests.memory_s3 import MemoryS3
from tests.report_files.day import DAY, ROWS, PublishedDay, refused, reports_of, tipo_1


def panic(*_: object) -> None:
    """As Polars does over a bug of its own."""
    raise pl.exceptions.PanicException("a row of the data")


@pytest.mark.parametrize("lacks", ["rejects", "a library", "a sound library", "its life"])
def test_a_report_of_another_publication_does_not_outlive_one_that_fails(
    store: Store, monkeypatch: pytest.MonkeyPatch, lacks: str
) -> None:
    """Nobody reads the R$ of then as the day's, nor sends its messages; the index has those of now."""
    PublishedDay(store, ROWS).make_report()
    rejects = [refused(5, "F1")] if lacks == "rejects" else []
    newer = PublishedDay(store, [tipo_1("A", "F1", 2, "77.00")], rejects, fingerprint="g")
    for listed in store.list(Location("intermediate", f"{DAY}/rejects.parquet/g/")):
        store.delete(Location("intermediate", listed.key), listed.etag)
    if lacks == "a library":
        monkeypatch.setitem(sys.modules, "glue_jobs.report", None)
    if lacks == "a sound library":
        monkeypatch.setattr(report, "figures", panic)
    if lacks == "its life":
        monkeypatch.setattr(report, "figures", lambda _: sys.exit(1))
    with pytest.raises((ReconciliationError, ImportError, pl.exceptions.PanicException, SystemExit)):
        output_job.report_anew(ReportOptions.from_argv([*ARGV, "--report_day", DAY]), store)
    assert newer.report() == {}
    if lacks in ("rejects", "a sound library"):
        told = store.get(places.report_index("output"))
        assert told
        assert "77,00" in told.body.decode()
        assert "relatorio.html" not in told.body.decode(), "there is none to open"


# --- what it cannot be made of


def failure(store: Store, day: str = DAY) -> str:
    with pytest.raises(ReconciliationError) as failed:
        reports_of(store).make(day)
    assert failed.value.code == "REPORT_FAILED"
    return str(failed.value)


def test_a_day_that_is_not_published_has_none(store: Store) -> None:
    assert failure(store) == "2026-02-16: o dia não está publicado"


def test_what_stands_published_must_be_the_summary_s(store: Store) -> None:
    PublishedDay(store, ROWS)
    store.put(layout.published("output", DAY), b"another")
    assert failure(store).startswith("2026-02-16: o publicado não é o do resumo")


def test_rejects_that_have_expired_are_told(store: Store) -> None:
    """Thirty days after the run; published ones lack the supplier."""
    day = PublishedDay(store, ROWS, [refused(5, "F1"), refused(6, "F1")])
    gone = Location("intermediate", f"{DAY}/rejects.parquet/f/part-00000.parquet")
    standing = store.head(gone)
    assert standing
    store.delete(gone, standing.etag)
    assert failure(store).startswith("2026-02-16: de 2 linhas recusadas, 1 em s3://intermediate/")
    without = PublishedDay(store, day.rows, day=DAY)
    assert without.make_report(), "a day without any needs none"


def test_a_resume_s_refused_lines_are_where_its_plan_says(store: Store) -> None:
    """Stopped before the base was copied, it goes on under a fingerprint of its own, its lines checked."""
    day = PublishedDay(store, ROWS, [refused(5, "F1"), refused(6, None)])
    wanted = day.make_report()
    own, earlier = (RunPaths.of("intermediate", DAY, fingerprint) for fingerprint in ("f", "earlier"))
    for partition in range(2):
        part = store.get(layout.part(own.rejects, partition))
        assert part
        store.put(layout.part(earlier.rejects, partition), part.body)
        store.delete(part.where, part.etag)
    plan = replace(PLAN, fingerprint="f", paths=replace(own, rejects=earlier.rejects))
    store.put(layout.plan("intermediate", DAY, "f"), to_json(plan.to_dict()))
    assert day.make_report() == wanted


@pytest.mark.parametrize(
    "spoiled", [{"a_newer_release_s": 1}, {"rules": {"a_newer_rule": 1}}, {"partitions": 0}]
)
def test_a_plan_that_cannot_be_read_is_told(store: Store, spoiled: dict[str, Any]) -> None:
    day = PublishedDay(store, ROWS, [refused(5, "F1")])
    where = layout.plan("intermediate", DAY, "f")
    plan = replace(PLAN, fingerprint="f", paths=RunPaths.of("intermediate", DAY, "f")).to_dict()
    store.put(where, to_json(plan))
    assert day.make_report(), "as it stands"
    store.put(where, to_json({**plan, **spoiled}))
    told = failure(store)
    assert told.startswith(f"{DAY}: ")
    assert str(where) in told
    assert told.endswith("; o relatório só se refaz reprocessando o dia (2.2, opção 2)")


# --- the job


def options(**given: Any) -> OutputOptions:
    return OutputOptions(
        aws_region="sa-east-1", input_path=f"s3://intermediate/{DAY}/divergences.parquet",
        output_path=f"s3://output/{DAY}/divergencias.parquet", checkpoints_bucket="checkpoints",
        intermediate_bucket="intermediate", output_bucket="output", **given,
    )  # fmt: skip


ARGV = ["output_job", "--aws_region", "sa-east-1", "--checkpoints_bucket", "checkpoints",
        "--intermediate_bucket", "intermediate", "--output_bucket", "output"]  # fmt: skip
PATHS = ["--input_path", f"s3://intermediate/{DAY}/divergences.parquet",
         "--output_path", f"s3://output/{DAY}/divergencias.parquet"]  # fmt: skip


@pytest.mark.parametrize("kind", [ValueError, pl.exceptions.PanicException])
def test_a_report_that_fails_is_in_no_run_s_way(
    kind: type[BaseException], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The machine's job succeeds; by hand, where nobody else would tell it, it fails. No row is logged."""
    monkeypatch.setattr(output_job, "driver_store", lambda _: Store(MemoryS3()))
    monkeypatch.setattr(output_job, "run", lambda *_: '"e"')

    def fail(*_: Any) -> None:
        raise kind("a row of the data")

    monkeypatch.setattr(output_job, "make_report", fail)
    output_job.main([*ARGV, *PATHS, "--job_id", "JOB-20260216-000001", "--attempt", "1"])
    told = capsys.readouterr().out
    assert '"level": "ERROR", "event": "report_failed", "code": "REPORT_FAILED"' in told
    assert f'"kind": "{kind.__name__}"' in told
    assert "a row" not in told
    with pytest.raises(kind, match="a row"):
        output_job.main([*ARGV, *PATHS])


def test_an_index_that_fails_does_not_hide_why_the_report_did(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    PublishedDay(store, ROWS)
    store.put(layout.published("output", DAY), b"another")
    monkeypatch.setattr(report, "put_index", panic)
    assert failure(store).startswith(f"{DAY}: o publicado não é o do resumo")


def test_what_is_in_no_way_is_so_of_a_panic_too() -> None:
    """No job passes over an Exception alone: one that it only looks at goes on."""
    handlers = [
        (path.name, node)
        for path in Path(output_job.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler)
    ]
    assert sum(node.type is not None and "any_failure" in ast.dump(node.type) for _, node in handlers) >= 5
    assert not [
        name
        for name, node in handlers
        if isinstance(node.type, ast.Name) and node.type.id == "Exception"
        if not (isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None)
    ]


def test_a_day_s_report_is_made_by_hand(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    day = PublishedDay(store, ROWS)
    monkeypatch.setattr(output_job, "driver_store", lambda _: store)
    output_job.main([*ARGV, "--report_day", DAY])
    assert is_reported(store, "output", DAY, day.etag)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--report_day", "16/02/2026"], "--report_day: '16/02/2026' não é AAAA-MM-DD"),
        (["--report_day", DAY, *PATHS], "--report_day não publica nada: tire --input_path e --output_path"),
    ],
)
def test_a_wrong_day_is_refused(given: list[str], said: str) -> None:
    with pytest.raises(ReconciliationError) as refusal:
        ReportOptions.from_argv([*ARGV, *given])
    assert (refusal.value.code, str(refusal.value)) == ("INVALID_INPUT", said)
