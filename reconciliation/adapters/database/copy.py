"""COPY pushes, a frame wants to pull: a thread copies into a bounded queue, in chunks of whole rows."""

import io
import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple

from reconciliation.adapters.database import failures
from reconciliation.errors import ReconciliationError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class Copied(NamedTuple):
    """Whole rows as COPY's text form has them, each with its line feed; NULL is the empty text."""

    rows: bytes


Texts = Copied | list[tuple[str | None, ...]]
"""Rows as a server writes them, each column a text or NULL."""


class Copy:
    """One running COPY … TO STDOUT."""

    def __init__(self, connection: Any, statement: str, chunk_bytes: int) -> None:
        self._connection, self._statement, self._chunk_bytes = connection, statement, chunk_bytes
        self._chunks: queue.Queue[Copied | BaseException | None] = queue.Queue(maxsize=2)
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

    def _copy(self) -> None:
        try:
            rows = io.BufferedWriter(_Rows(self._put), self._chunk_bytes)
            with rows, self._connection.cursor() as cursor:
                cursor.copy_expert(self._statement, rows)
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


class _Rows(io.RawIOBase):
    """Passes whole rows on. PostgreSQL writes a row at a time; before this stands a buffer in C."""

    def __init__(self, put: Callable[[Copied], None]) -> None:
        self._put = put
        self._begun = b""

    def writable(self) -> bool:
        return True

    def write(self, written: "ReadableBuffer") -> int:
        given = bytes(written)
        data = self._begun + given
        end = data.rfind(b"\n") + 1
        self._begun = data[end:]
        if end:
            self._put(Copied(data[:end]))
        return len(given)


class _Left(Exception):
    """Nobody reads the copy any more."""


def undecodable(
    copied: Iterable[Copied], names: Sequence[str], encoding: str = "utf-8"
) -> ReconciliationError:
    """Names the column and the key of the first row that is no text in this encoding."""
    for row in (row for chunk in copied for row in chunk.rows.removesuffix(b"\n").split(b"\n")):
        fields = dict(zip(names, row.split(b"\t"), strict=True))
        for name, field in fields.items():
            try:
                field.decode(encoding)
            except UnicodeDecodeError:
                key = fields.get("ordem_id", b"").decode(encoding, errors="backslashreplace")
                return failures.unreadable_text(name, key)
    return failures.unreadable_text()
