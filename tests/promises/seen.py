"""What came of a mechanism that was switched off: a JSON line each, from which a long run goes on."""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from local.place import CHECKOUT
from tests.promises.mechanism import Mechanism


@dataclass(frozen=True)
class Seen:
    """`by` is the test that failed, None where none did; `digest` is of what was switched off."""

    name: str
    digest: str
    by: str | None


def digest_of(mechanism: Mechanism) -> str:
    """Another once its row or its file is another: then it is to be seen again."""
    code = (CHECKOUT / mechanism.file).read_text(encoding="utf-8")
    return hashlib.sha256(json.dumps([asdict(mechanism), code]).encode()).hexdigest()[:16]


def read(file: Path) -> list[Seen]:
    if not file.exists():
        return []
    return [Seen(**json.loads(line)) for line in file.read_text(encoding="utf-8").splitlines()]


def add(file: Path, one: Seen) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a", encoding="utf-8") as kept:
        kept.write(f"{json.dumps(asdict(one), ensure_ascii=False)}\n")
