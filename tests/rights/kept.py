"""`used.jsonl`: one line for each right that somebody needs, with a request that proves it."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.rights.granted import Right

USED = Path(__file__).parent / "used.jsonl"
_MADE = (
    (re.compile(r"(?<=:key/)[0-9a-f-]{36}"), "KEY"),
    (re.compile(r"[0-9a-f]{64}"), "HASH"),
)
"""What differs from run to run, and no policy speaks of."""


@dataclass(frozen=True)
class Use:
    """`seen` is where the request was made: in the endings' scenarios, on a stack, or both."""

    right: Right
    request: Right
    seen: tuple[str, ...]


def read() -> list[Use]:
    return [_use(json.loads(line)) for line in USED.read_text().splitlines()]


def write(uses: Iterable[Use]) -> None:
    lines = [
        json.dumps({**use.right._asdict(), "asked": use.request.resource, "seen": use.seen})
        for use in sorted(uses, key=lambda use: use.right)
    ]
    USED.write_text("".join(f"{line}\n" for line in lines))


def of_stacks(folders: Iterable[Path]) -> set[Right]:
    """What the guards of the stacks below these folders let through."""
    files = [file for folder in folders for file in folder.rglob("rights.jsonl")]
    lines = (json.loads(line) for file in files for line in file.read_text().splitlines())
    granted = (line for line in lines if "refused" not in line)
    return {Right(line["who"], line["action"], _plain(line["resource"])) for line in granted}


def _plain(resource: str) -> str:
    for made, name in _MADE:
        resource = made.sub(name, resource)
    return resource


def _use(line: Mapping[str, str]) -> Use:
    role, action = line["role"], line["action"]
    return Use(Right(role, action, line["resource"]), Right(role, action, line["asked"]), tuple(line["seen"]))
