"""The base copied once, from one snapshot, and committed by `snapshot.json`: nobody reads it again.

The day's rows; then the keys that blanks surround, which only a scan finds; then, looked up, the rows of
other dates that have the file's keys. Where nothing proves the keys unique, one pass over the other dates
finds those, and the day's own keys once more. One reader by default. With `base_readers`, where keys are
looked up and the engine can share a snapshot: each reads a slice of the day's rows, then each looks up the
keys of some partitions. Runbook 2.3.
"""

import secrets
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import partial
from typing import Any, Protocol, Self

import polars as pl

from glue_jobs.executor import Blob, Executor
from glue_jobs.log import timed
from glue_jobs.parts import create_once, read_bytes, read_part
from glue_jobs.stores import StoreFactory, committed
from reconciliation import advice
from reconciliation.adapters import layout
from reconciliation.adapters.database import ScanStopped, Slice
from reconciliation.adapters.database.counted import DayTotals
from reconciliation.adapters.layout import Location
from reconciliation.adapters.store import Store, to_json
from reconciliation.bounded_json import parse_object
from reconciliation.errors import error
from reconciliation.kernels import partition
from reconciliation.kernels.codec import from_ipc, from_parquet, to_ipc, to_parquet
from reconciliation.kernels.money import total
from reconciliation.kernels.schemas import FOUND
from reconciliation.plan import Plan

PADDED_KEYS, ABSURD_DATE = "BASE_PADDED_KEYS", "BASE_ABSURD_DATE"
_DAY_KEYS = ["ordem_id", "padded_key"]
_ABOUT = "about"  # a blob's kind, beside the snapshot's name


class Base(Protocol):
    """One snapshot of `transacoes`; rows by the FOUND schema, each row once.

    `warnings` counts by code; `facts` is what the summary tells of where the rows came from.
    """

    warnings: dict[str, int]
    facts: dict[str, Any]

    @property
    def by_key(self) -> "ByKey | None":
        """None where nothing proves that a key is there once: then `rows_in_scope` tells."""

    def day_rows(self, day: date) -> Iterator[pl.DataFrame]: ...

    def rows_in_scope(self, of_file: pl.DataFrame, of_day: pl.DataFrame, day: date) -> Iterator[pl.DataFrame]:
        """In one pass, the rows of other dates that have one of the file's keys, blanks apart.

        Where no two rows should have one of the day's keys, those that have one, too: so it is seen.
        """


class ByKey(Protocol):
    """The rows of other dates, by an index that lets no two rows have a key stored alike.

    Such a base may have several readers; an export's files, or a window passed over, have one.
    """

    def share(self, readers: int) -> list[Slice]:
        """Disjoint slices of the day, for others to read in this snapshot while it is open; or none."""

    def day_totals(self, day: date) -> DayTotals:
        """As the database counts them in this snapshot."""

    def padded_keys(self, limit_s: int) -> Iterator[pl.DataFrame]:
        """By the PADDED schema, of any date, those that `rows_of` could not find. Raises ScanStopped."""

    def rows_of(
        self, keys: list[str], padded: Collection[str] = (), besides: date | None = None
    ) -> Iterator[pl.DataFrame]:
        """Of any date but `besides`; `padded` are keys as they are stored."""


class OpenBase(Protocol):
    """Opens the base; with a slice, in the snapshot it came from, and `day_rows` are the slice's."""

    def __call__(self, of: Slice | None = None) -> AbstractContextManager[Base]: ...


@dataclass(frozen=True)
class About:
    """What `snapshot.json` tells of the base beside its rows.

    `passed`, rows and cents, are those that one reader passed on: the parts are held against them.
    """

    warnings: dict[str, int]
    base: dict[str, Any]
    passed: tuple[int, int] | None = None

    @classmethod
    def of(cls, base: Base, readers: int, passed: tuple[int, int] | None = None) -> Self:
        return cls(base.warnings, {**base.facts, "readers": readers}, passed)

    def to_blob(self) -> Blob:
        return Blob(_ABOUT, to_json(asdict(self)))

    @classmethod
    def from_blob(cls, blob: Blob) -> Self:
        given = parse_object(blob.data)
        return cls(given["warnings"], given["base"], given["passed"] and tuple(given["passed"]))


@dataclass(frozen=True)
class BasePart:
    """One partition of the copied base; `snapshots` names the transactions that its rows came from."""

    rows: int
    cents: int
    snapshots: frozenset[str]
    absurd_dates: int = 0
    about: About | None = None


