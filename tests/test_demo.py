"""The demo's parts that need no stack: what it refuses, how it tells, and that it notices a wrong result."""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from local import demo, report, results
from local.base import Mistake, check_base
from local.follow import Narrator
from local.generated_day import HEADER, GeneratedDay
from local.request import DEFAULT_DAY, requested
from local.verify import SCHEMA, mistakes
from reconciliation import wording
from tests.generated import base_rows
from tests.memory_s3 import MemoryS3
from tests.oracle import reconcile

NOON = datetime(2026, 2, 16, 12, tzinfo=UTC)


# --- what is asked


@pytest.fixture
def own(tmp_path: Path) -> tuple[Path, Path]:
    csv, base = tmp_path / "a.csv", tmp_path / "b.csv"
    csv.write_text(
        f"{HEADER}\nF1;O1;n;A;2026-03-01;1.00\nF1;O2;n;A;2026-03-02;1.00\nF1;O3;n;A;2026-03-02;1.00\n"
    )
    base.write_text(f"\ufeff{HEADER}\r\n")
    return csv, base


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--rows", "12x"], "ROWS=12x: use um número"),
        (["--rows", "999"], "ROWS=999: use um número"),
        (["--csv", "nowhere.csv", "--base", "b.csv"], "CSV=nowhere.csv: não foi possível ler"),
        (["--csv", "a.csv", "--base", ""], "Falta a base"),
        (["--csv", "a.csv", "--base", "nowhere.csv"], "BASE=nowhere.csv: não foi possível ler"),
        (["--csv", "a.csv", "--base", "a.csv", "--day", "2026-02-30"], "DAY=2026-02-30"),
        (["--csv", "a.csv", "--base", "wrong.csv"], "BASE=wrong.csv: o cabeçalho deve ser"),
        (["--base", "b.csv"], "BASE sem CSV"),
        (["--csv", "", "--base", ""], "CSV ou BASE vazio"),
        (["--deadline", "0"], "DEADLINE=0: use um número de segundos"),
        (["--deadline", "1201"], "DEADLINE=1201: use um número de segundos"),
        (["--quick"], "Argumento inválido"),
    ],
)
def test_wrong_arguments_end_in_one_sentence(
    arguments: list[str], sentence: str, own: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(own[0].parent)
    Path("wrong.csv").write_text("ordem_id,valor\n")
    with pytest.raises(Mistake, match=f"^{sentence}") as found:
        requested(arguments, own[0].parent / "scratch")
    assert "\n" not in str(found.value)
    assert not Path("scratch").exists()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("F1;O1", "linha 3: 2 campos, e são 6"),
        ("F1;O1;Ana;PETR4;2026-03-02;1.00;", "linha 3: 7 campos, e são 6"),
        ("F1;O1;Ana;PETR4;02/03/2026;1.00", "linha 3: data '02/03/2026' não é AAAA-MM-DD"),
        ("F1;O1;Ana;PETR4;2026-03-02;1,00", "linha 3: valor '1,00' não é um número"),
        ("F1;O1;Ana;PETR4;2026-03-02;1.005", "linha 3: valor '1.005' não é um número"),
        ('F1;"O1;Ana;PETR4;2026-03-02;1.00', "linha 3: não é CSV"),
        ("F1;O1;Jo\udce3o;PETR4;2026-03-02;1.00", "não é um texto em UTF-8"),
        ('F1;"O;1";;;;', ""),
        ("F1;O1;Ana;PETR4;2026-03-02;-1.5000", ""),
    ],
)
def test_a_base_is_looked_at_before_anything_starts(tmp_path: Path, line: str, said: str) -> None:
    base = tmp_path / "base.csv"
    text = f"\ufeff{HEADER}\r\nF1;O0;Ana;PETR4;2026-03-02;1\r\n{line}\r\n"
    base.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(Mistake, match=f"^BASE={base}: {said}") if said else nullcontext():
        check_base(base)


def test_own_files_take_the_day_that_is_given_or_the_file_s_own(own: tuple[Path, Path]) -> None:
    arguments = ["--csv", str(own[0]), "--base", str(own[1])]
    assert requested(arguments, own[0].parent).day == date(2026, 3, 2)
    assert requested([*arguments, "--day", "2026-03-01"], own[0].parent).day == date(2026, 3, 1)


def test_a_generated_day_is_written_with_its_answer(tmp_path: Path) -> None:
    request = requested(["--rows", "1500", "--deadline", "7"], tmp_path / "dia")
    assert request.deadline_s == 7
    assert request.expected == GeneratedDay(1_500).expected()
    assert request.csv.read_bytes() == b"".join(GeneratedDay(1_500).csv_chunks())
    assert request.key == "2026-02-16/input.csv"


def test_a_second_demo_in_the_checkout_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first one's day and copies are in the same folders."""
    monkeypatch.setattr(demo, "DIRECTORY", tmp_path)
    monkeypatch.setattr(demo.signal, "signal", lambda *_: None)
    monkeypatch.setattr(demo.results, "clear", lambda _: pytest.fail("the first one's results"))
    with demo._alone(tmp_path):
        assert demo.main(["--rows", "1000"]) == 2
    assert capsys.readouterr().err.startswith("Outro `make demo` está em andamento neste checkout")
    assert not (tmp_path / "dia").exists()


# --- the result


