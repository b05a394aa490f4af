"""What was said on a machine, and how it ended."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """`wanted` are the exit code that it should have and a pattern of what is said."""

    machine: str
    who: str
    what: str
    code: int
    said: str
    took_s: float
    wanted: tuple[int, str]

    @property
    def is_right(self) -> bool:
        code, pattern = self.wanted
        return self.code == code and bool(re.search(pattern, self.said)) and "Traceback" not in self.said

    def __str__(self) -> str:
        lines = [line for line in self.said.splitlines() if line.strip() and not line.startswith("make")]
        told = [line for line in lines if re.search(self.wanted[1], line)] or lines or [""]
        row = (
            f"| {self.machine} | {self.who} | {self.what} | {self.code} | {self.took_s:.0f} s | {told[-1]} |"
        )
        return row if self.is_right else f"WRONG {row}\n{self.said}"