def copy_base(
    plan: Plan, open_base: OpenBase, readers: int, executor: Executor, stores: StoreFactory
) -> None:
    """Raises the base's failures, BASE_EMPTY, E_BASE_DUP_OR_NULL_KEY, UNBALANCED_TOTALS."""
    with timed("base_copied") as facts:
        parts = _by_many(plan, open_base, readers, executor, stores) if readers > 1 else None
        if parts is None:
            parts = executor.exchange(
                [plan],
                partial(_read, open_base, stores),
                partial(_write, partial(layout.part, plan.paths.base), stores),
                plan.partitions,
            )
        facts["rows"] = sum(part.rows for part in parts)
    if len({snapshot for part in parts for snapshot in part.snapshots}) != 1:
        # Spark repeats a reader whose worker was lost, and that is another transaction
        raise error("RECONCILIATION_FAILED", "a leitura da base recomeçou no meio; retome do checkpoint")
    create_once(stores(), layout.base_snapshot(plan.paths.base), to_json(_snapshot(parts)))


def _snapshot(parts: list[BasePart]) -> dict[str, Any]:
    """The content of `snapshot.json`. Raises UNBALANCED_TOTALS where a row was lost on the way."""
    about = next(part.about for part in parts if part.about)
    copied = (sum(part.rows for part in parts), sum(part.cents for part in parts))
    if about.passed not in (None, copied):
        raise error(
            "UNBALANCED_TOTALS",
            f"foram lidos da base {list(about.passed)}, e copiados {list(copied)} (linhas, centavos)",
        )
    absurd_dates = sum(part.absurd_dates for part in parts)
    return {
        "rows": copied[0],
        "base_cents": copied[1],
        "parts": [{"rows": part.rows} for part in parts],
        "warnings": {**about.warnings, **({ABSURD_DATE: absurd_dates} if absurd_dates else {})},
        "base": about.base,
    }


@dataclass
class _Passed:
    """What a reader passed on, so that the parts can be held against it."""

    rows: int = 0
    cents: int = 0

    def add(self, snapshot: str, frame: pl.DataFrame) -> Blob:
        self.rows += frame.height
        self.cents += total(frame["valor_cents"])
        return Blob(snapshot, to_ipc(frame))


def _read(open_base: OpenBase, stores: StoreFactory, plan: Plan) -> Iterator[tuple[int, Blob]]:
    """The day's rows, then the file's other keys, from one snapshot. Raises BASE_EMPTY."""
    store, snapshot = stores(), secrets.token_hex(8)
    day_keys = [FOUND.to_frame().select(_DAY_KEYS) for _ in range(plan.partitions)]
    passed = _Passed()
    with open_base() as base:
        for frame in base.day_rows(plan.reference_date):
            for where, rows in partition.split(frame, plan.partitions):
                day_keys[where] = day_keys[where].vstack(rows.select(_DAY_KEYS))
                yield where, passed.add(snapshot, rows)
        if not any(keys.height for keys in day_keys):
            raise _empty(plan)
        for where, rows in _others(plan, base, store, day_keys):
            yield where, passed.add(snapshot, rows)
        yield 0, About.of(base, 1, (passed.rows, passed.cents)).to_blob()


def _others(
    plan: Plan, base: Base, store: Store, day_keys: list[pl.DataFrame]
) -> Iterator[tuple[int, pl.DataFrame]]:
    """By partition, the rows of other dates that have a key in scope, looked up or passed over."""
    if base.by_key is None:
        of_file = pl.concat(_file_keys(plan, store, where) for where in range(plan.partitions))
        of_day = pl.concat(day_keys).select("ordem_id")
        for frame in base.rows_in_scope(of_file, of_day, plan.reference_date):
            yield from partition.split(frame, plan.partitions)
        return
    padded = _padded_keys(plan, base.by_key, base.warnings, store)
    for where, known in enumerate(day_keys):
        for frame in _elsewhere(plan, base.by_key, store, where, known, padded.get(where, [])):
            yield where, frame


def _file_keys(plan: Plan, store: Store, where: int) -> pl.DataFrame:
    return read_part(store, plan.paths.validated, where, ["ordem_id"])


def _padded_keys(plan: Plan, base: ByKey, warnings: dict[str, int], store: Store) -> Mapping[int, list[str]]:
    """By partition, the base's padded keys that are the file's but for their blanks, as they are stored.

    What the base neither proves nor shows in time is a warning, with the number of the file's keys.
    """
    found: dict[int, list[str]] = defaultdict(list)
    keys: dict[int, pl.DataFrame] = {}  # most bases have no padded key, and then none is read
    try:
        for frame in base.padded_keys(plan.rules.padded_scan_s):
            for where, padded in partition.split(frame, plan.partitions):
                if where not in keys:
                    keys[where] = _file_keys(plan, store, where)
                found[where] += padded.join(keys[where], on="ordem_id", how="semi")["padded_key"].to_list()
    except ScanStopped:
        report = committed(store, layout.validation_report(plan.paths.validated))
        warnings[PADDED_KEYS] = report["valid_keys"]
    return found