def test_the_copied_report_links_a_copied_index_which_links_it(tmp_path: Path) -> None:
    s3, day = MemoryS3(), date(2026, 2, 16)
    for key in ("2026-02-16/relatorio.html", "2026-02-16/fornecedores/F1/mensagem.txt", "index.html"):
        s3.put_object(Bucket=results.OUTPUT, Key=f"relatorios/{key}", Body=key.encode(), Metadata={})
    results.copy_report(s3, day, tmp_path)
    page = results.page(tmp_path, day)
    index = (page.parent / "../index.html").resolve()
    assert (page.read_text(), index.read_text()) == ("2026-02-16/relatorio.html", "index.html")
    assert (index.parent / "2026-02-16/relatorio.html").samefile(page)
    assert (page.parent / "fornecedores/F1/mensagem.txt").exists()


def _published_day(day: GeneratedDay) -> tuple[pl.DataFrame, dict[str, Any]]:
    """What the jobs would publish, by the oracle."""
    outcome = reconcile(b"".join(day.csv_chunks()), base_rows(day), day.reference_date)
    rows = [{**row, "job_id": "JOB-20260216-000001"} for row in outcome.divergences]
    summary = {
        "job_id": "JOB-20260216-000001",
        "day": day.reference_date.isoformat(),
        "status": "SUCCEEDED",
        "totals": {"lines": outcome.lines, "cents": outcome.cents},
        "rejects_by_code": Counter(reject.codigo for reject in outcome.rejects),
        "warnings": outcome.warnings,
    }
    return pl.DataFrame(rows, schema=SCHEMA), summary


def test_a_correct_day_has_no_mistakes() -> None:
    frame, summary = _published_day(GeneratedDay(2_345))
    assert mistakes(frame, summary, GeneratedDay(2_345).expected(), DEFAULT_DAY) == []


def test_each_wrong_result_is_noticed() -> None:
    frame, summary = _published_day(GeneratedDay(1_000))
    cent = pl.col("diferenca_valor") + pl.lit(Decimal("0.01"))
    is_first = pl.int_range(pl.len()) == 0
    wrong = {
        "linhas publicadas": frame.head(frame.height - 1),
        "soma das diferenças": frame.with_columns(pl.when(is_first).then(cent).otherwise("diferenca_valor")),
        "divergências por motivo": frame.with_columns(motivo=pl.lit("CAMPOS")),
        "campos divergentes": frame.with_columns(campos_divergentes=pl.lit("valor")),
        "campos só invisíveis": frame.with_columns(campos_so_invisiveis=pl.lit("nome")),
        "o objeto publicado não está em ordem": frame.reverse(),
        "ordem_id repetido": frame.with_columns(pl.col("ordem_id").shift(1).fill_null("x").first()),
        "job_id diferente": frame.with_columns(job_id=pl.lit("JOB-20260216-000002")),
        "esquema publicado": frame.with_columns(pl.col("linha").cast(pl.Int32)),
    }
    for sentence, tampered in wrong.items():
        typed = tampered.cast({"diferenca_valor": SCHEMA["diferenca_valor"]})
        found = mistakes(typed, summary, GeneratedDay(1_000).expected(), DEFAULT_DAY)
        assert any(mistake.startswith(sentence) for mistake in found), sentence


def test_a_wrong_summary_is_noticed() -> None:
    frame, summary = _published_day(GeneratedDay(1_000))
    summary["totals"]["cents"]["file"] += 1
    (found,) = mistakes(frame, summary, GeneratedDay(1_000).expected(), DEFAULT_DAY)
    assert found.startswith("centavos do arquivo")


# --- how it tells


def test_money_and_counts_are_written_as_in_brazil() -> None:
    assert [wording.brl(cents) for cents in (0, 5, -123_456_789, 10**18 - 1)] == [
        "R$ 0,00", "R$ 0,05", "-R$ 1.234.567,89", "R$ 9.999.999.999.999.999,99",
    ]  # fmt: skip
    assert wording.number(1_234_567) == "1.234.567"


def test_the_history_is_told_state_by_state() -> None:
    def event(kind: str, after_s: float, **details: Any) -> dict[str, Any]:
        return {"type": kind, "timestamp": NOON + timedelta(seconds=after_s), **details}

    narrator = Narrator(NOON)
    entered, exited = {"name": "Validate"}, {"name": "Validate"}
    told = [
        line
        for happened in (
            event("PassStateEntered", 0, stateEnteredEventDetails={"name": "Inspected"}),
            event("TaskStateEntered", 1, stateEnteredEventDetails=entered),
            event("TaskScheduled", 1, taskScheduledEventDetails={"parameters": '{"JobName": "a-job"}'}),
            event("TaskSubmitted", 1.1, taskSubmittedEventDetails={"output": '{"JobRunId": "jr_1"}'}),
            event(
                "TaskFailed",
                2,
                taskFailedEventDetails={
                    "error": "Glue.X",
                    "cause": '{"ErrorMessage": "Failed Line Number: 2; E_DATA: a\\nb"}',
                },
            ),
            event("TaskStateExited", 9.5, stateExitedEventDetails=exited),
        )
        for line in narrator.lines(happened)
    ]
    assert [line.split() for line in told] == [
        ["1,0", "s", "Validate", "começa:", "job", "Glue", "de", "validação"],
        ["1,1", "s", "a-job,", "execução", "jr_1"],
        ["2,0", "s", "FALHA", "Glue.X:", "E_DATA:", "a"],
        ["9,5", "s", "Validate", "terminou", "em", "8,5", "s"],
    ]


def test_how_a_run_ended_is_said_once() -> None:
    told = {"status": "TIMEOUT", "code": "TIMEOUT", "message": "Processamento excedeu 3 segundos"}
    assert next(report.failure(told)) == "TIMEOUT: Processamento excedeu 3 segundos"
    assert next(report.failure({**told, "status": "FAILED"})).startswith("FAILED: TIMEOUT: Processamento")
