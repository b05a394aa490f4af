"""What the copy of the base says and refuses before it is committed."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import IO, Any

import polars as pl
import pytest

from glue_jobs.base_copy import WAIT_S, BaseSource
from glue_jobs.executor import Executor, PlainExecutor
from glue_jobs.reconciliation import Fence, reconcile
from reconciliation import layout
from reconciliation.adapters.database.counted import DayTotals
from reconciliation.adapters.store import Store
from reconciliation.config import Rules
from reconciliation.errors import ReconciliationError
from reconciliation.layout import Location
from reconciliation.objects import StoredObject
from reconciliation.plan import Plan
from tests.cases.case import DAY
from tests.jobs.retries import LateExecutor, TwiceExecutor
from tests.jobs.validated import BASE, FILE
from tests.jobs.whole_day import Found, ListedBase, listed, run_day
from tests.oracle import BaseRow
from tests.waiting import eventually


class WarnedBase(ListedBase):
    """Advice is known once the base is open."""

    def __init__(self, rows: list[BaseRow]) -> None:
        super().__init__(rows)
        self.warnings = {"BASE_NO_DATE_INDEX": 1}


class EmptyDayBase(ListedBase):
    """Advice is not a row."""

    def day_totals(self, day: date) -> DayTotals:
        return DayTotals(0, Decimal(0))

    def day_rows(self, day: date) -> Iterator[pl.DataFrame]:
        yield from ()


def run(validated: tuple[Store, Plan], base: ListedBase, readers: int = 1, wait_s: float = WAIT_S) -> None:
    @contextmanager
    def open_base() -> Iterator[ListedBase]:
        yield base

    store, plan = validated
    source = BaseSource(open_base, readers, wait_s=wait_s)
    reconcile(plan, Fence("checkpoints", 7), source, PlainExecutor, lambda: store)


def test_the_bases_warnings_are_the_runs(validated: tuple[Store, Plan]) -> None:
    store, plan = validated
    run(validated, WarnedBase(BASE))
    found = store.get(layout.ready_summary(plan.paths.partial))
    assert found
    assert found.json()["warnings"] == {"BASE_NO_DATE_INDEX": 1}


@pytest.mark.parametrize("readers", [1, 2])
@pytest.mark.parametrize(
    ("base", "code"),
    [
        (WarnedBase([*BASE, BaseRow("F1", " O1", "Ana", "PETR4", DAY, None)]), "E_BASE_DUP_OR_NULL_KEY"),
        (EmptyDayBase(BASE), "BASE_EMPTY"),
    ],
)
def test_a_base_that_is_refused_is_not_committed(
    validated: tuple[Store, Plan],
    base: ListedBase,
    code: str,
    readers: int,
) -> None:
    store, plan = validated
    with pytest.raises(ReconciliationError) as refused:
        run(validated, base, readers)
    assert refused.value.code == code
    assert store.head(layout.base_snapshot(plan.paths.base)) is None


class ShortSliceBase(ListedBase):
    """One slice's reader loses a row on the way."""

    def day_rows(self, day: date) -> Iterator[pl.DataFrame]:
        frames = list(super().day_rows(day))
        is_last = self._day.start is not None and self._day.stop is None
        yield from [frames[0].head(-1), *frames[1:]] if is_last else frames


def test_slices_that_are_not_the_day_are_refused(validated: tuple[Store, Plan]) -> None:
    store, plan = validated

    @contextmanager
    def open_base() -> Iterator[ListedBase]:
        yield ShortSliceBase(BASE)

    with pytest.raises(ReconciliationError, match="o banco conta 8 linhas") as refused:
        reconcile(plan, Fence("checkpoints", 7), BaseSource(open_base, 2), PlainExecutor, lambda: store)
    assert refused.value.code == "UNBALANCED_TOTALS"


class LosingExecutor(PlainExecutor):
    """A blob that the exchange loses."""

    def exchange(self, units, read, write, partitions):  # type: ignore[no-untyped-def]
        def shorter(unit):  # type: ignore[no-untyped-def]
            blobs = list(read(unit))
            del blobs[[blob.kind != "about" for _, blob in blobs].index(True)]
            return blobs

        return super().exchange(units, shorter, write, partitions)


def test_what_the_exchange_loses_is_refused(validated: tuple[Store, Plan]) -> None:
    store, plan = validated

    @contextmanager
    def open_base() -> Iterator[ListedBase]:
        yield ListedBase(BASE)

    losing = BaseSource(open_base, exchange=LosingExecutor())
    with pytest.raises(ReconciliationError, match="foram lidos da base") as refused:
        reconcile(plan, Fence("checkpoints", 7), losing, PlainExecutor, lambda: store)
    assert refused.value.code == "UNBALANCED_TOTALS"
    assert store.head(layout.base_snapshot(plan.paths.base)) is None


