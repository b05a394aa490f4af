"""What an alert offers, in order: it can be pasted, it helps now, and it replaces nothing unasked."""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciliation import commands, file_commands
from reconciliation.access.preparing import ACTIONS
from reconciliation.errors import FAILURES, FILE_CODES
from reconciliation.event import Event, Standing
from reconciliation.incident import Note
from reconciliation.layout import day_of_upload
from reconciliation.playbooks import steps_of
from tests.events import CODES, commands_of, event, given_of
from tests.jq import put_jq

BLIND = (*FILE_CODES, *(code for code in FAILURES if code.startswith(("RDS_", "E_BASE_"))), "BASE_EMPTY")
"""Starting again before something is mended fails in the same way."""
NOWHERE = {"s3_key": None, "day": None, "job_id": None, "attempt": None, "checkpoint_location": None}
STANDS = Standing(is_published=True)


@pytest.mark.parametrize("facts", [{}, {"standing": STANDS}, NOWHERE, {**NOWHERE, "execution_arn": ""}])
@pytest.mark.parametrize("code", [code for code in CODES if code not in ("SUCCEEDED", "ABNORMAL_RATE")])
def test_the_first_step_can_be_pasted_whatever_is_known(code: str, facts: dict[str, Any]) -> None:
    first, *others = steps_of(event(code, **facts))
    assert first.command
    assert ":?" not in first.command
    assert "None" not in "".join(step.command or "" for step in (first, *others))


@pytest.mark.parametrize("code", BLIND)
def test_nothing_is_started_before_it_is_looked_at(code: str) -> None:
    first, *others = steps_of(event(code))
    assert "start-execution" not in str(first.command)
    assert any(step.command is None for step in others), "somebody has to mend something"


@pytest.mark.parametrize("code", FILE_CODES)
def test_a_refused_file_needs_no_start(code: str) -> None:
    """An upload starts the day; only one that is published is replaced, by what was uploaded."""
    *_, last = commands_of(code)
    to = "s3://reconciliation-ingress-dev/2026-02-16/corrected.csv"
    assert last == f"aws s3 cp ./corrected.csv {to}"
    assert not any("start-execution" in command for command in commands_of(code))
    *_, sent, replaced = commands_of(code, standing=STANDS)
    assert sent == last
    assert given_of(replaced) == {"s3_key": "2026-02-16/corrected.csv", "force_reprocess": True}


@pytest.mark.parametrize("code", [code for code in CODES if code not in ("NEEDS_FORCE", "ABNORMAL_RATE")])
def test_nothing_published_is_replaced_unasked(code: str) -> None:
    assert not any("force" in command for command in commands_of(code))
    first = commands_of(code, standing=STANDS)[0]
    assert "force" not in first


@pytest.mark.parametrize(
    ("key", "to"),
    [
        ("2026-02-16/input .csv", "2026-02-16/input_.csv"),
        ("2026-02-16/Relatório nº 1 'final'.CSV", "2026-02-16/Relatorio_no_1_final_.csv"),
        ("2026-02-16/a/$(rm -rf b)`x`.csv", "2026-02-16/_rm_-rf_b_x_.csv"),
        ("2026-02-16/dados", "2026-02-16/dados.csv"),
        ("2026-02-16/.csv", "2026-02-16/input.csv"),
        ("2026-02-16/" + "é" * 200 + ".csv", "2026-02-16/" + "e" * 120 + ".csv"),
    ],
)
def test_a_wrong_name_is_copied_to_a_right_one(key: str, to: str) -> None:
    look, *_, copy = commands_of("E_S3_KEY", **{**NOWHERE, "s3_key": key})
    assert shlex.split(look)[4:7] == ["reconciliation-ingress-dev", "--key", key]
    assert shlex.split(copy) == [
        "aws", "s3", "cp", f"s3://reconciliation-ingress-dev/{key}", f"s3://reconciliation-ingress-dev/{to}",
    ]  # fmt: skip
    assert day_of_upload(to) == "2026-02-16"


