"""The base copied once, from one snapshot, and committed by `snapshot.json`: nobody reads it again.

One reader by default. With `base_readers`, where the engine can share a snapshot: each reads a slice of
the day's rows, then each looks up the other keys of some partitions. Runbook 2.3.
"""

import json
import secrets
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, Protocol

import polars as pl

from glue_jobs.executor import Blob, Executor
from glue_jobs.log import timed
from glue_jobs.parts import create_once, read_part
from glue_jobs.stores import StoreFactory
from reconciliation import advice
from reconciliation.adapters import layout
from reconciliation.adapters.database import Slice
from reconciliation.adapters.store import to_json
from reconciliation.errors import error
from reconciliation.kernels import partition
from reconciliation.kernels.codec import from_ipc, to_ipc, to_parquet
from reconciliation.kernels.money import total
from reconciliation.kernels.schemas import BASE
from reconciliation.plan import Plan

_ABOUT = "about"  # a blob's kind, beside the snapshot's name


class Base(Protocol):
    """One snapshot of `transacoes`; frames by the BASE schema.

    `warnings` counts by code; `facts` is what the summary tells of where the rows came from.
    """

    warnings: dict[str, int]
    facts: dict[str, Any]

    def share(self, readers: int) -> list[Slice]:
        """Disjoint slices of the day, for others to read in this snapshot while it is open; or none."""

    def day_rows(self, day: date) -> Iterator[pl.DataFrame]: ...

    def rows_of(self, keys: list[str]) -> Iterator[pl.DataFrame]: ...


class OpenBase(Protocol):
    """Opens the base; with a slice, in the snapshot it came from, and `day_rows` are the slice's."""

    def __call__(self, of: Slice | None = None) -> AbstractContextManager[Base]: ...


@dataclass(frozen=True)
class BasePart:
    """One partition of the copied base; `snapshots` names the transactions that its rows came from."""

    rows: int
    cents: int
    snapshots: frozenset[str]
    about: dict[str, Any] = field(default_factory=dict)


def copy_base(
    plan: Plan, open_base: OpenBase, readers: int, executor: Executor, stores: StoreFactory
) -> None:
    """Raises the base's failures, BASE_EMPTY, E_BASE_DUP_OR_NULL_KEY."""
    with timed("base_copied") as said:
        parts = _by_many(plan, open_base, readers, executor, stores) if readers > 1 else None
        if parts is None:
            parts = executor.exchange(
                [plan],
                partial(_read, open_base, stores),
                partial(_write, plan, stores),
                plan.partitions,
            )
        said["rows"] = sum(part.rows for part in parts)
    if len({snapshot for part in parts for snapshot in part.snapshots}) != 1:
        # Spark repeats a reader whose worker was lost, and that is another transaction
        raise error("RECONCILIATION_FAILED", "a leitura da base recomeçou no meio; retome do checkpoint")
    about = next(part.about for part in parts if part.about)
    snapshot = {
        "rows": said["rows"],
        "base_cents": sum(part.cents for part in parts),
        "parts": [{"rows": part.rows} for part in parts],
        **about,
    }
    create_once(stores(), layout.base_snapshot(plan.paths.base), to_json(snapshot))


def _about(base: Base, readers: int) -> dict[str, Any]:
    return {"warnings": base.warnings, "base": {**base.facts, "readers": readers}}


def _read(open_base: OpenBase, stores: StoreFactory, plan: Plan) -> Iterator[tuple[int, Blob]]:
    """The day's rows, then the file's other keys, from one snapshot. Raises BASE_EMPTY."""
    store, snapshot = stores(), secrets.token_hex(8)
    day_keys = [BASE.to_frame().select("ordem_id") for _ in range(plan.partitions)]
    with open_base() as base:
        yield 0, Blob(_ABOUT, to_json(_about(base, 1)))
        for frame in base.day_rows(plan.reference_date):
            for where, rows in partition.split(frame, plan.partitions):
                day_keys[where] = day_keys[where].vstack(rows.select("ordem_id"))
                yield where, Blob(snapshot, to_ipc(rows))
        if not any(keys.height for keys in day_keys):
            raise _empty(plan)
        for where, known in enumerate(day_keys):
            keys = read_part(store, plan.paths.validated, where, ["ordem_id"])
            elsewhere = keys.join(known, on="ordem_id", how="anti")["ordem_id"]
            for frame in base.rows_of(elsewhere.to_list()):
                yield where, Blob(snapshot, to_ipc(frame))


