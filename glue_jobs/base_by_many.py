"""The base copied by several readers of one shared snapshot, which lives while the first connection does.

Each reads a slice of the day's rows, which are exchanged by partition and held against the database's own
count; then each looks up the keys of some partitions.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

from glue_jobs.base import OpenBase, Share
from glue_jobs.base_parts import (
    About,
    BasePart,
    absent_keys,
    empty,
    padded_keys,
    put_part,
    rows_blob,
    rows_of_other_dates,
    write_part,
)
from glue_jobs.executor import Blob, Executor
from glue_jobs.parts import read_bytes
from glue_jobs.stores import StoreFactory
from reconciliation import layout
from reconciliation.kernels.codec import from_parquet
from reconciliation.kernels.partition import split
from reconciliation.plan import Plan


def copied_by_many(
    plan: Plan, open_base: OpenBase, readers: int, executor: Executor, stores: StoreFactory
) -> list[BasePart] | None:
    """The parts by partition; None where no key is looked up, or the engine shares no snapshot.

    Raises the base's failures, BASE_EMPTY, E_BASE_DUP_OR_NULL_KEY, UNBALANCED_TOTALS.
    """
    with open_base() as base:
        shares = base.by_key.share(readers) if base.by_key else []
        if not base.by_key or not shares:
            return None
        days = executor.exchange(
            shares,
            partial(_read_share, plan, stores),
            partial(write_part, partial(layout.base_day_part, plan.paths.base), stores),
            plan.partitions,
        )
        counted = base.by_key.day_totals(plan.reference_date)
        counted.require(sum(part.rows for part in days), sum(part.cents for part in days))
        if not counted.rows:
            raise empty(plan)
        padded = padded_keys(plan, base.by_key, base.warnings, stores())
        turns = [range(reader, plan.partitions, len(shares)) for reader in range(len(shares))]
        work = [
            _Work(share, {partition: padded.get(partition, []) for partition in turn})
            for share, turn in zip(shares, turns, strict=True)
        ]
        whole = executor.each(work, partial(_add_other_dates, plan, stores))
        about = About.of(base, len(shares))
    by_partition = {partition: part for parts in whole for partition, part in parts.items()}
    first, *others = [by_partition[partition] for partition in range(plan.partitions)]
    return [replace(first, about=about), *others]


@dataclass(frozen=True)
class _Work:
    """The partitions whose keys one reader looks up in the snapshot of its share, and their padded keys."""

    share: Share
    padded: dict[int, list[str]]


def _read_share(plan: Plan, stores: StoreFactory, share: Share) -> Iterator[tuple[int, Blob]]:
    stores()  # waits for credentials, which the share's secret needs, too
    with share.open() as reader:
        for frame in reader.day_rows(plan.reference_date):
            for partition, rows in split(frame, plan.partitions):
                yield partition, rows_blob(rows)


def _add_other_dates(plan: Plan, stores: StoreFactory, work: _Work) -> dict[int, BasePart]:
    """Each partition's rows of the day, and those of other dates, as the part that counts.

    Never over what it reads: Spark may do a task twice, even while the first still runs.
    """
    store, parts = stores(), {}
    with work.share.open() as reader:
        for partition, padded in work.padded.items():
            of_day = from_parquet(read_bytes(store, layout.base_day_part(plan.paths.base, partition)))
            absent = absent_keys(plan, store, partition, of_day)
            others = rows_of_other_dates(plan, reader, absent, of_day, padded)
            at = layout.part(plan.paths.base, partition)
            parts[partition] = put_part(store, at, [of_day, *others])
    return parts
