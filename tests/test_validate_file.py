"""`make validate`: the file alone, by the run's own code, against the contract's cases and the corpus."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from glue_jobs.validate_file import main, validate
from reconciliation import inspection
from reconciliation.config import Rules
from tests.cases.case import ANA, DAY, Case, text
from tests.cases.contract import cases

CORPUS = Path(__file__).resolve().parents[2] / "shared" / "corpus"
ANY_SHARE = Rules(max_rejected_share=1)


def told(path: Path, rules: Rules = ANY_SHARE, day: date | None = DAY) -> list[str]:
    said: list[str] = []
    accepted = validate(path, day, rules, said)
    assert accepted == (said[-1] == "ACEITO")
    return said


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_every_case_of_the_contract(case: Case, tmp_path: Path) -> None:
    path = tmp_path / "input.csv"
    path.write_bytes(case.file)
    said = told(path, Rules(max_rejected_share=float(case.max_rejected_share)))
    if case.code:
        assert said[-1].startswith(f"RECUSADO, {case.code}: ")
        return
    assert said[-1] == "ACEITO"
    assert f"Ordens válidas: {case.valid}" in said
    for linha, code in case.rejects[:10]:
        assert any(line.startswith(f"  linha {linha}: ") and line.endswith(f"({code})") for line in said)


@pytest.mark.skipif(not CORPUS.exists(), reason="the shared corpus lies beside some checkouts only")
def test_the_corpus() -> None:
    for line in (CORPUS / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        expected, said = case["expected"], told(CORPUS / case["file"])
        if "file" in expected:
            assert said[-1].startswith(f"RECUSADO, {expected['file']}: "), case["file"]
            continue
        assert f"Ordens válidas: {expected['valid']}" in said, case["file"]
        assert f"Linhas rejeitadas: {len(expected['rejects'])}" in said, case["file"]
        for linha, code in expected["rejects"]:
            assert any(told.startswith(f"  linha {linha}: ") and told.endswith(f"({code})") for told in said)
        warned = next((told for told in said if told.startswith("Avisos: ")), "")
        for code in expected["warnings"]:
            assert code in warned, case["file"]


def test_without_a_day_the_commonest_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "input.csv"
    path.write_bytes(next(case.file for case in cases() if case.valid and not case.rejects))
    assert "Data de referência: 2026-02-16" in told(path, day=None)


def test_without_a_good_line_at_its_start_a_later_cut_s_day_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspection, "CUT_LINES", 2)
    monkeypatch.setattr("glue_jobs.validate_file._CHUNK_BYTES", 16)
    path = tmp_path / "input.csv"
    path.write_bytes(text(*["refused"] * 9, ANA))
    said = told(path, day=None)
    assert "Data de referência: 2026-02-16" in said
    assert said[-1] == "ACEITO"


@pytest.mark.parametrize("offset", [-31, -1, 0, 1, 31])
def test_a_day_is_the_lines_whatever_the_folder_s(offset: int, tmp_path: Path) -> None:
    path, rules = tmp_path / "input.csv", Rules(reference_day_offset=offset)
    path.write_bytes(text(ANA))
    for day in (None, DAY):
        said = told(path, rules, day)
        assert said[-1] == "ACEITO"
        folder = f", da pasta {DAY - timedelta(days=offset)}" if offset else ""
        assert f"Data de referência: 2026-02-16{folder}" in said
    for days in {-offset, 1, -1} - {0}:
        day = DAY + timedelta(days=days)
        folder = f", a data de referência da pasta {day - timedelta(days=offset)}" if offset else ""
        *_, last = told(path, rules, day)
        assert last.startswith(f"RECUSADO, E_WRONG_DAY: nenhuma linha válida é de {day}{folder}; confira")


@pytest.mark.parametrize("day", ["1900-01-01", "2999-12-31"])
def test_the_first_and_the_last_day_that_a_line_may_have(day: str, tmp_path: Path) -> None:
    path = tmp_path / "input.csv"
    path.write_bytes(text(ANA.replace(str(DAY), day)))
    for offset in (-31, 31):
        assert told(path, Rules(reference_day_offset=offset), date.fromisoformat(day))[-1] == "ACEITO"


def test_a_deployment_s_rules_decide(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "input.csv"
    path.write_bytes(text(ANA.replace("10.50", "10,50")))
    assert main([str(path)]) == 1
    assert "E_VALOR" in capsys.readouterr().out
    assert main(["--rules", '{"decimal_separator": ","}', "--", str(path)]) == 0
    assert capsys.readouterr().out.endswith("ACEITO\n")


def test_what_is_wrong_with_the_call_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "gone.csv")]) == 2
    assert "não há esse arquivo" in capsys.readouterr().err
    path = tmp_path / "input.csv"
    path.write_bytes(b"x")
    assert main([str(path), "--rules", '{"colour": 1}']) == 2
    assert capsys.readouterr().err.startswith('RULES={"colour": 1}: no such rule: colour')
    for day in ("x", "0001-01-01", "9999-12-31", "1899-12-31", "3000-01-01"):
        assert main([str(path), "--day", day]) == 2
        told = f"DAY={day}: não é uma data no formato AAAA-MM-DD, dos anos de 1900 a 2999\n"
        assert capsys.readouterr().err == told
    assert main([str(path)]) == 1
    assert "RECUSADO, E_HEADER" in capsys.readouterr().out
