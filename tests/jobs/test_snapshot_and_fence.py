"""What must not happen between a run's stages: a lost day overwritten, totals that do not balance."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from glue_jobs import reconciliation
from glue_jobs.base_copy import BaseSource
from glue_jobs.causes import History
from glue_jobs.executor import PlainExecutor
from glue_jobs.merging import SortedPart, write_merged
from glue_jobs.reconciliation import Fence, reconcile
from glue_jobs.validation import validate
from reconciliation import layout
from reconciliation.adapters.store import Store
from reconciliation.errors import ReconciliationError
from reconciliation.kernels.classify import Classified
from reconciliation.kernels.codec import from_parquet
from reconciliation.kernels.schemas import DIVERGENCES
from reconciliation.objects import FINGERPRINT, StoredObject, to_json
from reconciliation.plan import Plan
from reconciliation.rates import Figures
from tests.jobs.validated import open_base, validated_day


def test_a_run_that_lost_its_day_writes_nothing_that_counts(validated: tuple[Store, Plan]) -> None:
    store, plan = validated
    with pytest.raises(ReconciliationError) as lost:
        reconcile(plan, Fence("checkpoints", 6), BaseSource(open_base), PlainExecutor, lambda: store)
    assert lost.value.code == "LOCK_LOST"
    assert store.head(plan.paths.divergences) is None


@pytest.mark.parametrize("counted", ["rejected", "valid_keys", "file_cents"])
def test_what_does_not_balance_is_not_published(validated: tuple[Store, Plan], counted: str) -> None:
    store, plan = validated
    where = layout.validation_report(plan.paths.validated)
    stored = store.get(where)
    assert stored
    store.put(where, to_json({**stored.json(), counted: stored.json()[counted] + 1}))
    with pytest.raises(ReconciliationError, match="diferença de") as refused:
        reconcile(plan, Fence("checkpoints", 7), BaseSource(open_base), PlainExecutor, lambda: store)
    assert refused.value.code == "UNBALANCED_TOTALS"
    assert store.head(plan.paths.divergences) is None


@pytest.mark.parametrize("counted", [("file_cents", "base_cents"), ("base_in_scope",), ("valid_keys",)])
def test_a_comparison_that_has_counted_otherwise_than_the_stages_is_not_published(
    validated: tuple[Store, Plan], monkeypatch: pytest.MonkeyPatch, counted: tuple[str, ...]
) -> None:
    """No equation of the stages' own figures sees it."""
    compared, (store, plan) = reconciliation.classify, validated

    def one_more(*given: Any) -> Classified:
        found = compared(*given)
        return replace(found, **{name: getattr(found, name) + 1 for name in counted})

    monkeypatch.setattr(reconciliation, "classify", one_more)
    with pytest.raises(ReconciliationError, match=f"{counted[0]}: .* na comparação, ") as refused:
        reconcile(plan, Fence("checkpoints", 7), BaseSource(open_base), PlainExecutor, lambda: store)
    assert refused.value.code == "UNBALANCED_TOTALS"
    assert store.head(plan.paths.divergences) is None


CENT = pl.lit(Decimal("0.01"))
MERGED_WRONG = {
    "a row is lost": (lambda rows: rows.head(7), "nem todas as divergências foram juntadas"),
    "a difference is another": (
        lambda rows: rows.with_columns(pl.col("diferenca_valor") + CENT), "nas divergências há 200 centavos"
    ),
    "an amount is another": (
        lambda rows: rows.with_columns(pl.col("valor_csv", "diferenca_valor") + CENT), "centavos do arquivo"
    ),
    "a type is another": (
        lambda rows: rows.with_columns(tipo_divergencia=pl.lit("TIPO_1")), "chaves válidas = iguais"
    ),
}  # fmt: skip


