"""Every target × what goes wrong with it, walked by make in copies of the checkout: some ten minutes.

    python -m tests.targets [WORD]

Prints a table; with WORD only the rows of that name. What asks for root (a full disk, another user) is said
to be left out where nobody is. Exit code 1: a row answered otherwise than it should, or with a traceback.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg2

from local.generated_day import HEADER
from local.postgres import free_port
from tests.targets.checkout import Checkout
from tests.targets.rows import CHEAP

IS_ROOT = os.geteuid() == 0
NOBODY = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
_DAY_S = 60.0
READING = ("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search", "--securebits=+no_setuid_fixup")
"""Lent to nobody where the environment's Python lies in root's home; writes are refused as they were. Without
the last, access(2), by which make looks for programs, knows nothing of the right."""


@dataclass(frozen=True)
class Walked:
    """A row, and what became of it: the exit code that it should have, a pattern of what is said."""

    target: str
    fault: str
    code: int
    said: str
    wanted: tuple[int, str]

    @property
    def is_right(self) -> bool:
        code, pattern = self.wanted
        is_said = re.search(pattern, self.said, re.MULTILINE) is not None
        return self.code == code and is_said and "Traceback" not in self.said

    def __str__(self) -> str:
        lines = [line for line in self.said.splitlines() if line and not line.startswith("make")]
        shown = self.said if not self.is_right else (lines or [""])[-1]
        return f"| {self.target} | {self.fault} | {self.code} | {shown} |"


@dataclass(frozen=True)
class LeftOut:
    """Rows that this machine cannot show, and why."""

    rows: str
    why: str
    is_right: bool = True

    def __str__(self) -> str:
        return f"| {self.rows} | left out | | {self.why} |"


def cheap(one: Checkout, _two: Checkout) -> Iterator[Walked]:
    for row in CHEAP:
        code, said = one.run("make", row.target, *row.given)
        yield Walked(row.target, f"{row.fault}: {' '.join(row.given)}", code, said, (2, row.said))


def up(one: Checkout, two: Checkout) -> Iterator[Walked]:
    port = f"PORT={free_port()}"

    def walked(target: str, fault: str, code: int, said: str, checkout: Checkout = one) -> Walked:
        return Walked(target, fault, *checkout.run("make", target, port), (code, said))

    yield walked("status", "no stack", 2, "Nenhum ambiente local está no ar")
    yield walked("up", "-", 0, "O ambiente local está no ar em")
    yield walked("up", "twice", 0, "O ambiente local já está no ar em")
    (one.folder / "base.csv").write_text(f"{HEADER}\nF1;O1;Ana;A;2026-02-16;1.00\n")
    for fault, said in (
        ("a base for a stack that is up", "1 linha carregada em transacoes.$"),
        ("another base for it", "no lugar de 1 linha que havia"),
    ):
        given = (port, "BASE=base.csv")
        yield Walked("up", fault, *one.run("make", "up", *given), (0, said))
    other = one.run("make", "up", f"PORT={free_port()}")
    yield Walked(
        "up", "on another port beside it", *other, (2, "e não na porta .*: para mudá-la, `make down`")
    )
    yield walked("up", "a second checkout beside it, the port taken", 2, r"A porta \d+ não está livre", two)
    yield walked("demo", "beside a stack, in another checkout", 0, "Conferido", two)
    one.run(
        "sh", "-c", ". .local/env && aws s3 cp README.md s3://reconciliation-ingress/2026-02-16/input.csv"
    )
    limit = time.monotonic() + _DAY_S
    while not (walk := walked("status", "a refused day", 0, "2026-02-16.*encerrada sem publicar")).is_right:
        if time.monotonic() > limit:
            break
        time.sleep(0.5)
    yield walk
    yield walked("down", "after a day", 0, "foi encerrado")
    yield walked("up", "right after make down", 0, "O ambiente local está no ar em")
    with psycopg2.connect(_base_url(one)) as connection, connection.cursor() as cursor:
        cursor.execute("alter table transacoes rename to antiga")
    connection.close()
    yield walked("down", "the base table renamed", 0, "foi encerrado")
    yield walked("up", "a base table that somebody renamed", 2, r"rm -rf .*postgres")
    one.run("rm", "-rf", ".local/postgres")
    yield walked("up", "as that sentence says", 0, "O ambiente local está no ar em")
    one.run("make", "down")
    yield walked("down", "no stack", 0, "não está no ar")


def _base_url(checkout: Checkout) -> str:
    _, said = checkout.run("sh", "-c", ". .local/env && echo $BASE_DATABASE_URL")
    return said.strip()


def up_at_once(one: Checkout, _two: Checkout) -> Iterator[Walked]:
    port = f"PORT={free_port()}"
    first, second = one.start("make", "up", port), one.start("make", "up", port)
    ended = sorted((process.wait(), process.communicate()[0]) for process in (first, second))
    yield Walked("up", "twice at once: the one", *ended[0], (0, "está no ar em"))
    yield Walked(
        "up", "twice at once: the other", *ended[1], (2, "Já há um ambiente|já está no ar|não está livre")
    )
    yield Walked("down", "-", *one.run("make", "down"), (0, "foi encerrado"))
    begun = one.start("make", "up", port)
    time.sleep(2)
    yield Walked("up", "interrupted", *_interrupted(begun), (2, "Interrompido"))
    yield Walked("status", "after an interruption", *one.run("make", "status"), (2, "Nenhum ambiente"))


def demo(one: Checkout, _two: Checkout) -> Iterator[Walked]:
    first = one.start("make", "demo", "ROWS=1000")
    time.sleep(1.5)
    second = one.run("make", "demo", "ROWS=1000")
    yield Walked("demo", "twice at once: the second", *second, (2, "Outro `make demo` está em andamento"))
    cleaned = one.run("make", "clean")
    yield Walked("clean", "while a demo is at work", *cleaned, (2, "A stack is at work"))
    yield Walked("demo", "twice at once: the first", first.wait(), first.communicate()[0], (0, "Conferido"))
    begun = one.start("make", "demo", "ROWS=1000")
    time.sleep(4)
    yield Walked("demo", "interrupted", *_interrupted(begun), (2, "Interrompido. Nada ficou rodando."))
    (one.folder / "base.csv").write_text(f"{HEADER}\nF1;O1\n")
    given = ("CSV=base.csv", "BASE=base.csv", "DAY=2026-02-16")
    yield Walked(
        "demo", "a base that is none", *one.run("make", "demo", *given), (2, "BASE=base.csv: linha 2: 2")
    )
    (one.folder / "empty.csv").touch()
    given = ("CSV=empty.csv", "BASE=base.csv", "DAY=2026-02-16")
    (one.folder / "base.csv").write_text(f"{HEADER}\n")
    yield Walked("demo", "an empty file", *one.run("make", "demo", *given), (2, "E_EMPTY"))


def synth(one: Checkout, _two: Checkout) -> Iterator[Walked]:
    both = [one.start("make", "synth", "SETTINGS=suffix=-dev quicksight=false") for _ in range(2)]
    for number, process in enumerate(both):
        said = process.communicate()[0]
        yield Walked("synth", f"twice at once: {number}", process.wait(), said, (0, "has the template"))
    begun = one.start("make", "synth", "SETTINGS=suffix=-dev")
    time.sleep(2)
    yield Walked("synth", "interrupted", *_interrupted(begun), (2, "Interrupted"))


def setup(_one: Checkout, two: Checkout) -> Iterator[Walked]:
    """In a checkout that has no environment yet."""
    fresh = Checkout.copied(two.folder.parent / "three", linked=False)
    begun = fresh.start("make", "setup")
    time.sleep(5)
    yield Walked("setup", "interrupted", *_interrupted(begun), (2, "^Interrupted: said"))
    yield Walked("validate", "after an interrupted setup", *fresh.run("make", "validate"), (2, "não há esse"))
    yield Walked("setup", "done already", *fresh.run("make", "setup"), (0, ""))


def bench(one: Checkout, _two: Checkout) -> Iterator[Walked]:
    begun = one.start("make", "bench", "ROWS=1000")
    for _ in range(300):
        if list((one.folder / ".local" / "bench").glob("*/stack/lock")):
            break
        time.sleep(1)
    yield Walked("bench", "interrupted", *_interrupted(begun), (2, "Interrupted"))
    yield Walked("status", "after an interruption", *one.run("make", "status"), (2, "Nenhum ambiente"))


def disk(one: Checkout, two: Checkout) -> Iterator[Walked | LeftOut]:
    """The person's own files, the base, and what the stack writes, on as little as each is short of."""
    if not IS_ROOT:
        yield LeftOut("demo, synth: a full disk", "wants root, to mount one")
        return
    for size_mb, fault in (
        (1, "a full disk, its first file"),
        (30, "a full disk, the base"),
        (70, "a full disk"),
    ):
        with _mounted(one.folder / ".local", size_mb):
            said = one.run("make", "demo", "ROWS=20000")
            yield Walked("demo", fault, *said, (2, r"^Não há mais espaço.*repita o comando\.$"))
    fresh = Checkout.copied(two.folder.parent / "four")  # a demo has made all that `build/` is for
    with _mounted(fresh.folder / "build", 1):
        yield Walked("synth", "a full disk", *fresh.run("make", "synth"), (2, "^There is no room left.*"))