def _elsewhere(
    plan: Plan, base: ByKey, store: Store, where: int, of_day: pl.DataFrame, padded: list[str]
) -> Iterator[pl.DataFrame]:
    """A partition's rows of other dates. The day's own padded key may have its like without the blanks."""
    known = of_day.filter(pl.col("padded_key").is_null())
    keys = _file_keys(plan, store, where).join(known, on="ordem_id", how="anti")
    others = sorted(set(padded) - set(of_day["padded_key"]))
    yield from base.rows_of(keys["ordem_id"].to_list(), others, plan.reference_date)


def _write(
    part_at: Callable[[int], Location], stores: StoreFactory, where: int, blobs: Iterable[Blob]
) -> BasePart:
    frames, snapshots, about = [FOUND.to_frame()], set(), None
    for blob in blobs:
        if blob.kind == _ABOUT:
            about = About.from_blob(blob)
            continue
        frames.append(from_ipc(blob.data))
        snapshots.add(blob.kind)
    return replace(_put(stores(), part_at(where), frames, frozenset(snapshots)), about=about)


def _put(store: Store, at: Location, frames: list[pl.DataFrame], snapshots: frozenset[str]) -> BasePart:
    """Raises E_BASE_DUP_OR_NULL_KEY, before a base with a key twice (blanks apart) is committed."""
    rows = pl.concat(frames).sort("ordem_id")
    if rows["ordem_id"].is_duplicated().any() and len(snapshots) == 1:
        find = advice.statement("find_repeated")
        raise error("E_BASE_DUP_OR_NULL_KEY", f"a base tem ordem_id repetido, salvo brancos: {find}")
    store.put(at, to_parquet(rows))  # committed by snapshot.json
    return BasePart(rows.height, total(rows["valor_cents"]), snapshots, int(rows["absurd_date"].sum()))


# --- several readers, one snapshot


def _by_many(
    plan: Plan, open_base: OpenBase, readers: int, executor: Executor, stores: StoreFactory
) -> list[BasePart] | None:
    """None where it is one pass, or no engine's shared snapshot: that lives while this connection does."""
    with open_base() as base:
        slices = base.by_key.share(readers) if base.by_key else []
        if not base.by_key or not slices:
            return None
        days = executor.exchange(
            slices,
            partial(_read_slice, open_base, plan),
            partial(_write, partial(layout.base_day_part, plan.paths.base), stores),
            plan.partitions,
        )
        counted = base.by_key.day_totals(plan.reference_date)
        counted.require(sum(part.rows for part in days), sum(part.cents for part in days))
        if not counted.rows:
            raise _empty(plan)
        padded = _padded_keys(plan, base.by_key, base.warnings, stores())
        shares = [
            _Lookup(
                of, {where: padded.get(where, []) for where in range(reader, plan.partitions, len(slices))}
            )
            for reader, of in enumerate(slices)
        ]
        whole = executor.each(shares, partial(_add_others, plan, open_base, stores))
        about = About.of(base, len(slices))
    added = {where: part for parts in whole for where, part in parts.items()}
    first, *others = [added[where] for where in range(plan.partitions)]
    return [replace(first, about=about), *others]


@dataclass(frozen=True)
class _Lookup:
    """The partitions whose keys one reader looks up in the snapshot of its slice, and their padded keys."""

    of: Slice
    padded: dict[int, list[str]]


def _read_slice(open_base: OpenBase, plan: Plan, of: Slice) -> Iterator[tuple[int, Blob]]:
    with open_base(of) as base:
        for frame in base.day_rows(plan.reference_date):
            for where, rows in partition.split(frame, plan.partitions):
                yield where, Blob(of.snapshot, to_ipc(rows))


def _add_others(plan: Plan, open_base: OpenBase, stores: StoreFactory, share: _Lookup) -> dict[int, BasePart]:
    """Each partition's rows of the day, and those of other dates, as the part that counts.

    Never over what it reads: Spark may do a task twice, even while the first still runs.
    """
    store, parts = stores(), {}
    with open_base(share.of) as base:
        assert base.by_key is not None, "the same snapshot"
        for where, padded in share.padded.items():
            of_day = from_parquet(read_bytes(store, layout.base_day_part(plan.paths.base, where)))
            frames = [of_day, *_elsewhere(plan, base.by_key, store, where, of_day, padded)]
            at = layout.part(plan.paths.base, where)
            parts[where] = _put(store, at, frames, frozenset([share.of.snapshot]))
    return parts


def _empty(plan: Plan) -> Exception:
    return error("BASE_EMPTY", f"a base não tem nenhuma linha de {plan.reference_date}")
