"""A Parquet file's footer: where the columns of its row groups lie, and between which values.

Polars reads the frames and tells neither. Source: the Parquet format's `parquet.thrift` (the numbers of the
fields), and the Thrift compact protocol's specification.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

MAGIC: Final = b"PAR1"
_TRAILER_BYTES: Final = 8
"""The footer's own length in four bytes, and the magic."""
_MORE, _SEVEN_BITS = 0x80, 0x7F
_STOP, _TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _STRUCT = 0, 1, 2, 3, 7, 8, 12
_INTEGERS, _LISTS = (4, 5, 6), (9, 10)
_LONG_LIST: Final = 15


class NotParquet(ValueError):
    """The bytes are no Parquet file's end."""


@dataclass(frozen=True)
class Chunk:
    """One column of a row group: its bytes in the file, and its least and greatest value where told."""

    offset: int
    length: int
    least: bytes | None
    greatest: bytes | None

    def may_hold(self, keys: Collection[bytes]) -> bool:
        """A bound that is not told excludes nothing."""
        if self.least is None or self.greatest is None:
            return True
        return any(self.least <= key <= self.greatest for key in keys)


@dataclass(frozen=True)
class RowGroup:
    """`rows` rows from the file's `first_row` on, the first of all being 0."""

    first_row: int
    rows: int
    columns: Mapping[str, Chunk]

    @property
    def span(self) -> tuple[int, int]:
        """Offset and length of the bytes of all its columns."""
        first = min(chunk.offset for chunk in self.columns.values())
        return first, max(chunk.offset + chunk.length for chunk in self.columns.values()) - first


@dataclass(frozen=True)
class Footer:
    groups: tuple[RowGroup, ...]
    metadata: Mapping[str, str]


def length_of(end: bytes) -> int:
    """Of the footer with all that follows it, by the file's last bytes. Raises NotParquet."""
    if len(end) < _TRAILER_BYTES or not end.endswith(MAGIC):
        raise NotParquet
    return int.from_bytes(end[-_TRAILER_BYTES : -len(MAGIC)], "little") + _TRAILER_BYTES


def footer_of(end: bytes) -> Footer:
    """The footer that those bytes end with; there may be more before it. Raises NotParquet."""
    try:
        told = _Compact(end[-length_of(end) :]).struct()
        groups, first_row = [], 0
        for group in told[4]:
            columns = dict(_chunk(column[3]) for column in group[1])
            groups.append(RowGroup(first_row, group[3], columns))
            first_row += group[3]
        metadata = {pair[1].decode(): pair.get(2, b"").decode() for pair in told.get(5, ())}
    except (LookupError, TypeError, UnicodeDecodeError, RecursionError) as exc:
        raise NotParquet from exc
    return Footer(tuple(groups), metadata)


def _chunk(column: dict[int, Any]) -> tuple[str, Chunk]:
    statistics = column.get(12, {})
    offset = min(column[9], column.get(11, column[9]))  # a dictionary stands before the data
    chunk = Chunk(offset, column[7], statistics.get(6), statistics.get(5))
    return b".".join(column[3]).decode(), chunk


class _Compact:
    """Values of the Thrift compact protocol: a struct is a dict by the numbers of its fields."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def struct(self) -> dict[int, Any]:
        fields: dict[int, Any] = {}
        number = 0
        while (head := self._byte()) != _STOP:
            number = number + (head >> 4) if head >> 4 else self._integer()
            kind = head & 0x0F
            fields[number] = kind == _TRUE if kind in (_TRUE, _FALSE) else self._value(kind)
        return fields

    def _value(self, kind: int) -> Any:
        """Within a list a truth value is a byte of its own."""
        if kind in _INTEGERS:
            return self._integer()
        if kind == _BINARY:
            return self._take(self._varint())
        if kind in _LISTS:
            head = self._byte()
            count = self._varint() if head >> 4 == _LONG_LIST else head >> 4
            return [self._value(head & 0x0F) for _ in range(count)]
        if kind == _STRUCT:
            return self.struct()
        if kind in (_TRUE, _FALSE, _BYTE):
            return self._byte()
        if kind == _DOUBLE:
            return self._take(8)
        raise NotParquet

    def _take(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        self._at += count
        if len(taken) < count:
            raise NotParquet
        return taken

    def _byte(self) -> int:
        return self._take(1)[0]

    def _integer(self) -> int:
        """Zigzag: the sign is the last bit."""
        number = self._varint()
        return (number >> 1) ^ -(number & 1)

    def _varint(self) -> int:
        number = shift = 0
        while True:
            byte = self._byte()
            number |= (byte & _SEVEN_BITS) << shift
            shift += 7
            if not byte & _MORE:
                return number