@pytest.mark.parametrize("name", ["input.csv.gz", "INPUT.ZIP"])
def test_no_copy_of_a_compressed_file_is_offered(name: str) -> None:
    titles = [
        step.title for step in steps_of(event("E_S3_KEY", **{**NOWHERE, "s3_key": f"2026-02-16/{name}"}))
    ]
    assert any("descompactá-lo" in title for title in titles)
    assert not any(title.startswith("Copiá-lo") for title in titles)


@pytest.mark.parametrize("key", ["-x.csv", "file://x.csv", "fileb://x.csv"])
def test_a_key_that_the_cli_reads_as_something_else_is_no_option_s_value(key: str) -> None:
    assert not any("get-object" in command for command in commands_of("E_S3_KEY", s3_key=key, day=None))


AWS = """#!{python}
import sys
try:
    if sys.argv[2] == "cp":
        sys.stdout.write("{line}\\n" * 200_000)
        sys.stdout.close()
    else:
        open(sys.argv[-1], "w").write("{line}\\n" * 80)
        print("{{}}")
except BrokenPipeError:
    sys.exit("download failed: [Errno 32] Broken pipe")
"""
"""What of the AWS CLI matters here: a large file, and that it complains where nobody reads on."""
LINE = {"E_NUL": "a;\\0", "E_BARE_CR": "a;\\r;b", "E_ENCODING": "a;\\udcff"}


@pytest.mark.parametrize("code", [code for code in FILE_CODES if code not in ("E_EMPTY", "E_TOO_MANY_LINES")])
def test_a_look_into_a_large_file_shows_it_and_complains_of_nothing(code: str, tmp_path: Path) -> None:
    aws = tmp_path / "aws"
    aws.write_text(AWS.format(python=sys.executable, line=LINE.get(code, "F1;O1;Ana;PETR4;2026-02-16;1.00")))
    aws.chmod(0o755)
    done = subprocess.run(
        ["bash", "-c", commands_of(code)[0]], capture_output=True, cwd=tmp_path, check=True,
        env={"PATH": f"{tmp_path}:{os.defpath}", "PYTHONIOENCODING": "utf-8:surrogateescape"},
    )  # fmt: skip
    assert done.stderr == b""
    assert done.stdout or code == "E_LINE_TOO_LONG"


@pytest.mark.parametrize("command", [file_commands.newest_uploads, commands.sizes])
def test_the_newest_objects_are_shown_last_whatever_their_names(
    command: Callable[[Event], str], tmp_path: Path
) -> None:
    """S3 lists by key: a wrong name may come before all days, and a runbook's page after them."""
    listed = ["2026-02-16 07:00:00   1.0 KiB 16-02-2026/input.csv"]
    listed += [f"2026-01-{day:02} 07:00:00   9.0 MiB 2026-01-{day:02}/input.csv" for day in range(1, 31)]
    of_all = ["", "Total Objects: 31", "   Total Size: 270.0 MiB"] if command is commands.sizes else []
    (tmp_path / "aws").write_text("#!/bin/sh\ncat listed\n")
    (tmp_path / "aws").chmod(0o755)
    (tmp_path / "listed").write_text("\n".join([*listed, *of_all, ""]))
    done = subprocess.run(
        ["bash", "-c", command(event("NO_FILE"))], capture_output=True, text=True, cwd=tmp_path, check=True,
        env={"PATH": f"{tmp_path}:{os.defpath}"},
    )  # fmt: skip
    assert done.stdout.splitlines()[-len(of_all[1:]) - 2 :] == [listed[-1], listed[0], *of_all[1:]]


def test_a_copy_of_which_nobody_may_hear_again_says_so() -> None:
    """Where these bytes are published: ALREADY_PUBLISHED, and the watchdog ends the incident."""
    *_, copied = steps_of(event("E_S3_KEY", **NOWHERE | {"s3_key": "2026-02-16/input .csv"}))
    assert "se o dia já está publicado com os mesmos bytes, nada muda" in copied.title


