"""Rows of a Parquet object on S3 by their key, of which no more is read than can hold it.

The footer says between which keys each row group lies. What is read stands where it stands in the object, in
a local file that is a hole otherwise, and of which Polars is asked for those row groups alone.
"""

import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from tempfile import NamedTemporaryFile
from typing import Any, Final

import polars as pl

from reconciliation.adapters.store import Store
from reconciliation.explaining.footer import MAGIC, NotParquet, RowGroup, footer_of, length_of
from reconciliation.kernels.codec import UNREADABLE
from reconciliation.layout import Location
from reconciliation.objects import Absent, ConditionFailed, StoredObject

END_BYTES: Final = 64 * 1024
"""Read at once: the whole of a small object, the footer of most others."""
_KEY: Final = "ordem_id"
_KEYS: Final = pl.Schema({_KEY: pl.String})


class Replaced(ConditionFailed):
    """Another object stands there than the one that was asked for, since `modified` (with its time zone)."""

    def __init__(self, where: Location, modified: datetime) -> None:
        super().__init__(str(where))
        self.modified = modified


@dataclass
class Reading:
    """S3 as an explanation reads it, by several threads: each answer is counted, for people to see."""

    store: Store
    answers: list[tuple[Location, int]] = field(default_factory=list)

    @property
    def objects(self) -> int:
        """A listing is none."""
        return len({where for where, _ in self.answers if not where.key.endswith("/")})

    @property
    def size_bytes(self) -> int:
        return sum(size_bytes for _, size_bytes in self.answers)

    def keys_under(self, prefix: Location) -> list[str]:
        self.answers.append((prefix, 0))
        return [listed.key for listed in self.store.list(prefix)]

    def document(self, where: Location) -> StoredObject | None:
        """Raises JsonRefused for one that is too long."""
        return self._counted(self.store.document(where))

    def end(self, where: Location) -> StoredObject | None:
        return self._counted(self.store.get_end(where, END_BYTES))

    def range(
        self, where: Location, span: tuple[int, int], version_id: str | None = None, etag: str | None = None
    ) -> bytes:
        """As the store's. Raises Absent, ConditionFailed."""
        body = self.store.get_range(where, *span, version_id, etag)
        self.answers.append((where, len(body)))
        return body

    def _counted(self, stored: StoredObject | None) -> StoredObject | None:
        if stored:
            self.answers.append((stored.where, len(stored.body)))
        return stored


@dataclass(frozen=True)
class Matches:
    """The rows of a key in one object, by their columns' names; the object's metadata, its footer's texts."""

    rows: list[dict[str, Any]]
    metadata: Mapping[str, str]
    footer: Mapping[str, str]
    modified: datetime


def rows_with(
    reading: Reading,
    where: Location,
    key: str,
    schema: pl.Schema,
    *,
    etag: str | None = None,
    may_lack: Collection[str] = (),
) -> Matches | None:
    """All rows of that key, of the schema's columns alone; None where no object stands there.

    A row lacks what of `may_lack` the object has no column for. Raises NotParquet, Replaced where another
    object than that ETag's stands there, ConditionFailed where one takes its place meanwhile.
    """
    try:
        with _opened(reading, where, etag) as copy:
            rows = []
            for group in copy.groups_that_may_hold([key]):
                if copy.frame(group, _KEYS).filter(pl.col(_KEY) == key).height:
                    absent = {name for name in may_lack if name not in group.columns}
                    there = pl.Schema((name, kind) for name, kind in schema.items() if name not in absent)
                    rows += copy.frame(group, there).filter(pl.col(_KEY) == key).to_dicts()
            return Matches(rows, copy.metadata, copy.footer, copy.modified)
    except Absent:
        return None


def keys_of(
    reading: Reading,
    where: Location,
    wanted: pl.Expr,
    *,
    among: Collection[str] | None = None,
    etag: str | None = None,
) -> list[str]:
    """The keys that `wanted` is true of, each once, sorted; where it can be of a few alone, `among` has them.

    None of an object that is gone. Raises as `rows_with`.
    """
    try:
        with _opened(reading, where, etag) as copy:
            groups = copy.groups_that_may_hold(among)
            return sorted({key for group in groups for key in copy.frame(group, _KEYS).filter(wanted)[_KEY]})
    except Absent:
        return []


@contextmanager
def _opened(reading: Reading, where: Location, etag: str | None) -> Iterator["_Copy"]:
    """Raises Absent where no object stands there, Replaced where another does."""
    end = reading.end(where)
    if end is None:
        raise Absent(str(where))
    with NamedTemporaryFile(suffix=".parquet", buffering=0) as file:
        try:
            copy = _Copy(reading, end, file.name, file.fileno())
            if etag not in (None, end.etag):  # what is no Parquet was altered, and not published anew
                raise Replaced(where, end.modified)
            yield copy
        except (NotParquet, *UNREADABLE) as exc:
            raise NotParquet(f"{where} não é um Parquet inteiro") from exc


class _Copy:
    """As much of an object as was read."""

    def __init__(self, reading: Reading, end: StoredObject, path: str, file: int) -> None:
        self._reading, self._where, self._etag = reading, end.where, end.etag
        self._path, self._file = path, file
        self.metadata, self.modified = end.metadata, end.modified
        os.ftruncate(file, end.size_bytes)
        self._has_from = end.size_bytes - len(end.body)
        self._put(self._has_from, end.body)
        footer_bytes = length_of(end.body)
        if footer_bytes > end.size_bytes:
            raise NotParquet
        if footer_bytes > len(end.body):
            self._has_from = self._read(end.size_bytes - footer_bytes, footer_bytes - len(end.body))
        self._put(0, MAGIC)
        footer = footer_of(os.pread(file, footer_bytes, end.size_bytes - footer_bytes), end.size_bytes)
        self._groups, self.footer = footer.groups, footer.metadata

    def groups_that_may_hold(self, keys: Collection[str] | None) -> list[RowGroup]:
        """All of them where None is given."""
        if keys is None:
            return list(self._groups)
        sought = [key.encode() for key in keys]
        return [group for group in self._groups if group.chunk(_KEY).may_hold(sought)]

    def frame(self, group: RowGroup, schema: pl.Schema) -> pl.DataFrame:
        """The row group's rows, of these columns alone.

        Raises ConditionFailed, and NotParquet where they are of other types, or not as many as it says.
        """
        for offset, length in group.spans(schema):
            if offset < self._has_from:
                self._read(offset, length)
        rows = pl.scan_parquet(self._path).slice(group.first_row, group.rows)
        frame = rows.select(schema.names()).collect()
        if frame.schema != schema or frame.height != group.rows:
            raise NotParquet
        return frame

    def _read(self, offset: int, length: int) -> int:
        self._put(offset, self._reading.range(self._where, (offset, length), etag=self._etag))
        return offset

    def _put(self, offset: int, body: bytes) -> None:
        while body:
            written = os.pwrite(self._file, body, offset)
            offset, body = offset + written, body[written:]