def another_user(one: Checkout, _two: Checkout) -> Iterator[Walked | LeftOut]:
    """In a checkout that root has used."""
    if not IS_ROOT:
        yield LeftOut("demo, up, down, docs, synth: another user's checkout", "wants root, to be another")
        return
    python = str(one.folder / ".venv/bin/python")
    looking = [*NOBODY, "sh", "-c", '"$0" -c ""', python]  # setpriv itself still may
    may_run = subprocess.run(looking, check=False, stderr=subprocess.DEVNULL).returncode == 0
    nobody = NOBODY if may_run else (*NOBODY, *READING)
    one.folder.chmod(0o755)
    (one.folder / ".local").mkdir(exist_ok=True)
    (one.folder / ".local" / "lock").touch(0o644)
    for words in (("demo", "ROWS=1000"), ("up", "PORT=0"), ("down",), ("docs",), ("synth",)):
        said = one.run(*nobody, "make", *words)
        yield Walked(
            words[0],
            "another user's checkout",
            *said,
            (2, "nobody (may not write or read here|não pode escrever ou ler aqui)"),
        )


@contextmanager
def _mounted(folder: Path, size_mb: int) -> Iterator[None]:
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def _interrupted(process: subprocess.Popen[str]) -> tuple[int, str]:
    """As by Ctrl-C: the whole job is told. make ends with 2, or by the same signal, which is 2."""
    os.killpg(process.pid, signal.SIGINT)
    said, _ = process.communicate()
    return abs(process.returncode), said


DEAR: tuple[Callable[[Checkout, Checkout], Iterator[Walked | LeftOut]], ...] = (
    *(up, up_at_once, demo, synth, disk, another_user, setup, bench),
)


def main() -> int:
    """Answers the exit code."""
    faults = 0
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's `&` ignores it for all below
    word = (sys.argv[1:] or [""])[0]
    print("| make | fault | exit code | what a person reads last |\n|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        one, two = (Checkout.copied(Path(folder) / name) for name in ("one", "two"))
        for rows in (cheap, *DEAR):
            for walked in rows(one, two) if word in rows.__name__ else ():
                faults += not walked.is_right
                print(walked if walked.is_right else f"WRONG {walked}", flush=True)
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
