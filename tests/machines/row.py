"""What was said on a machine, and how it ended."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """`wanted` are the exit code that it should have and a pattern of a line that is said."""

    machine: str
    who: str
    what: str
    code: int
    said: str
    took_s: float
    wanted: tuple[int, str]

    @property
    def is_right(self) -> bool:
        return self.code == self.wanted[0] and bool(self._matching) and "Traceback" not in self.said

    @property
    def _matching(self) -> list[str]:
        return [found[0] for found in re.finditer(rf"^.*?{self.wanted[1]}.*$", self.said, re.MULTILINE)]

    def __str__(self) -> str:
        told = (self._matching or [""])[-1].splitlines()[-1:]
        cells = (self.machine, self.who, self.what, self.code, f"{self.took_s:.0f} s", *told)
        row = f"| {' | '.join(map(str, cells))} |"
        return row if self.is_right else f"WRONG {row}\n{self.said}"
