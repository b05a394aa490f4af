"""The day's divergences out of the partitions' parts, without ever holding them all.

Each part is sorted and has small row groups. Of each one group is in memory at a time, and what comes out is
written group by group. How large a group may be goes by its bytes, since a line may hold a name of 64 KiB.
`python -m tests.jobs.merging` measures it.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import polars as pl
from polars.io.plugins import register_io_source

from reconciliation.kernels.codec import GROUP_ROWS, write_parquet
from reconciliation.kernels.schemas import DIVERGENCES
from reconciliation.kernels.weight import Weight

ORDER: Final = ("tipo_divergencia", "ordem_id")
"""By which what is published is sorted; no two rows are alike in both."""
_PART_GROUP_ROWS: Final = 8 * 1024
_PART_GROUP_BYTES: Final = 4 * 1024 * 1024
"""Of a part to be merged: about so much of each is in memory."""
_Key = tuple[Any, ...]
"""By ORDER."""
GROUP_BYTES: Final = 64 * 1024 * 1024
"""Of what is published. An ordinary row has some 300 bytes: GROUP_ROWS of them are less."""


@dataclass(frozen=True)
class SortedPart:
    """A part as a file, sorted by ORDER, in row groups as `group_rows` says."""

    path: Path
    weight: Weight

    @property
    def rows(self) -> int:
        return _height(self.path)


def group_rows(weight: Weight) -> int:
    """Of a part with these rows."""
    return weight.group_rows(_PART_GROUP_ROWS, _PART_GROUP_BYTES)


def write_merged(parts: Sequence[SortedPart], target: Path, group_bytes: int = GROUP_BYTES) -> int:
    """The rows of all parts as one Parquet by schema DIVERGENCES, sorted; answers how many it has.

    The same bytes for the same rows, however many parts they came in.
    """
    rows = register_io_source(lambda *_: merged(map(_groups, parts)), schema=DIVERGENCES)
    weight = sum((part.weight for part in parts), Weight(0, 0))
    write_parquet(rows, target, weight.group_rows(GROUP_ROWS, group_bytes))
    return _height(target)


def merged(parts: Iterable[Iterator[pl.DataFrame]]) -> Iterator[pl.DataFrame]:
    """Each row once, sorted by ORDER over all the frames; a part's frames are sorted, one after the other.

    What is not beyond the least of the last rows that were read comes before all that was not read yet.
    Raises ValueError where that order would be broken: by a part that is not sorted, or a key in two.
    """
    sources = list(parts)
    read = {place: frame for place, source in enumerate(sources) if (frame := _next(source)) is not None}
    before: _Key = ()
    while read:
        last = min(_key(frame, -1) for frame in read.values())
        counts = {place: _count_until(frame, last) for place, frame in read.items()}
        if all(counts[place] < frame.height for place, frame in read.items()):
            raise ValueError("a part is not sorted: nothing of it would ever be merged")
        group = pl.concat([frame.head(counts[place]) for place, frame in read.items()]).sort(ORDER)
        if _key(group, 0) <= before:
            raise ValueError("a part is not sorted, or two parts have one key")
        before = _key(group, -1)
        yield group
        for place, count in counts.items():
            rest: pl.DataFrame | None = read[place].slice(count)
            if rest is None or rest.is_empty():
                rest = _next(sources[place])
            if rest is None:
                del read[place]
            else:
                read[place] = rest


def _count_until(frame: pl.DataFrame, last: _Key) -> int:
    """How many of its rows are not beyond `last`.

    Looked up, and the rows then shared: a group of one part must cost each of the others next to nothing.
    Python's order of texts is Polars' own, by code points.
    """
    return bisect_right(range(frame.height), last, key=partial(_key, frame))


def _key(frame: pl.DataFrame, where: int) -> _Key:
    return tuple(frame.item(where, name) for name in ORDER)


def _next(source: Iterator[pl.DataFrame]) -> pl.DataFrame | None:
    """The next frame that has rows."""
    return next((frame for frame in source if frame.height), None)


def _groups(part: SortedPart) -> Iterator[pl.DataFrame]:
    count = group_rows(part.weight)
    for first in range(0, part.rows, count):
        yield pl.scan_parquet(part.path, low_memory=True).slice(first, count).collect()


def _height(path: Path) -> int:
    return int(pl.scan_parquet(path).select(pl.len()).collect().item())
