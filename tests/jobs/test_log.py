"""A job's log: every line says whose it is, and how it ended; a library's words about data stay out."""

import json
import subprocess
import sys
from typing import Any

import pytest

PROGRAM = """
import sys
from glue_jobs.log import fact, run_job, timed
from reconciliation.errors import error

def main(argv):
    fact("partition_compared", partition=3, lines=7)
    with timed("lines_checked", lines=7):
        pass
    {end}

run_job("validation", main, sys.argv)
"""


def lines_of(end: str) -> tuple[int, list[dict[str, Any]]]:
    arguments = ["--job_id", "JOB-20260216-000001", "--attempt", "2", "--plan", "s3://b/plan.json"]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(end=end), *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_every_line_says_whose_it_is() -> None:
    code, lines = lines_of("pass")
    assert code == 0
    assert [line["event"] for line in lines] == [
        "job_started", "partition_compared", "lines_checked", "job_succeeded",
    ]  # fmt: skip
    whose = {(line["stage"], line["job_id"], line["attempt"], line["level"]) for line in lines}
    assert whose == {("validation", "JOB-20260216-000001", "2", "INFO")}
    assert lines[1]["partition"] == 3


@pytest.mark.parametrize(
    ("end", "told"),
    [
        ('raise error("E_NO_ROWS", "nenhuma linha válida entre 7")',
         {"code": "E_NO_ROWS", "message": "nenhuma linha válida entre 7"}),
        ('raise ValueError("Maria da Silva")', {"code": "VALIDATION_FAILED", "kind": "ValueError"}),
    ],
)  # fmt: skip
def test_a_failure_is_an_error_line_without_a_librarys_words(end: str, told: dict[str, str]) -> None:
    code, lines = lines_of(end)
    assert code == 1
    assert (lines[-1]["level"], lines[-1]["event"]) == ("ERROR", "job_failed")
    assert {name: lines[-1].get(name) for name in told} == told
    assert "Maria" not in json.dumps(lines)
