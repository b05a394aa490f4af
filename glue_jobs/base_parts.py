"""What one reader of the base and several have in common: which rows a partition takes, and its part.

A partition takes its rows of the day and, looked up, the rows of other dates that have one of its file's
keys. Keys that blanks surround are found by a scan alone, before the look-ups.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Self

import polars as pl

from glue_jobs.base import Base, ByKey, Lookup
from glue_jobs.executor import Blob
from glue_jobs.parts import read_part
from glue_jobs.stores import StoreFactory, committed
from reconciliation import advice, layout
from reconciliation.adapters.database.session import ScanStopped
from reconciliation.adapters.store import Store
from reconciliation.bounded_json import parse_object
from reconciliation.documents.snapshot import BaseFacts
from reconciliation.documents.typed import Document
from reconciliation.documents.validation_report import ValidationReport
from reconciliation.errors import error
from reconciliation.kernels.codec import from_ipc, to_ipc, to_parquet
from reconciliation.kernels.money import total
from reconciliation.kernels.partition import split
from reconciliation.kernels.schemas import FOUND
from reconciliation.layout import Location
from reconciliation.objects import to_json
from reconciliation.plan import Plan

_ABOUT, _ROWS = "about", "rows"  # kinds of blobs


@dataclass(frozen=True)
class About(Document):
    """What `snapshot.json` tells of the base beside its rows.

    `passed`, rows and cents, are those that one reader passed on: the parts are held against them.
    """

    warnings: dict[str, int]
    base: BaseFacts
    passed: tuple[int, int] | None = None

    @classmethod
    def of(cls, base: Base, readers: int, passed: tuple[int, int] | None = None) -> Self:
        return cls(base.warnings, {**base.facts, "readers": readers}, passed)

    def to_blob(self) -> Blob:
        return Blob(_ABOUT, to_json(self.to_dict()))

    @classmethod
    def from_blob(cls, blob: Blob) -> Self:
        return cls.from_dict(parse_object(blob.data))


@dataclass(frozen=True)
class BasePart:
    """One partition of the copied base."""

    rows: int
    cents: int
    absurd_dates: int = 0
    about: About | None = None


def empty(plan: Plan) -> Exception:
    return error("BASE_EMPTY", f"a base não tem nenhuma linha de {plan.reference_date}")


def file_keys(plan: Plan, store: Store, partition: int) -> pl.DataFrame:
    return read_part(store, plan.paths.validated, partition, ["ordem_id"])


def padded_keys(plan: Plan, base: ByKey, warnings: dict[str, int], store: Store) -> Mapping[int, list[str]]:
    """By partition, the base's padded keys that are the file's but for their blanks, as they are stored.

    What the base neither proves nor shows in time is a warning, with the number of the file's keys.
    """
    of_file: dict[int, list[str]] = defaultdict(list)
    keys: dict[int, pl.DataFrame] = {}  # most bases have no padded key, and then none is read
    try:
        for frame in base.padded_keys(plan.rules.padded_scan_s):
            for partition, padded in split(frame, plan.partitions):
                if partition not in keys:
                    keys[partition] = file_keys(plan, store, partition)
                known = padded.join(keys[partition], on="ordem_id", how="semi")
                of_file[partition] += known["padded_key"].to_list()
    except ScanStopped:
        report = committed(store, layout.validation_report(plan.paths.validated), ValidationReport)
        warnings["BASE_PADDED_KEYS"] = report.valid_keys
    return of_file


def absent_keys(plan: Plan, store: Store, partition: int, of_day: pl.DataFrame) -> pl.DataFrame:
    """Of the file's keys of a partition, those that no row of the day has without blanks about it."""
    known = of_day.filter(pl.col("padded_key").is_null())
    return file_keys(plan, store, partition).join(known, on="ordem_id", how="anti")


def rows_of_other_dates(
    plan: Plan, base: Lookup, absent: pl.DataFrame, of_day: pl.DataFrame, padded: list[str]
) -> Iterator[pl.DataFrame]:
    """A partition's, looked up. The day's own padded key may have its like without the blanks."""
    others = sorted(set(padded) - set(of_day["padded_key"]))
    yield from base.rows_of(absent["ordem_id"].to_list(), others, plan.reference_date)


def rows_blob(rows: pl.DataFrame) -> Blob:
    return Blob(_ROWS, to_ipc(rows))


def write_part(
    part_at: Callable[[int], Location], stores: StoreFactory, partition: int, blobs: Iterable[Blob]
) -> BasePart:
    """What the exchange brought to a partition, as its part. Raises E_BASE_DUP_OR_NULL_KEY."""
    frames, about = [FOUND.to_frame()], None
    for blob in blobs:
        if blob.kind == _ABOUT:
            about = About.from_blob(blob)
        else:
            frames.append(from_ipc(blob.data))
    return replace(put_part(stores(), part_at(partition), frames), about=about)


def put_part(store: Store, at: Location, frames: list[pl.DataFrame]) -> BasePart:
    """Raises E_BASE_DUP_OR_NULL_KEY, before a base with a key twice (blanks apart) is committed."""
    rows = pl.concat(frames).sort("ordem_id")
    if rows["ordem_id"].is_duplicated().any():
        find = advice.statement("find_repeated")
        raise error("E_BASE_DUP_OR_NULL_KEY", f"a base tem ordem_id repetido, salvo brancos: {find}")
    store.put(at, to_parquet(rows))  # committed by snapshot.json
    return BasePart(rows.height, total(rows["valor_cents"]), int(rows["absurd_date"].sum()))
