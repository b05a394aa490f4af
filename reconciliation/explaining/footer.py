"""A Parquet file's footer: where the columns of its row groups lie, and between which values.

Polars reads the frames and tells neither. Source: the Parquet format's `parquet.thrift` (the numbers of the
fields), and the Thrift compact protocol's specification.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final, TypeVar

MAGIC: Final = b"PAR1"
_TRAILER_BYTES: Final = 8
"""The footer's own length in four bytes, and the magic."""
_GAP_BYTES: Final = 16 * 1024
"""Between two columns, sooner read than asked about twice."""
_MORE, _SEVEN_BITS = 0x80, 0x7F
_STOP, _TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _STRUCT = 0, 1, 2, 3, 7, 8, 12
_INTEGERS, _LISTS = (4, 5, 6), (9, 10)
_LONG_LIST: Final = 15
_BYTE_ARRAY: Final = 6
"""A column's type whose values are texts."""
_Kind = TypeVar("_Kind")


class NotParquet(ValueError):
    """The bytes are no Parquet file's end."""


@dataclass(frozen=True)
class Chunk:
    """One column of a row group: its bytes in the file, and a text's least and greatest where told."""

    offset: int
    length: int
    least: bytes | None
    greatest: bytes | None

    @property
    def end(self) -> int:
        return self.offset + self.length

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

    def chunk(self, name: str) -> Chunk:
        """Raises NotParquet for a column that the file does not have."""
        if name not in self.columns:
            raise NotParquet
        return self.columns[name]

    def spans(self, names: Iterable[str]) -> list[tuple[int, int]]:
        """Offset and length of these columns' bytes, one span of those that lie close. Raises NotParquet."""
        spans: list[tuple[int, int]] = []
        for chunk in sorted(map(self.chunk, names), key=attrgetter("offset")):
            if spans and chunk.offset - sum(spans[-1]) <= _GAP_BYTES:
                spans[-1] = spans[-1][0], chunk.end - spans[-1][0]
            else:
                spans.append((chunk.offset, chunk.length))
        return spans


@dataclass(frozen=True)
class Footer:
    groups: tuple[RowGroup, ...]
    metadata: Mapping[str, str]


def length_of(end: bytes) -> int:
    """Of the footer with all that follows it, by the file's last bytes. Raises NotParquet."""
    if len(end) < _TRAILER_BYTES or not end.endswith(MAGIC):
        raise NotParquet
    return int.from_bytes(end[-_TRAILER_BYTES : -len(MAGIC)], "little") + _TRAILER_BYTES


def footer_of(end: bytes, size_bytes: int) -> Footer:
    """The footer that those bytes of a file of that size end with; there may be more before it.

    Raises NotParquet, also where its parts contradict one another: every column has the values of its row
    group's rows, these are the file's, no two columns share a byte, and none of theirs is the footer's. What
    stands once has nothing to be held against: a bound that was altered and still is no greater than the
    other excludes rows, unseen. Against that stands what S3 promises of its bytes, and the ETag that the
    summary has of what is published.
    """
    length = length_of(end)
    try:
        file = _Compact(end[-length:]).struct()
        names = [element.text(4) for element in file.structs(2)[1:]]
        groups, first_row = [], 0
        for group in file.structs(4):
            groups.append(_group(group, first_row, names))
            first_row += groups[-1].rows
        pairs = file.structs(5) if 5 in file else []
        metadata = {pair.text(1): pair.text(2) if 2 in pair else "" for pair in pairs}
    except (UnicodeDecodeError, RecursionError) as exc:
        raise NotParquet from exc
    chunks = sorted((chunk.offset, chunk.end) for group in groups for chunk in group.columns.values())
    ends = [len(MAGIC), *(end for _, end in chunks)]
    begins = [*(begin for begin, _ in chunks), size_bytes - length]
    if first_row != file.of(3, int) or any(end > begin for end, begin in zip(ends, begins, strict=True)):
        raise NotParquet
    return Footer(tuple(groups), metadata)


def _group(group: "_Struct", first_row: int, names: Sequence[str]) -> RowGroup:
    rows, columns = group.of(3, int), [column.of(3, _Struct) for column in group.structs(1)]
    is_whole = rows > 0 and all(column.of(5, int) == rows for column in columns)
    if not is_whole or [column.texts(3) for column in columns] != [[name] for name in names]:
        raise NotParquet
    return RowGroup(first_row, rows, dict(zip(names, map(_chunk, columns), strict=True)))


def _chunk(column: "_Struct") -> Chunk:
    has_bounds = 12 in column and column.of(1, int) == _BYTE_ARRAY  # of numbers the bytes have another order
    statistics = column.of(12, _Struct) if has_bounds else _Struct()
    least, greatest = (statistics.of(n, bytes) if n in statistics else None for n in (6, 5))
    places = [column.of(n, int) for n in (9, 11) if n in column]  # a dictionary stands before the data
    chunk = Chunk(min(places, default=0), column.of(7, int), least, greatest)
    is_in_order = least is None or greatest is None or least <= greatest
    if chunk.length <= 0 or not is_in_order:
        raise NotParquet
    return chunk


class _Struct(dict[int, object]):
    """A struct's values by the numbers of its fields, each asked for by its kind. All raise NotParquet."""

    def of(self, number: int, kind: type[_Kind]) -> _Kind:
        value = self.get(number)
        if not isinstance(value, kind):
            raise NotParquet
        return value

    def text(self, number: int) -> str:
        return self.of(number, bytes).decode()

    def texts(self, number: int) -> list[str]:
        return [value.decode() for value in _all(bytes, self.of(number, list))]

    def structs(self, number: int) -> list["_Struct"]:
        return _all(_Struct, self.of(number, list))


def _all(kind: type[_Kind], values: list[object]) -> list[_Kind]:
    some = [value for value in values if isinstance(value, kind)]
    if len(some) < len(values):
        raise NotParquet
    return some


class _Compact:
    """Values of the Thrift compact protocol. Raises NotParquet where the bytes are none."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def struct(self) -> _Struct:
        fields = _Struct()
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
