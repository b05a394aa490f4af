"""A small day through the jobs' own functions, without Spark, database or AWS."""

import json
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from io import BytesIO
from typing import Any, Literal

import polars as pl

from glue_jobs.base import OpenBase
from glue_jobs.base_copy import BaseSource
from glue_jobs.executor import DriverExchange, Executor, PlainExecutor
from glue_jobs.reconciliation import Fence, reconcile
from glue_jobs.validation import validate
from reconciliation import inspection, layout
from reconciliation.adapters.database.base import Share
from reconciliation.adapters.database.counted import DayTotals
from reconciliation.adapters.database.session import ScanStopped
from reconciliation.adapters.store import Store
from reconciliation.config import Rules
from reconciliation.day import take
from reconciliation.inspection import Inspector
from reconciliation.kernels.schemas import FOUND, PADDED
from reconciliation.layout import Location, RunPaths
from reconciliation.objects import to_json
from reconciliation.plan import InputFile, Plan
from tests.memory_s3 import MemoryS3
from tests.oracle import BaseRow

DAY = "2026-02-16"


Found = Literal["scanned", "trimmed", "passed"]


class ListedBase:
    """`transacoes` as a list; a share is some of its places.

    `found` is how its rows of other dates are: looked up by the key as it is stored, the padded ones after a
    scan; by a unique index on the trimmed key; in one pass over them.
    """

    def __init__(self, rows: list[BaseRow], found: Found = "scanned") -> None:
        self.by_key: ListedBase | None = None if found == "passed" else self
        self._looked_up = _trimmed if found == "trimmed" else _stored
        self._rows = rows
        self._day = slice(None)
        self.warnings: dict[str, int] = {}
        self.facts: dict[str, Any] = {"engine": "list"}

    def day_totals(self, day: date) -> DayTotals:
        amounts = [row.valor or Decimal(0) for row in self._rows if row.data == day]
        return DayTotals(len(amounts), sum(amounts, Decimal(0)).scaleb(2))

    def share(self, readers: int) -> list[Share]:
        starts = [len(self._rows) * reader // readers for reader in range(readers)]
        places = [slice(first, end) for first, end in zip(starts, [*starts[1:], None], strict=True)]
        return [Share(partial(self._joined, some)) for some in places]

    @contextmanager
    def _joined(self, places: slice) -> Iterator[Any]:
        reader = copy(self)
        reader._day = places
        yield reader

    def day_rows(self, day: date) -> Iterator[pl.DataFrame]:
        yield from _frames([row for row in self._rows[self._day] if row.data == day])

    def rows_in_scope(self, of_file: pl.DataFrame, of_day: pl.DataFrame, day: date) -> Iterator[pl.DataFrame]:
        sought = {*of_file["ordem_id"], *of_day["ordem_id"]}
        others = [row for row in self._rows if row.data != day and _trimmed(row.ordem_id) in sought]
        yield from _frames(others)

    def padded_keys(self, limit_s: int) -> Iterator[pl.DataFrame]:
        if not limit_s:
            raise ScanStopped
        for row in self._rows if self._looked_up is _stored else ():
            if _padded(row):
                yield pl.DataFrame([(_trimmed(row.ordem_id), row.ordem_id)], schema=PADDED, orient="row")

    def rows_of(
        self, keys: list[str], padded: Collection[str] = (), besides: date | None = None
    ) -> Iterator[pl.DataFrame]:
        sought = {*keys, *padded}
        others = [row for row in self._rows if not besides or row.data != besides]
        yield from _frames([row for row in others if self._looked_up(row.ordem_id) in sought])


def _frames(rows: list[BaseRow]) -> Iterator[pl.DataFrame]:
    tuples = [
        (*map(_trimmed, row[:4]), _date(row.data), _cents(row.valor), _padded(row), isinstance(row.data, str))
        for row in rows
    ]
    if tuples:
        yield pl.DataFrame(tuples, schema=FOUND, orient="row")


def _stored(text: str | None) -> str:
    return text or ""


def _trimmed(text: str | None) -> str:
    return (text or "").strip(" \t")


def _padded(row: BaseRow) -> str | None:
    return None if row.ordem_id in (None, _trimmed(row.ordem_id)) else row.ordem_id


def _date(data: date | str | None) -> date | None:
    return None if isinstance(data, str) else data


def _cents(valor: Decimal | None) -> int | None:
    return None if valor is None else int(valor.scaleb(2))


@dataclass
class Result:
    """What the jobs left."""

    divergences: list[dict[str, Any]]
    rejects: list[tuple[int, str, str | None]]
    summary: dict[str, Any]
    published_bytes: bytes


def run_day(
    file: bytes,
    base: list[BaseRow],
    rules: Rules,
    *,
    partitions: int = 3,
    cut_bytes: int = 200,
    base_readers: int = 1,
    open_base: OpenBase | None = None,
    executor: Callable[[], Executor] = PlainExecutor,
) -> Result:
    """InspectFile's pass, validation and reconciliation. Raises what they raise.

    `open_base` opens another base than the list. An `executor` that repeats does so to the base, too.
    """
    store = Store(MemoryS3())
    plan = plan_of(file, rules, partitions, cut_bytes)
    store.put(plan.input.location, file)
    held = take(None, day=DAY, holder="e", job_id=plan.job_id, attempt=1, published_etag=None)
    store.put(layout.day_object("checkpoints", DAY), to_json(held.to_dict()))
    spread = executor()
    validate(plan, "checkpoints", lambda: spread, lambda: store)
    here = DriverExchange() if executor is PlainExecutor else spread
    source = BaseSource(open_base or listed(base), base_readers, here)
    reconcile(plan, Fence("checkpoints", 1), source, lambda: spread, lambda: store)
    return _left(store, plan)


def listed(base: list[BaseRow], found: Found = "scanned") -> OpenBase:
    @contextmanager
    def open_base() -> Iterator[ListedBase]:
        yield ListedBase(base, found)

    return open_base


def _left(store: Store, plan: Plan) -> Result:
    body, rejects, summary = (
        _body(store, where)
        for where in (
            plan.paths.divergences,
            layout.ready_rejects(plan.paths.rejects),
            layout.ready_summary(plan.paths.partial),
        )
    )
    return Result(
        divergences=pl.read_parquet(BytesIO(body)).to_dicts(),
        rejects=pl.read_parquet(BytesIO(rejects)).select("linha", "codigo", "ordem_id").rows(),
        summary=json.loads(summary),
        published_bytes=body,
    )


def plan_of(file: bytes, rules: Rules, partitions: int, cut_bytes: int) -> Plan:
    usual, inspection.CUT_BYTES = inspection.CUT_BYTES, cut_bytes
    try:
        inspector = Inspector(rules)
        for start in range(0, len(file), cut_bytes):
            inspector.feed(file[start : start + cut_bytes])
        seen = inspector.finish()
    finally:
        inspection.CUT_BYTES = usual
    source = InputFile(
        bucket="ingress", s3_key=f"{DAY}/a.csv", version_id="v", sha256=seen.sha256, bytes=len(file)
    )
    return Plan(
        job_id="JOB-20260216-000001", day=DAY, fingerprint="f", lineage="l", input=source, rules=rules,
        data_lines=seen.data_lines, partitions=partitions, warnings=seen.warnings, cuts=tuple(seen.cuts),
        paths=RunPaths.of("intermediate", DAY, "f"),
    )  # fmt: skip


def _body(store: Store, where: Location) -> bytes:
    found = store.get(where)
    assert found is not None, where
    return found.body
