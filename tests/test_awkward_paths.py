"""A checkout at a path with blanks, quotes and accents: make and its scripts touch only what is theirs.

Python is a stand-in that writes down what it is asked, so that nothing is installed.
"""

from __future__ import annotations

import fcntl
import os
import shlex
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from infra.context import pairs
from infra.settings import Settings
from local import postgres, spark
from local.place import CHECKOUT
from tests.deployed import deploy_page

AWKWARD = 'Meu Projeto d\'água "é" & $x'
PYTHON = """\
#!/bin/sh
printf '%s\\0' "$(basename "$0")" "$@" // >> "$RECORD"
case "$1 $2" in
"-m venv")
  shift 2
  if [ "$1" = --clear ]; then shift; rm -rf "$1"; fi
  mkdir -p "$1/bin"
  cp "$0" "$1/bin/python" ;;
"-m $FAILS") exit 1 ;;
esac
"""


class Checkout:
    """What make needs of one, beside folders whose names are the words of its own."""

    def __init__(self, parent: Path) -> None:
        self.folder = parent / AWKWARD / "main"
        shutil.copytree(CHECKOUT / "requirements", self.folder / "requirements")
        shutil.copy(CHECKOUT / "Makefile", self.folder)
        self.python, self.record = parent / AWKWARD / "python3.11", parent / "record"
        self.python.write_text(PYTHON)
        self.python.chmod(0o755)
        self.neighbours = [parent / name / "precious" for name in ("Meu", "Projeto", "Meu Projeto d'água")]
        self.neighbours += [self.folder / name / "precious" for name in ("Projeto", "d", "água", "é")]
        for precious in self.neighbours:
            precious.parent.mkdir()
            precious.touch()

    @property
    def environment(self) -> Path:
        return self.folder / ".venv"

    def run(
        self, *command: str, fails: str = "-", folder: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        self.record.write_text("")
        variables = {
            "PATH": os.defpath,
            "RECORD": str(self.record),
            "FAILS": fails,
            "PYTHON": str(self.python),
        }
        done = subprocess.run(
            command, cwd=folder or self.folder, env=variables, capture_output=True, text=True, check=False
        )
        assert all(precious.exists() for precious in self.neighbours), "a neighbour's folder was cleared"
        return done

    def asked(self) -> list[list[str]]:
        """The arguments of every Python that was started."""
        return [call.split("\0")[1:] for call in self.record.read_text().split("\0//\0")[:-1]]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path)


def test_the_environment_is_made_in_the_checkout(checkout: Checkout) -> None:
    assert checkout.run("make", "setup").returncode == 0
    assert (checkout.environment / ".installed").exists()
    (checkout.environment / "old").touch()
    checkout.run("make", "setup")
    assert checkout.asked() == [], "made once"
    (checkout.environment / ".installed").unlink()
    assert checkout.run("make", "setup").returncode == 0
    assert not (checkout.environment / "old").exists(), "and anew where it is unfinished"


def test_an_installation_that_fails_is_begun_anew(checkout: Checkout) -> None:
    assert checkout.run("make", "setup", fails="pip").returncode != 0
    assert not (checkout.environment / ".installed").exists()
    assert checkout.run("make", "setup").returncode == 0


@pytest.mark.parametrize("kind", ["folder", "link", "dangling link", "file"])
def test_what_make_did_not_make_is_left(checkout: Checkout, kind: str) -> None:
    theirs = checkout.folder.parent / "theirs"
    place = theirs if "link" in kind else checkout.environment
    if kind in ("folder", "link"):
        place.mkdir()
        (place / "pyvenv.cfg").write_text("theirs")
    elif kind == "file":
        place.write_text("theirs")
    if "link" in kind:
        checkout.environment.symlink_to(theirs)
    told = checkout.run("make", "setup")
    assert told.returncode != 0
    assert told.stderr.startswith("'.venv' was not made by make, so it is left as it is: move it away, or")
    cleaned = checkout.run("make", "clean")
    assert (cleaned.returncode, cleaned.stdout) == (0, ".venv stays: make did not make it.\n")
    assert os.path.lexists(checkout.environment)
    if kind != "dangling link":
        assert (place if kind == "file" else place / "pyvenv.cfg").read_text() == "theirs"


@pytest.mark.parametrize("mark", ["made-from-the-pins", ".installed", ""])
def test_an_earlier_environment_and_an_empty_folder_are_ours(checkout: Checkout, mark: str) -> None:
    checkout.environment.mkdir()
    if mark:
        (checkout.environment / mark).touch()
        os.utime(checkout.environment / mark, (0, 0))
    assert checkout.run("make", "setup").returncode == 0
    assert (checkout.environment / "bin" / "python").exists()


def test_clean_removes_what_was_made_and_no_more(checkout: Checkout) -> None:
    checkout.run("make", "setup")
    for made in (".local/demo", "build", "cdk.out"):
        (checkout.folder / made).mkdir(parents=True)
    kept = set(os.listdir(checkout.folder)) - {".venv", ".local", "build", "cdk.out"}
    assert checkout.run("make", "clean").returncode == 0
    assert set(os.listdir(checkout.folder)) == kept
    assert checkout.asked() == [], "no stack was up"


@pytest.mark.parametrize("lock", ["demo/demo.lock", "bench/a/stack/lock"])
def test_nothing_is_cleaned_while_a_demo_or_a_stack_is_at_work(checkout: Checkout, lock: str) -> None:
    """A demo has its lock before its stack has one."""
    held = checkout.folder / ".local" / lock
    held.parent.mkdir(parents=True)
    with held.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        told = checkout.run("make", "clean")
    assert told.returncode != 0
    assert told.stderr.startswith(f"A stack is at work in .local/{Path(lock).parent}: wait for its end")
    assert held.exists()


