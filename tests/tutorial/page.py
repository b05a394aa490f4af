"""The tutorial as somebody follows it: its commands, and what the page shows of their output."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = ("tutorial.md", "tutorial.pt.md")
FOLLOWED = (PAGES[0], "../README.md")
"""Whose commands are run; the other language's are the same."""
CUT = "…"
"""Stands for any lines."""
_BLOCK = re.compile(r"^```(sh|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_SECONDS = re.compile(r" *\b\d+,\d( s\b|$)", re.MULTILINE)
_NAMED_ANEW = re.compile(r"(?<=JOB-\d{8}-)\d{6}\b|(?<=http://127\.0\.0\.1:)\d+|\b[0-9a-f]{16,}\b")
"""By every run: jobs, ports, fingerprints and versions."""
_QUICK = re.compile(r"make validate")


@dataclass(frozen=True)
class Step:
    """One command; `shown` are the lines of the output that the page shows, none where it shows nothing."""

    command: str
    shown: tuple[str, ...]

    @property
    def is_quick(self) -> bool:
        """Starts nothing."""
        return bool(_QUICK.search(self.command)) or ("make" not in self.command and "aws" not in self.command)

    def missing(self, said: str) -> str | None:
        """The first run of lines that was not said there, in that order."""
        rest = _settled(said)
        runs = "\n".join(self.shown).split(CUT)
        for wanted in filter(None, (_settled(lines).strip("\n") for lines in runs)):
            _, found, rest = rest.partition(wanted)
            if not found:
                return wanted
        return None


def steps(page: str) -> list[Step]:
    """A block of `sh` is one command without output; in `console` each begins with `$`."""
    found = []
    for kind, text in _BLOCK.findall((DOCS / page).read_text(encoding="utf-8")):
        if kind == "sh":
            found.append(Step(text, ()))
            continue
        for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            command, *shown = part.splitlines()
            found.append(Step(command, tuple(shown)))
    return found


def _settled(text: str) -> str:
    """Seconds differ from run to run, and with them what they are aligned by; so do a run's names."""
    return _NAMED_ANEW.sub("0", _SECONDS.sub(" 0,0 s", text))
