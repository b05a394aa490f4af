"""Two files of one day, joined as the runbook says, are one file with every line of both."""

import re
import subprocess
from pathlib import Path

from reconciliation.config import Rules
from reconciliation.contract import HEADER
from tests.jobs.two_suppliers import BASE
from tests.jobs.whole_day import run_day
from tests.runbooks.pages import pages


def test_the_joined_files_have_both_suppliers(tmp_path: Path) -> None:
    first = f"\ufeff{HEADER}\r\nF1;O1;Ana;PETR4;2026-02-16;10.50"  # no line end after the last
    second = f"\ufeff{HEADER}\nF2;O2;Bia;VALE3;2026-02-16;20\nF2;O3;Bia;VALE3;2026-02-16;1\n"
    (tmp_path / "primeiro.csv").write_text(first, encoding="utf-8", newline="")
    (tmp_path / "segundo.csv").write_text(second, encoding="utf-8", newline="")
    found = re.search(r"`(awk .+? > corrected\.csv)`", pages()["README.md"])
    assert found
    subprocess.run(["sh", "-eu", "-c", found[1]], cwd=tmp_path, check=True)
    joined = (tmp_path / "corrected.csv").read_bytes()
    assert joined.count(HEADER.encode()) == 1
    summary = run_day(joined, BASE, Rules()).summary
    assert summary["suppliers_absent"]["suppliers"] == 0
    assert (summary["totals"]["lines"]["valid_keys"], summary["rejects_by_code"]) == (3, {})