def test_another_folder_is_not_cleaned(checkout: Checkout, tmp_path: Path) -> None:
    (tmp_path / "build").mkdir()
    told = checkout.run("make", "-f", str(checkout.folder / "Makefile"), "clean", folder=tmp_path)
    assert told.returncode != 0
    assert "Nothing was done: run make in the folder of the checkout" in told.stderr
    assert (tmp_path / "build").exists()


def test_what_a_person_gives_arrives_as_it_is(checkout: Checkout) -> None:
    checkout.run("make", "setup")
    csv, base = '/tmp/d\'água "é"/meu arquivo.csv', "base; rm -rf *.csv"
    assert checkout.run("make", "demo", f"CSV={csv}", f"BASE={base}", "DAY=2026-02-16").returncode == 0
    demo = ["-m", "infra.asked", "local.demo", f"--csv={csv}", f"--base={base}", "--day=2026-02-16"]
    assert checkout.asked() == [demo]
    checkout.run("make", "validate", f"CSV={csv}")
    assert checkout.asked() == [["-m", "infra.asked", "glue_jobs.validate_file", "--", csv]]
    rules = '{"decimal_separator": ","}'
    checkout.run("make", "validate", f"CSV={csv}", f"RULES={rules}", "DAY=2026-02-16")
    given = ["--day=2026-02-16", f"--rules={rules}"]
    assert checkout.asked() == [["-m", "infra.asked", "glue_jobs.validate_file", *given, "--", csv]]


@pytest.mark.parametrize("separator", [":", ","])
def test_a_path_that_no_list_of_paths_holds_is_one_sentence(tmp_path: Path, separator: str) -> None:
    checkout = Checkout(tmp_path / f"a{separator}b")
    told = checkout.run("make", "setup")
    assert told.stderr.startswith("The path of this checkout has a ':' or ','")
    assert not checkout.environment.exists()


def test_the_jvm_is_given_its_archive_as_one_option(tmp_path: Path) -> None:
    """By Spark's own launcher, which prints the command that it would run."""
    folder = tmp_path / (AWKWARD + " \\")
    folder.mkdir()
    option = f"-XX:SharedArchiveFile={folder / 'base.jsa'}:{folder / 'spark.jsa'}"
    variables = spark._environment(folder, [option], folder)
    java = [str(spark.JAVA_HOME / "bin" / "java"), "-cp", f"{spark.JARS}/*", "org.apache.spark.launcher.Main"]
    asked = ["org.apache.spark.deploy.SparkSubmit", *shlex.split(variables["PYSPARK_SUBMIT_ARGS"])]
    home = {"SPARK_HOME": str(spark.JARS.parent), "SPARK_SCALA_VERSION": "2.12"}
    done = subprocess.run([*java, *asked], env={**variables, **home}, capture_output=True, check=True)
    assert option in done.stdout.decode().split("\0")
    assert str(folder) not in variables["SPARK_LAUNCHER_OPTS"], "the shell would cut it"
    assert str(tmp_path) in spark._launcher_options(tmp_path / "é'\"$x" / "base.jsa")


@pytest.mark.stack
@pytest.mark.parametrize("mode", [0o755, 0o700], ids=["for all", "the owner's, as /root is"])
def test_a_database_whose_programs_and_data_are_there(monkeypatch: pytest.MonkeyPatch, mode: int) -> None:
    package = postgres._binary("initdb").parents[2]
    with TemporaryDirectory() as name:
        folder = Path(name) / AWKWARD
        Path(name).chmod(mode)
        for part in (package, package.with_name(f"{package.name}.libs")):
            shutil.copytree(part, folder / part.name, symlinks=True)
        binaries = folder / package.name / "pginstall18" / "bin"
        monkeypatch.setattr(postgres, "_binary", lambda name: binaries / name)
        postgres.start(folder / "postgres").stop()
        assert (folder / "postgres" / "data" / "PG_VERSION").exists()


def test_a_folder_of_somebody_elses_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "postgres" / "theirs").mkdir(parents=True)
    with pytest.raises(RuntimeError, match="não é do banco, tem theirs: tire de lá"):
        postgres.start(tmp_path / "postgres")
    assert (tmp_path / "postgres" / "theirs").exists()


@pytest.mark.parametrize("target", ["deploy", "destroy", "first-checks", "runbook", "synth"])
def test_settings_arrive_whole_on_whatever_lines(checkout: Checkout, target: str) -> None:
    checkout.run("make", "setup")
    wanted = ["suffix=-dev", "database_ca=my *'s bundle.pem", 'rules={"max_lines": 5}', "expected_by="]
    lines = f"{' '.join(wanted[:2])}\n  {' '.join(wanted[2:])}\n"
    assert checkout.run("make", target, f"SETTINGS={lines}").returncode == 0
    ((*_, given),) = checkout.asked()
    assert pairs([given]) == wanted


SAID = [line for block in deploy_page.blocks() for line in block.splitlines() if "$SETTINGS" in line]


@pytest.mark.parametrize("line", SAID)
def test_every_setting_of_the_page_arrives(checkout: Checkout, line: str) -> None:
    """docs/deploy.md's first block, and each command that is given what it sets."""
    checkout.run("make", "setup")
    assert checkout.run("bash", "-euc", f"{deploy_page.blocks()[0]}\n{line}").returncode == 0
    ((*_, given),) = checkout.asked()
    told = dict(pair.split("=") for pair in pairs([given]))
    assert (told.pop("database_ca"), told.pop("remove_data", "true")) == ("global-bundle.pem", "true")
    settings = Settings.from_context(told)
    assert (settings.suffix, settings.region, len(told)) == ("-dev", "sa-east-1", 7)
    assert settings.email_business == "business@YOUR.COMPANY"