def test_a_second_job_of_the_attempt_copies_nothing(validated: tuple[Store, Plan]) -> None:
    """Glue carried out a start whose answer was lost, and the first job died: no part comes beside its."""
    store, plan = validated
    with pytest.raises(ReconciliationError, match="o banco conta"):
        run(validated, ShortSliceBase(BASE), 2)
    before = {listed.key: listed.etag for listed in store.list(plan.paths.base)}
    assert before
    with pytest.raises(ReconciliationError, match="a cópia não veio em 0 min 00 s; retome") as refused:
        run(validated, ListedBase(BASE), wait_s=0)
    assert refused.value.code == "RECONCILIATION_FAILED"
    assert {listed.key: listed.etag for listed in store.list(plan.paths.base)} == before


class HeldBase(ListedBase):
    """Its day goes on once it may."""

    def __init__(self) -> None:
        super().__init__(BASE)
        self.is_read, self.may_go_on = threading.Event(), threading.Event()

    def day_rows(self, day: date) -> Iterator[pl.DataFrame]:
        self.is_read.set()
        assert self.may_go_on.wait(30)
        yield from super().day_rows(day)


def test_a_second_job_of_the_attempt_waits_for_the_firsts_copy(
    validated: tuple[Store, Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both end, whichever Step Functions waits for; the second has read no base."""
    (store, plan), base, create, tried = validated, HeldBase(), validated[0].create, list[Location]()

    def noting(where: Location, body: bytes | IO[bytes], metadata: dict[str, str] | None = None) -> str:
        tried.append(where)
        return create(where, body, metadata)

    monkeypatch.setattr(store, "create", noting)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(run, validated, base)
        assert base.is_read.wait(30)
        second = pool.submit(run, validated, EmptyDayBase([]))
        eventually(lambda: tried.count(layout.base_begun(plan.paths.base)) == 2)
        assert not second.done()
        base.may_go_on.set()
        assert (first.result(30), second.result(30)) == (None, None)
    assert tried.count(layout.base_snapshot(plan.paths.base)) == 1
    draft = store.get(layout.ready_summary(plan.paths.partial))
    assert draft
    assert draft.json()["totals"]["lines"]["base_in_scope"] == len(BASE)


TWO_DATES = [
    BaseRow("F1", "O2", "Ana", "PETR4", DAY, Decimal("1.00")),
    BaseRow("F1", "O1", "Ana", "PETR4", date(2026, 2, 1), Decimal("1.00")),
    BaseRow("F1", "O9", "Ana", "PETR4", date(2026, 2, 1), Decimal("1.00")),
]
PADDED = [TWO_DATES[0], TWO_DATES[1]._replace(ordem_id=" O1"), TWO_DATES[2]]


@pytest.mark.parametrize("executor", [TwiceExecutor, LateExecutor])
@pytest.mark.parametrize("found", ["scanned", "trimmed", "passed"])
@pytest.mark.parametrize("base", [TWO_DATES, PADDED], ids=["bare", "padded"])
@pytest.mark.parametrize("readers", [1, 2])
def test_a_task_that_is_done_again_changes_nothing(
    executor: Callable[[], Executor], found: Found, base: list[BaseRow], readers: int
) -> None:
    days = [
        run_day(FILE, base, Rules(), base_readers=readers, open_base=listed(base, found), executor=one)
        for one in (PlainExecutor, executor)
    ]
    assert days[1] == days[0]
    assert [row["campos_divergentes"] for row in days[0].divergences] == ["data"], "O1 is of another date"


def test_absent_keys_are_one_partition_ahead_of_their_look_ups(
    validated: tuple[Store, Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A base of other dates has them all absent, and they would lie beside the day's own."""
    store, plan = validated
    get, read, at_look_ups = store.get, list[Location](), list[int]()

    def noting(where: Location, version_id: str | None = None) -> StoredObject | None:
        if where in [layout.part(plan.paths.validated, partition) for partition in range(plan.partitions)]:
            read.append(where)
        return get(where, version_id)

    class NotingBase(ListedBase):
        def rows_of(self, *keys: Any, **more: Any) -> Iterator[pl.DataFrame]:
            at_look_ups.append(len(read))
            return super().rows_of(*keys, **more)

    monkeypatch.setattr(store, "get", noting)
    run(validated, NotingBase(BASE))
    assert at_look_ups[0] in (1, 2)
    assert len(at_look_ups) == plan.partitions == 3