def _write(plan: Plan, stores: StoreFactory, where: int, blobs: Iterable[Blob]) -> BasePart:
    frames, snapshots, about = [BASE.to_frame()], set(), dict[str, Any]()
    for blob in blobs:
        if blob.kind == _ABOUT:
            about = json.loads(blob.data)
            continue
        frames.append(from_ipc(blob.data))
        snapshots.add(blob.kind)
    return _put(plan, stores, where, frames, frozenset(snapshots), about)


def _put(
    plan: Plan,
    stores: StoreFactory,
    where: int,
    frames: list[pl.DataFrame],
    snapshots: frozenset[str],
    about: dict[str, Any],
) -> BasePart:
    """Raises E_BASE_DUP_OR_NULL_KEY, before a base with a key twice (blanks apart) is committed."""
    rows = pl.concat(frames).sort("ordem_id")
    if rows["ordem_id"].is_duplicated().any() and len(snapshots) == 1:
        find = advice.statement("find_repeated")
        raise error("E_BASE_DUP_OR_NULL_KEY", f"a base tem ordem_id repetido, salvo brancos: {find}")
    stores().put(layout.part(plan.paths.base, where), to_parquet(rows))  # committed by snapshot.json
    return BasePart(rows.height, total(rows["valor_cents"]), snapshots, about)


# --- several readers, one snapshot


def _by_many(
    plan: Plan, open_base: OpenBase, readers: int, executor: Executor, stores: StoreFactory
) -> list[BasePart] | None:
    """None where the engine cannot share its snapshot. The snapshot lives while this connection does."""
    with open_base() as base:
        slices = base.share(readers)
        if not slices:
            return None
        days = executor.exchange(
            slices,
            partial(_read_slice, open_base, plan),
            partial(_write, plan, stores),
            plan.partitions,
        )
        if not any(part.rows for part in days):
            raise _empty(plan)
        shares = [
            _Lookup(slices[reader], tuple(range(reader, plan.partitions, len(slices))))
            for reader in range(len(slices))
        ]
        whole = executor.each(shares, partial(_add_others, plan, open_base, stores))
        about = _about(base, len(slices))
    added = {where: part for parts in whole for where, part in parts.items()}
    first, *others = [added[where] for where in range(plan.partitions)]
    return [BasePart(first.rows, first.cents, first.snapshots, about), *others]


@dataclass(frozen=True)
class _Lookup:
    """The partitions whose keys one reader looks up, in the snapshot of its slice."""

    of: Slice
    partitions: tuple[int, ...]


def _read_slice(open_base: OpenBase, plan: Plan, of: Slice) -> Iterator[tuple[int, Blob]]:
    with open_base(of) as base:
        for frame in base.day_rows(plan.reference_date):
            for where, rows in partition.split(frame, plan.partitions):
                yield where, Blob(of.snapshot, to_ipc(rows))


def _add_others(plan: Plan, open_base: OpenBase, stores: StoreFactory, share: _Lookup) -> dict[int, BasePart]:
    """Each partition again, with the file's keys that the day did not have."""
    store, parts = stores(), {}
    with open_base(share.of) as base:
        for where in share.partitions:
            day_rows = read_part(store, plan.paths.base, where)
            keys = read_part(store, plan.paths.validated, where, ["ordem_id"])
            elsewhere = keys.join(day_rows, on="ordem_id", how="anti")["ordem_id"]
            frames = [day_rows, *base.rows_of(elsewhere.to_list())]
            parts[where] = _put(plan, stores, where, frames, frozenset([share.of.snapshot]), {})
    return parts


def _empty(plan: Plan) -> Exception:
    return error("BASE_EMPTY", f"a base não tem nenhuma linha de {plan.reference_date}")
