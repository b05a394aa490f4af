"""The base copied by one reader, in one transaction, and exchanged by partition: all in the driver.

The day's rows; then the keys that blanks surround; then, looked up, the rows of other dates that have the
file's keys. Where nothing proves the keys unique, one pass over the other dates finds those, and the day's
own keys once more.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import polars as pl

from glue_jobs.ahead import ahead
from glue_jobs.base import Base, OpenBase
from glue_jobs.base_parts import (
    About,
    BasePart,
    absent_keys,
    empty,
    file_keys,
    padded_keys,
    rows_blob,
    rows_of_other_dates,
    write_part,
)
from glue_jobs.executor import Blob, Exchange
from glue_jobs.stores import StoreFactory
from reconciliation import layout
from reconciliation.adapters.store import Store
from reconciliation.kernels.money import total
from reconciliation.kernels.partition import split
from reconciliation.kernels.schemas import FOUND
from reconciliation.plan import Plan

_DAY_KEYS = ["ordem_id", "padded_key"]


def copied_by_one(
    plan: Plan, open_base: OpenBase, here: Exchange, stores: StoreFactory, check: Callable[[], None]
) -> list[BasePart]:
    """The parts by partition. Raises the base's failures, BASE_EMPTY, E_BASE_DUP_OR_NULL_KEY.

    And what `check` raises, which is called between frames: nobody would use the copy then.
    """
    part_at = partial(layout.part, plan.paths.base)
    read, write = partial(_read, open_base, stores, check), partial(write_part, part_at, stores)
    return here.exchange([plan], read, write, plan.partitions)


@dataclass
class _Passed:
    """What a reader passed on, so that the parts can be held against it."""

    rows: int = 0
    cents: int = 0

    def add(self, frame: pl.DataFrame) -> Blob:
        self.rows += frame.height
        self.cents += total(frame["valor_cents"])
        return rows_blob(frame)


def _read(
    open_base: OpenBase, stores: StoreFactory, check: Callable[[], None], plan: Plan
) -> Iterator[tuple[int, Blob]]:
    """The day's rows, then the file's other keys, from one snapshot. Raises BASE_EMPTY."""
    store = stores()
    day_keys = [FOUND.to_frame().select(_DAY_KEYS) for _ in range(plan.partitions)]
    passed = _Passed()
    with open_base() as base:
        with ahead(base.day_rows(plan.reference_date)) as frames:
            for frame in frames:
                check()
                for partition, rows in split(frame, plan.partitions):
                    day_keys[partition] = day_keys[partition].vstack(rows.select(_DAY_KEYS))
                    yield partition, passed.add(rows)
        if not any(keys.height for keys in day_keys):
            raise empty(plan)
        for partition, rows in _others(plan, base, store, day_keys):
            check()
            yield partition, passed.add(rows)
        yield 0, About.of(base, 1, (passed.rows, passed.cents)).to_blob()


def _others(
    plan: Plan, base: Base, store: Store, day_keys: list[pl.DataFrame]
) -> Iterator[tuple[int, pl.DataFrame]]:
    """By partition, the rows of other dates that have a key in scope, looked up or passed over."""
    if base.by_key is None:
        of_file = pl.concat(file_keys(plan, store, partition) for partition in range(plan.partitions))
        of_day = pl.concat(day_keys).select("ordem_id")
        for frame in base.rows_in_scope(of_file, of_day, plan.reference_date):
            yield from split(frame, plan.partitions)
        return
    absent = (absent_keys(plan, store, partition, of_day) for partition, of_day in enumerate(day_keys))
    with ahead(absent) as absent_in_turn:  # while the database scans, and looks the last one's up
        padded = padded_keys(plan, base.by_key, base.warnings, store)
        for partition, keys in enumerate(absent_in_turn):
            of_partition = padded.get(partition, [])
            for frame in rows_of_other_dates(plan, base.by_key, keys, day_keys[partition], of_partition):
                yield partition, frame
