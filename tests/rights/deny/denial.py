"""A right that was denied, and what came of it: a JSON line each, so that a loop goes on where it stopped."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.rights.granted import Right


@dataclass(frozen=True)
class Denial:
    """`told` is what whoever did it saw without the right, `usual` what otherwise."""

    right: Right
    by: str
    """`scenario NAME`, or `stack ACT`."""
    is_refused: bool
    told: str
    usual: str

    @property
    def is_seen(self) -> bool:
        """Refused, and whoever did it saw that."""
        return self.is_refused and self.told != self.usual


def read(file: Path) -> list[Denial]:
    if not file.exists():
        return []
    lines = (json.loads(line) for line in file.read_text().splitlines())
    return [Denial(**{**line, "right": Right(*line["right"])}) for line in lines]


def add(file: Path, denial: Denial) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as kept:
        kept.write(f"{json.dumps(asdict(denial), ensure_ascii=False)}\n")
