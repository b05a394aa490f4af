"""What a person asked make for: `python -m infra.asked MODULE WORD…` runs that module as a command.

What the module did not foresee is one sentence with what to do, in the language of that command; the
traceback is in a file, for whoever mends it. Exit code: the module's own; 1 after such a sentence; 130 where
somebody interrupted it.
"""

import errno
import os
import pwd
import runpy
import shutil
import sys
import tempfile
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parents[1]
TRACE = ROOT / ".local" / "traceback.txt"
INTERRUPTED = 130
WRITTEN = (ROOT, ROOT / ".local", ROOT / "build", Path(tempfile.gettempdir()), Path.home())
_LEAST_BYTES = 16 << 20
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_CLOSED = {errno.EACCES, errno.EPERM, errno.EROFS}


@dataclass(frozen=True)
class Words:
    """The sentences of one language."""

    interrupted: str
    full: str
    closed: str
    not_whole: str
    unforeseen: str
    traced: str


ENGLISH: Final = Words(
    interrupted="Interrupted.",
    full="There is no room left{where}: make some, and say it once more.",
    closed=(
        "{user} may not write or read here{where}: take a checkout of your own,"
        " or let its owner say `chown -R {user} .` in it."
    ),
    not_whole="The environment is not whole ({said}): `make clean`, then say it once more.",
    unforeseen="This was not foreseen: {said}.",
    traced=" Its traceback, for whoever mends it, is in {kept}.",
)
PORTUGUESE: Final = Words(
    interrupted="Interrompido.",
    full="Não há mais espaço{where}: libere algum, e repita o comando.",
    closed=(
        "{user} não pode escrever ou ler aqui{where}: use um checkout próprio,"
        " ou peça ao dono deste que rode nele `chown -R {user} .`."
    ),
    not_whole="O ambiente não está inteiro ({said}): `make clean`, e repita o comando.",
    unforeseen="Isto não foi previsto: {said}.",
    traced=" O traceback, para quem for consertar, está em {kept}.",
)
DAY_S_COMMANDS: Final = (
    "local.demo",
    "local.stack",
    "local.status",
    "local.explain",
    "glue_jobs.validate_file",
    "tests.faults.cuts",
    "tests.drills",
)
"""By these a day is run and looked at, so they speak as operators read; all others as developers do."""


def run(words: Sequence[str]) -> int:
    """Answers the exit code, unless the module itself exits."""
    say = PORTUGUESE if words[0] in DAY_S_COMMANDS else ENGLISH
    try:
        sys.argv = list(words)
        runpy.run_module(words[0], run_name="__main__", alter_sys=True)
    except KeyboardInterrupt:
        sys.stderr.write(f"{say.interrupted}\n")
        return INTERRUPTED
    except BrokenPipeError:  # `make … | head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as exc:
        kept = _kept(traceback.format_exc())
        sys.stderr.write(f"{sentence(say, exc, user(os.geteuid()), kept, full(WRITTEN))}\n")
        return 1
    return 0


def user(number: int) -> str:
    """The name that the system has for it, where a container has one: variables may still be another's."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def full(places: Sequence[Path]) -> list[Path]:
    """Those whose disk is: a program that another one runs tells it in words of its own, or not at all."""
    return [place for place in places if place.exists() and shutil.disk_usage(place).free < _LEAST_BYTES]


def sentence(say: Words, exc: Exception, user: str, kept: Path | None, full: Sequence[Path] = ()) -> str:
    """What stopped the command, and what to do; `kept` is where its traceback is."""
    if told := no_room(say, exc, full):
        return told
    where = _named(exc)
    if isinstance(exc, OSError) and exc.errno in _CLOSED:
        return say.closed.format(user=user, where=where)
    if isinstance(exc, ImportError):
        return say.not_whole.format(said=exc)
    said = f"{type(exc).__name__}: {' '.join(str(exc).split())[:300]}"
    return say.unforeseen.format(said=said) + (say.traced.format(kept=kept) if kept else "")


def no_room(say: Words, exc: Exception, full: Sequence[Path] = ()) -> str | None:
    """The sentence, where it was a full disk that stopped the command."""
    is_told = isinstance(exc, OSError) and exc.errno in _FULL
    if not is_told and not full:
        return None
    named = _named(exc) if is_told else ""
    return say.full.format(where=named or (f" ({', '.join(map(str, full))})" if full else ""))


def _named(exc: Exception) -> str:
    return f" ({exc.filename})" if isinstance(exc, OSError) and exc.filename else ""


def _kept(trace: str) -> Path | None:
    for folder in (TRACE.parent, Path(tempfile.gettempdir())):
        with suppress(OSError):
            folder.mkdir(exist_ok=True)
            path = folder / TRACE.name
            path.write_text(trace)
            return path
    return None


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
