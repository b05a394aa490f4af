"""The runbook as its readers use it: pages, blocks to copy, and the commands that a shell makes of them."""

import json
import os
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "runbooks"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
READER, OWNER, ADMINISTRATOR = "o leitor", "o dono da tabela", "quem administra o banco"
"""Who runs a block of SQL, as its first line says."""
_HEAD = re.compile(
    r"-- (PostgreSQL e MySQL|PostgreSQL|MySQL); (o leitor|o dono da tabela|quem administra o banco)\b"
    r"(.*?)(?:: (\{.*\}))?\n"
)
_VARIABLE = re.compile(r'^([A-Z_]+)="([^"$]*)"$', re.MULTILINE)
_STUBS = {
    # each call is its arguments, each ended by a byte that no argument has
    "aws": """printf '%s\\037' "$@" >> "$RECORD"; printf '\\036' >> "$RECORD"; echo VALUE""",
    "jq": "cat",
    "sleep": ":",
}


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: str
    language: str
    text: str

    def __str__(self) -> str:
        first = next((line for line in self.text.splitlines() if line.startswith("aws")), self.text)
        return f"{self.page}: {first.splitlines()[0].rstrip(' ' + chr(92))[:90]}"


@dataclass(frozen=True)
class Sql:
    """A block of SQL by its first line: its dialects, who runs it, and by which event of a function."""

    block: Block
    engines: tuple[str, ...]
    who: str
    event: dict[str, str]
    statements: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.block.page[:3]} {'+'.join(self.engines)} {self.event}"


@cache
def pages() -> dict[str, str]:
    """Text by file name."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.md"))}


def blocks(language: str) -> list[Block]:
    return [
        Block(name, language, found[2])
        for name, text in pages().items()
        for found in _BLOCK.finditer(text)
        if found[1] == language
    ]


def block_of(key: tuple[str, str]) -> Block:
    """The shell's block of the page that is so called and has that text. AssertionError: none, or several."""
    page, text = key
    found = [block for block in blocks("bash") if block.page.startswith(page) and text in block.text]
    assert len(found) == 1, f"{key} names {len(found)} blocks"
    return found[0]


def sql() -> list[Sql]:
    """AssertionError for a block that does not say its dialect and who runs it, from where."""
    return [_sql(block) for block in blocks("sql")]


def _sql(block: Block) -> Sql:
    head = _HEAD.match(block.text)
    assert head, block.text
    engines = tuple({"PostgreSQL": "postgres", "MySQL": "mysql"}[name] for name in head[1].split(" e "))
    lines = [line for line in block.text.splitlines() if not line.startswith("--")]
    statements = tuple(" ".join(part.split()) for part in "\n".join(lines).split(";") if part.strip())
    return Sql(block, engines, head[2], json.loads(head[4]) if head[4] else {}, statements)


def variables(page: str) -> dict[str, str]:
    """The variables that a page asks to copy from the alert, with their examples."""
    return {
        found[1]: found[2]
        for block in _BLOCK.finditer(pages()[page])
        if block[1] == "bash"
        for found in _VARIABLE.finditer(block[2])
    }


def script(block: Block, values: Mapping[str, str]) -> str:
    """The block as a shell runs it after those variables; it does not wait for lines yet to come."""
    named = "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())
    text = _VARIABLE.sub("", block.text).replace("REGION", "sa-east-1").replace("ACCOUNT", "123456789012")
    return named + text.replace(" --follow", "")


def commands(block: Block, folder: Path, values: Mapping[str, str] | None = None) -> list[list[str]]:
    """The arguments of each `aws` of the block, as bash hands them over. `values`: by default the page's."""
    stubs, record = folder / "stubs", folder / "record"
    stubs.mkdir(exist_ok=True)
    for name, text in _STUBS.items():
        (stubs / name).write_text(f"#!/bin/sh\n{text}\n")
        (stubs / name).chmod(0o755)
    record.write_text("")
    (folder / "response.json").write_text("{}")
    (folder / "inicio.txt").touch()
    subprocess.run(
        ["bash", "-eu", "-c", script(block, variables(block.page) if values is None else values)],
        cwd=folder,
        env={"PATH": f"{stubs}:{os.defpath}", "RECORD": str(record)},
        check=True,
        capture_output=True,
        text=True,
        input="typed\n",
    )
    return list(_recorded(record.read_text()))


def _recorded(text: str) -> Iterator[list[str]]:
    for call in text.split("\x1e")[:-1]:
        yield call.split("\x1f")[:-1]