@pytest.mark.parametrize(("change", "told"), MERGED_WRONG.values(), ids=MERGED_WRONG)
def test_what_the_merge_changes_is_not_published(
    change: Callable[[pl.DataFrame], pl.DataFrame], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def merged_wrong(parts: Sequence[SortedPart], target: Path) -> int:
        write_merged(parts, target)
        changed = change(pl.read_parquet(target, memory_map=False))
        changed.cast(dict(DIVERGENCES)).write_parquet(target)
        return changed.height

    monkeypatch.setattr(reconciliation, "write_merged", merged_wrong)
    store, plan = validated_day()
    with pytest.raises(ReconciliationError, match=told) as refused:
        reconcile(plan, Fence("checkpoints", 7), BaseSource(open_base), PlainExecutor, lambda: store)
    assert refused.value.code == "UNBALANCED_TOTALS"
    assert store.head(plan.paths.divergences) is None


def test_the_log_has_a_line_for_each_partition(capsys: pytest.CaptureFixture[str]) -> None:
    store, plan = validated_day()
    reconcile(plan, Fence("checkpoints", 7), BaseSource(open_base), PlainExecutor, lambda: store)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    wanted = {"partition_validated": ("lines", 2), "partition_compared": ("divergences", 8)}
    for event, (counted, total) in wanted.items():
        found = [line for line in lines if line["event"] == event]
        assert [line["partition"] for line in found] == list(range(plan.partitions))
        assert sum(line[counted] for line in found) == total


def test_a_second_reconciliation_does_nothing(validated: tuple[Store, Plan]) -> None:
    store, plan = validated
    reconcile(plan, Fence("checkpoints", 7), BaseSource(open_base), PlainExecutor, lambda: store)

    def fail() -> PlainExecutor:
        raise AssertionError("a committed stage starts no Spark")

    validate(plan, "checkpoints", fail, lambda: store)
    reconcile(plan, Fence("checkpoints", 7), BaseSource(open_base), fail, lambda: store)


@dataclass(frozen=True)
class LateFence(Fence):
    """Just before its nth look at the day, which is before the write that it allows, something happens."""

    at: int
    happens: Callable[[], object]
    looks: list[None] = field(default_factory=list)

    def check(self, store: Store, day: str) -> None:
        super().check(store, day)
        self.looks.append(None)
        if len(self.looks) == self.at:
            self.happens()


SUMMARY, DIVERGENCES_AT = 1, 2


@pytest.mark.parametrize("at", [0, SUMMARY, DIVERGENCES_AT], ids=["before", "summary", "divergences"])
def test_of_two_jobs_at_once_both_succeed_and_what_one_committed_stays(
    validated: tuple[Store, Plan], at: int
) -> None:
    """The answer to the first one's start was lost. The output job may have its ETag already."""
    (store, plan), committed = validated, list[StoredObject | None]()
    places = plan.paths.divergences, layout.ready_summary(plan.paths.partial)

    def other() -> Sequence[Figures]:
        reconcile(plan, Fence("checkpoints", 7), BaseSource(open_base), PlainExecutor, lambda: store)
        committed.extend(map(store.head, places))
        return ()

    def history_of_the_late_one() -> Sequence[Figures]:
        other()
        raise OSError("its summary would say so")

    history: History = tuple if at else history_of_the_late_one
    fence = LateFence("checkpoints", 7, at, other)
    reconcile(plan, fence, BaseSource(open_base), PlainExecutor, lambda: store, history)
    assert committed == [*map(store.head, places)]
    assert all(committed)


def test_what_a_run_of_before_writes_at_the_last_moment_is_written_over(
    validated: tuple[Store, Plan],
) -> None:
    """All of it, whatever of the file the refused write had sent."""
    store, plan = validated

    def late() -> None:
        store.put(plan.paths.divergences, b"another run's", {FINGERPRINT: "another"})

    fence = LateFence("checkpoints", 7, DIVERGENCES_AT, late)
    reconcile(plan, fence, BaseSource(open_base), PlainExecutor, lambda: store)
    written = store.get(plan.paths.divergences)
    assert written
    assert from_parquet(written.body).height == 8


def test_a_day_that_is_taken_at_the_last_moment_is_lost(validated: tuple[Store, Plan]) -> None:
    store, plan = validated

    def taken() -> None:
        where = layout.day_object("checkpoints", plan.day)
        held = store.get(where)
        assert held
        store.put(where, to_json({**held.json(), "epoch": 8}))
        store.put(plan.paths.divergences, b"another run's", {FINGERPRINT: "another"})

    fence = LateFence("checkpoints", 7, DIVERGENCES_AT, taken)
    with pytest.raises(ReconciliationError) as lost:
        reconcile(plan, fence, BaseSource(open_base), PlainExecutor, lambda: store)
    assert lost.value.code == "LOCK_LOST"
    standing = store.get(plan.paths.divergences)
    assert standing
    assert standing.body == b"another run's"
