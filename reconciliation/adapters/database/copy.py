"""COPY pushes, a frame wants to pull: a thread copies into a bounded queue, in chunks of whole rows."""

import queue
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from reconciliation.adapters.database import failures
from reconciliation.errors import ReconciliationError


class Copied(NamedTuple):
    """Rows as COPY's text form has them, each with its line feed; NULL is the empty text."""

    rows: list[bytes]


Texts = Copied | list[tuple[str | None, ...]]
"""Rows as a server writes them, each column a text or NULL."""

_CHUNK_BYTES = 8 * 1024 * 1024


class Copy:
    """One running COPY … TO STDOUT."""

    def __init__(self, connection: Any, statement: str) -> None:
        self._connection = connection
        self._statement = statement
        self._chunks: queue.Queue[Copied | BaseException | None] = queue.Queue(maxsize=2)
        self._rows: list[bytes] = []
        self._size_bytes = 0
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._copy, daemon=True)
        self._thread.start()

    def chunks(self) -> Iterator[Copied]:
        while (chunk := self._chunks.get()) is not None:
            if isinstance(chunk, BaseException):
                raise chunk
            yield chunk

    def leave(self) -> None:
        """Ends the copy, also where not all of it was wanted."""
        self._left.set()
        self._thread.join()

    def write(self, row: bytes) -> None:
        """PostgreSQL writes a row at a time."""
        self._rows.append(row)
        self._size_bytes += len(row)
        if self._size_bytes >= _CHUNK_BYTES:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            self._put(Copied(self._rows))
            self._rows, self._size_bytes = [], 0

    def _copy(self) -> None:
        try:
            with self._connection.cursor() as cursor:
                cursor.copy_expert(self._statement, self, size=_CHUNK_BYTES)
            self._flush()
            self._put(None)
        except BaseException as exc:
            with suppress(_Left):
                self._put(exc)

    def _put(self, chunk: Copied | BaseException | None) -> None:
        while not self._left.is_set():
            with suppress(queue.Full):
                self._chunks.put(chunk, timeout=0.1)
                return
        raise _Left


class _Left(Exception):
    """Nobody reads the copy any more."""


def undecodable(rows: Iterable[bytes], names: Sequence[str], encoding: str = "utf-8") -> ReconciliationError:
    """Names the column and the key of the first row that is no text in this encoding."""
    for row in rows:
        fields = dict(zip(names, row.rstrip(b"\n").split(b"\t"), strict=True))
        for name, field in fields.items():
            try:
                field.decode(encoding)
            except UnicodeDecodeError:
                key = fields.get("ordem_id", b"").decode(encoding, errors="backslashreplace")
                return failures.unreadable_text(name, key)
    return failures.unreadable_text()
