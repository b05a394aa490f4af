"""The base for a peer: one snapshot, read by COPY into a CSV file without header."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import psycopg2

COLUMNS = ("fornecedor_id", "ordem_id", "nome", "ativo_id", "data", "valor")
COMPARED = ("fornecedor_id", "nome", "ativo_id", "data", "valor")
_SELECT = f"select {', '.join(COLUMNS)} from transacoes"  # noqa: S608 - constants


@dataclass(frozen=True)
class Task:
    """What a peer is asked: compare `file` with the base at `url`, write `out`; `scratch` is its own."""

    file: Path
    url: str
    day: str
    out: Path
    scratch: Path


def task() -> Task:
    """From the command line."""
    parser = argparse.ArgumentParser()
    for name in ("file", "url", "day", "out", "scratch"):
        parser.add_argument(name)
    given = parser.parse_args()
    return Task(Path(given.file), given.url, given.day, Path(given.out), Path(given.scratch))


class Base:
    """One transaction."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def copy_day(self, day: str, to: BinaryIO) -> None:
        self._copy(f"{_SELECT} where data = %s", day, to)

    def copy_keys(self, keys: Sequence[str], to: BinaryIO) -> None:
        """Rows of any date that have one of the keys: an order may have been moved."""
        if keys:
            self._copy(f"{_SELECT} where ordem_id = any(%s)", list(keys), to)

    def _copy(self, query: str, value: object, to: BinaryIO) -> None:
        with self._connection.cursor() as cursor:
            bound = cursor.mogrify(query, (value,)).decode()
            cursor.copy_expert(f"copy ({bound}) to stdout (format csv)", to, 1 << 20)


@contextmanager
def snapshot(url: str) -> Iterator[Base]:
    connection = psycopg2.connect(url)
    try:
        connection.set_session(isolation_level="REPEATABLE READ", readonly=True)
        yield Base(connection)
    finally:
        connection.close()