def test_a_report_that_is_not_there_is_said_and_fails_nobody(tmp_path: Path) -> None:
    """`aws s3 ls` of a folder with nothing in it prints nothing, and exits with 1."""
    (tmp_path / "aws").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "aws").chmod(0o755)
    command = str(commands.report_files(event("REPORT_FAILED")))
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, check=True,
        env={"PATH": f"{tmp_path}:{os.defpath}"},
    )  # fmt: skip
    assert done.stdout == "nada: o job não terminou, ou falhou de novo\n"


def test_a_wrong_day_is_asked_for() -> None:
    """The shell takes the line only once the variable is there."""
    *_, copy = commands_of("E_S3_KEY", **{**NOWHERE, "s3_key": "16-02-2026/input.csv"})
    assert copy.endswith('"s3://reconciliation-ingress-dev/${DIA:?escreva antes DIA=AAAA-MM-DD}/input.csv"')


@pytest.mark.parametrize("key", ["a\nrm -rf b.csv", "a\x03rm.csv", "a\u202e.csv", "a```b.csv"])
def test_a_key_that_would_leave_the_line_is_never_offered(key: str) -> None:
    """A pasted control character can end a line, whatever quotes stand around it."""
    offered = commands_of("E_S3_KEY", **{**NOWHERE, "s3_key": key})
    assert not any(re.search(r"[\x00-\x1f]|rm|```|\u202e", command) for command in offered)


@pytest.mark.parametrize(
    ("key", "to"), [("input.csv", "input.csv"), ("Relatório $(rm).csv", "Relatorio_rm_.csv")]
)
def test_a_file_in_another_days_folder_is_copied_to_the_day_that_the_person_says(key: str, to: str) -> None:
    offered = commands_of("E_WRONG_DAY", s3_key=f"2026-02-16/{key}")
    (copy,) = (each for each in offered if "OUTRO_DIA" in each)
    assert shlex.split(copy)[3:] == [
        f"s3://reconciliation-ingress-dev/2026-02-16/{key}",
        f"s3://reconciliation-ingress-dev/${{OUTRO_DIA:?escreva antes OUTRO_DIA=AAAA-MM-DD}}/{to}",
    ]


@pytest.mark.parametrize(
    ("offset", "folder", "asked"),
    [
        (0, "à da data que as linhas têm;", "2026-02-16"),
        (-1, "à de 1 dia depois da data que as linhas têm;", "2026-02-15"),
        (2, "à de 2 dias antes da data que as linhas têm;", "2026-02-18"),
    ],
)
def test_lines_are_of_the_reference_date_and_files_in_the_folder_s(
    offset: int, folder: str, asked: str
) -> None:
    _, copy, *_ = steps_of(event("E_WRONG_DAY", reference_day_offset=offset))
    assert folder in copy.title
    look, *_, again, _ = steps_of(event("BASE_EMPTY", reference_day_offset=offset))
    for step in (look, again):
        assert f'"dia": "{asked}"' in str(step.command)
    named, *_ = steps_of(event("E_S3_KEY", reference_day_offset=offset, **NOWHERE | {"s3_key": "a.csv"}))
    assert (
        f"a pasta é a {folder.split('à ')[1].removesuffix(' que as linhas têm;')}" in named.title
    ) is bool(offset)


@pytest.mark.parametrize(("day", "offset"), [("3000-01-31", -31), ("1899-12-01", 31)])
def test_a_folder_may_be_beyond_the_dates_that_lines_have(day: str, offset: int) -> None:
    assert '"consulta"' in commands_of("BASE_EMPTY", day=day, reference_day_offset=offset)[0]


ANSWERS = """#!{python}
import sys
open(sys.argv[-1], "w").write('{{"mensagem": "conex\\u00e3o, h\\u00e1 2 s"}}')
print('{{"StatusCode": 200}}')
"""
"""What of `aws lambda invoke` matters here: the answer in a file, its accents escaped by Lambda's Python."""
OPENED = Note(id="INC-20260216", state="abre")


