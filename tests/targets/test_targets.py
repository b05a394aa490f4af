"""The rows that end before anything starts, by the words that the Makefile gives; and what nobody foresaw."""

from __future__ import annotations

import errno
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra import asked
from infra.asked import DAY_S_COMMANDS, ENGLISH, PORTUGUESE, Words, sentence, user
from tests.targets.rows import CHEAP, Row

ROOT = Path(__file__).resolve().parents[2]
TARGETS = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
WITHOUT_ARGUMENTS = {
    "help",
    "setup",
    "down",
    "status",
    "lint",
    "test",
    "test-fast",
    "test-deep",
    "docs",
    "lock",
    "clean",
}


IN_ENGLISH = re.compile(r"\b(write|no setting|nobody|would|not a|a share|whole|lists)\b")


def words_of(target: str, *given: str) -> list[str]:
    """What make would run by the environment's Python: its last command's words after it."""
    printing = ["RUN=printf '%s\\0' :", "-o", ".venv/.installed", "-o", ".local/peers/.installed"]
    done = subprocess.run(
        ["make", "--silent", target, *given, *printing], cwd=ROOT, capture_output=True, text=True, check=True
    )
    *_, last = done.stdout.split(":\0")
    return last.split("\0")[:-1]


@pytest.mark.filterwarnings("ignore:.*found in sys.modules after import of package:RuntimeWarning")
@pytest.mark.parametrize("row", CHEAP, ids=lambda row: f"{row.target} {' '.join(row.given) or row.fault}")
def test_what_a_person_says_wrongly_is_answered_in_one_sentence(
    row: Row, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("PORT", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    (*module_words,) = words_of(row.target, *row.given)
    assert module_words[:2] == ["-m", "infra.asked"]
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "argv", [])
    monkeypatch.setattr("signal.signal", lambda *_: None)
    if port := next((pair for pair in row.given if pair.startswith("PORT=")), ""):
        monkeypatch.setenv("PORT", port.removeprefix("PORT="))
    with pytest.raises(SystemExit) as ended:
        sys.exit(asked.run(module_words[2:]))
    said = capsys.readouterr()
    told = f"{ended.value.code}\n" if isinstance(ended.value.code, str) else said.err
    assert ended.value.code
    assert re.match(row.said, told), told
    assert (told.count("\n"), said.out) == (1, "")
    assert bool(IN_ENGLISH.search(told)) is (module_words[2] not in DAY_S_COMMANDS), (
        "one screen, one language"
    )


def test_every_target_has_its_rows() -> None:
    assert {row.target for row in CHEAP} | WITHOUT_ARGUMENTS == TARGETS


MODULE = """
import sys
{}
"""


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ("raise KeyboardInterrupt", 130, r"Interrupted\.$"),
        ("open('/dev/full', 'w', 1).write('x\\n')", 1, r"There is no room left: make some, and say it once"),
        ("import no_such_module", 1, r"The environment is not whole \(No module named 'no_such_module'\)"),
        ("{}['money']", 1, r"This was not foreseen: KeyError: 'money'\. Its traceback, .*/traceback.txt\.$"),
        ("raise SystemExit('A sentence.')", 1, r"A sentence\.$"),
        ("sys.exit(3)", 3, "$"),
    ],
)
def test_no_traceback_reaches_a_person(tmp_path: Path, line: str, code: int, said: str) -> None:
    (tmp_path / "infra").mkdir()
    shutil.copy(ROOT / "infra" / "asked.py", tmp_path / "infra")
    (tmp_path / "command.py").write_text(MODULE.format(line))
    done = subprocess.run(
        [sys.executable, "-m", "infra.asked", "command"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr.count("\n")) == (code, 0 if said == "$" else 1)
    assert re.match(said, done.stderr)
    if "not foreseen" in said:
        assert "KeyError" in (tmp_path / ".local" / "traceback.txt").read_text()


@pytest.mark.parametrize("say", [ENGLISH, PORTUGUESE], ids=["english", "portuguese"])
def test_both_languages_have_all_that_a_sentence_needs(say: Words) -> None:
    full = [Path("/one"), Path("/two")]
    for exc, wanted in (
        (OSError(errno.ENOSPC, "No space", "a.csv"), "(a.csv)"),
        (ValueError("x"), "/one, /two"),
        (ImportError("No module named 'x'"), "No module named 'x'"),
    ):
        assert wanted in sentence(say, exc, "ana", None, full if isinstance(exc, ValueError) else ())
    assert "ValueError: money" in (told := sentence(say, ValueError("money"), "ana", Path("/kept")))
    assert "/kept" in told


def test_a_folder_of_somebody_else_s_is_named() -> None:
    closed = PermissionError(errno.EACCES, "Permission denied", ".local/lock")
    assert sentence(PORTUGUESE, closed, "ana", None) == (
        "ana não pode escrever ou ler aqui (.local/lock): use um checkout próprio, ou peça ao dono deste que"
        " rode nele `chown -R ana .`."
    )
    assert sentence(ENGLISH, closed, "ana", None) == (
        "ana may not write or read here (.local/lock): take a checkout of your own, or let its owner say"
        " `chown -R ana .` in it."
    )


def test_who_it_is_the_system_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the variables, which stay root's where root became another."""
    for name in ("LOGNAME", "USER"):
        monkeypatch.setenv(name, "ana")
    assert (user(0), user(987_654)) == ("root", "987654")