@pytest.mark.parametrize("code", ["NEEDS_FORCE", "RDS_AUTH", "BASE_EMPTY"])
def test_a_functions_answer_is_readable_and_what_the_shell_writes_to_keeps_its_lines(
    code: str, tmp_path: Path
) -> None:
    """The CLI truncates its outfile: `/dev/stdout` is one where the shell's output goes to a file."""
    (tmp_path / "aws").write_text(ANSWERS.format(python=sys.executable))
    (tmp_path / "aws").chmod(0o755)
    put_jq(tmp_path)
    asked = [each for each in commands_of(code, incident=OPENED) if "lambda invoke" in each]
    script = "\n".join(["echo antes > dito", *(f"({each}) >> dito" for each in asked)])
    subprocess.run(
        ["bash", "-euc", script], cwd=tmp_path, check=True,
        env={"PATH": f"{tmp_path}:{os.defpath}", "NOME": "ana", "PYTHONIOENCODING": "utf-8"},
    )  # fmt: skip
    said = (tmp_path / "dito").read_text(encoding="utf-8")
    assert said.startswith("antes\n")
    assert said.count('"mensagem": "conexão, há 2 s"') == len(asked) > 0


@pytest.mark.parametrize(
    ("code", "name", "facts"),
    [
        ("NEEDS_FORCE", "NOME", {}),
        ("E_WRONG_DAY", "OUTRO_DIA", {}),
        ("DAY_BUSY", "ARQUIVO", {"s3_key": None}),
    ],
)
def test_what_a_person_has_to_say_first_is_told_as_it_is_written(
    code: str, name: str, facts: dict[str, Any], tmp_path: Path
) -> None:
    """bash takes the quotes out of such a hint: pasted back, `NOME=seu nome` would run a command `nome`."""
    (tmp_path / "aws").write_text("#!/bin/sh\ntouch asked\n")
    (tmp_path / "aws").chmod(0o755)
    path = f"{tmp_path}:{os.defpath}"
    (command,) = (each for each in commands_of(code, incident=OPENED, **facts) if f"{name}:?" in each)
    done = subprocess.run(
        ["bash", "-c", command], check=False, cwd=tmp_path, capture_output=True, text=True, env={"PATH": path}
    )
    assert not (tmp_path / "asked").exists()
    (hint,) = re.findall(rf"{name}: escreva antes ({name}=\S+)$", done.stderr.strip())
    subprocess.run(
        ["bash", "-euc", f"{hint}\n{command.split(' && ')[0]}"], cwd=tmp_path, check=True, env={"PATH": path}
    )
    assert (tmp_path / "asked").exists()


def test_the_base_is_prepared_by_actions_that_there_are() -> None:
    asked = [json.loads(shlex.split(each)[-7]) for each in commands_of("RDS_AUTH") if "prepare-base" in each]
    assert [each["acao"] for each in asked] == ["trocar_senha", "criar_usuario"]
    assert {each["acao"] for each in asked} <= set(ACTIONS)


def test_no_look_waits_for_the_lock_that_the_one_before_it_shows() -> None:
    """PostgreSQL's pg_get_indexdef() and MySQL's SHOW INDEX open the table: 30 seconds, and a failure."""
    blocked, indexes, *_ = steps_of(event("RDS_QUERY_TIMEOUT"))
    assert '"bloqueios"' in str(blocked.command)
    assert '"indices"' in str(indexes.command)
    assert indexes.title.startswith("Se ninguém bloqueia a leitura: ")


def test_a_value_cannot_leave_its_place_in_the_command() -> None:
    """An execution's name may hold an apostrophe."""
    first, *_ = commands_of("INVALID_INPUT", execution_arn="arn:x:a'; rm -rf b")
    assert shlex.split(first)[-1] == "arn:x:a'; rm -rf b"


def test_a_refresh_that_failed_is_looked_at_and_asked_for_again() -> None:
    looked, there, asked, seen, *of_days = commands_of(
        "QUICKSIGHT_FAILED", ingestion_id="JOB-20260216-000001-2"
    )
    assert looked.endswith("--ingestion-id JOB-20260216-000001-2")
    assert asked.endswith("--ingestion-id manual-20260216T070000 --ingestion-type FULL_REFRESH")
    assert seen.endswith("--ingestion-id manual-20260216T070000")
    assert [command.replace("reconciliation-days", "reconciliation-dataset") for command in of_days] == [
        looked, there, asked, seen,
    ]  # fmt: skip
