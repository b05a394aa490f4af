"""The reconciliation stage: the base copied once, each partition compared once, the totals balanced.

Commits, in order: `snapshot.json` (the base's copy), one `partial` part a partition, `divergences.parquet`.
Runbook 2.3.
"""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Final

import polars as pl

from glue_jobs.base_copy import BaseSource, copy_base
from glue_jobs.beside import starting
from glue_jobs.causes import History, with_causes
from glue_jobs.executor import Executor
from glue_jobs.log import fact, timed
from glue_jobs.merging import ORDER, SortedPart, group_rows, write_merged
from glue_jobs.parts import commit_part, read_all, read_together
from glue_jobs.stores import StoreFactory, committed
from glue_jobs.suppliers import WARNING, SummarySuppliers, summary_suppliers
from reconciliation import layout
from reconciliation.adapters.days import Days
from reconciliation.adapters.store import Store
from reconciliation.bounded_json import parse_object
from reconciliation.contract import SUPPLIER_KEPT_CHARS, TYPES, VALOR_SCALE
from reconciliation.documents.snapshot import Snapshot
from reconciliation.documents.summary import FileIdentity, SummaryDraft, TopSupplier
from reconciliation.documents.validation_report import ValidationReport
from reconciliation.errors import error
from reconciliation.kernels.classify import classify
from reconciliation.kernels.codec import from_parquet, from_text, parquet_metadata, to_parquet, to_text
from reconciliation.kernels.money import cents_of, total
from reconciliation.kernels.schemas import BASE, DIVERGENCES
from reconciliation.kernels.suppliers import added_up, tally
from reconciliation.kernels.weight import Weight
from reconciliation.layout import Location
from reconciliation.lifecycle.publishing import ready_metadata
from reconciliation.objects import FINGERPRINT, ConditionFailed, StoredObject, to_json
from reconciliation.plan import Plan
from reconciliation.totals import Totals

_COUNTS, _SUPPLIERS, _WEIGHT = "reconciliation", "suppliers", "weight"
"""In a part's footer; the last says that its rows are sorted, too."""
_UNCOUNTED = {
    *("job_id", "fornecedor_id_csv", "nome_csv", "nome_base", "ativo_id_csv", "ativo_id_base"),
    "campos_so_invisiveis",
}
COUNTED: Final = tuple(name for name in DIVERGENCES if name not in _UNCOUNTED)
"""The columns of which the summary and its causes are made: they alone are held for all of the day's rows."""
_TOP_SUPPLIERS = 10
_LOOKS = 3


@dataclass(frozen=True)
class _Collected:
    """The partitions' parts as files of `folder`, what was counted of all, and every supplier's rows."""

    folder: Path
    parts: Sequence[SortedPart]
    counts: dict[str, int]
    suppliers: pl.DataFrame


@dataclass(frozen=True)
class Fence:
    """The day as this run took it: what it writes last counts only while that stands."""

    checkpoints_bucket: str
    epoch: int

    def check(self, store: Store, day: str) -> None:
        """Raises LOCK_LOST where another run took the day."""
        held = Days(store, self.checkpoints_bucket).read(day)
        if held is None or held.day.epoch != self.epoch:
            raise error("LOCK_LOST", f"{day}: o dia foi tomado por outra execução")


def reconcile(
    plan: Plan,
    fence: Fence,
    base: BaseSource,
    executor: Callable[[], Executor],
    stores: StoreFactory,
    history: History = tuple,
) -> None:
    """Does only what is not committed yet. Raises UNBALANCED_TOTALS, LOCK_LOST and the base's failures."""
    store = stores()
    if _is_of(plan, store.head(plan.paths.divergences)):
        fact("divergences_committed_before", fingerprint=plan.fingerprint)
        return
    # it takes seconds, and one reader needs none
    with starting(executor, partial(_get_ready, stores), plan.partitions, base.patience_s) as session:
        if not store.head(layout.base_snapshot(plan.paths.base)):
            copy_base(plan, base, session, stores)
        spread = session.result()
    done = {layout.partition_of_part(listed.key) for listed in store.list(plan.paths.partial)}
    pending = [where for where in range(plan.partitions) if where not in done]
    with timed("partitions_compared", pending=len(pending), done=plan.partitions - len(pending)):
        spread.each(pending, partial(_compare, plan, stores))
    with TemporaryDirectory() as folder:
        collected = _collected(store, plan, Path(folder))
        _commit(store, fence, plan, collected, history)


def _commit(store: Store, fence: Fence, plan: Plan, collected: _Collected, history: History) -> None:
    """Of what was compared the bytes to publish, and of these, read back, the totals and the summary.

    Raises UNBALANCED_TOTALS.
    """
    ready = collected.folder / "divergences.parquet"
    if write_merged(collected.parts, ready) != sum(part.rows for part in collected.parts):
        raise error("UNBALANCED_TOTALS", f"{plan.day}: nem todas as divergências foram juntadas")
    frame, every_supplier = pl.read_parquet(ready, columns=list(COUNTED)), collected.suppliers
    report = committed(store, layout.validation_report(plan.paths.validated), ValidationReport)
    snapshot = committed(store, layout.base_snapshot(plan.paths.base), Snapshot)
    totals = _totals(report, snapshot, collected.counts, frame)
    ready_summary, of_this = layout.ready_summary(plan.paths.partial), {FINGERPRINT: plan.fingerprint}
    draft = _summary(plan, report, snapshot, totals, frame, summary_suppliers(every_supplier))
    summary = with_causes(draft, frame, every_supplier, history)
    _put_fenced(store, fence, plan, ready_summary, to_json(summary.to_dict()), of_this)
    metadata = ready_metadata(plan.fingerprint, ready_summary, layout.ready_rejects(plan.paths.rejects))
    with ready.open("rb") as body:
        _put_fenced(store, fence, plan, plan.paths.divergences, body, metadata)
    fact("reconciled", **vars(totals.to_summary().lines))


def _get_ready(stores: StoreFactory, _: int) -> None:
    """Whoever comes by this function has imported what compares; it makes its client, too."""
    stores()


def _is_of(plan: Plan, standing: StoredObject | None) -> bool:
    return standing is not None and standing.metadata.get(FINGERPRINT) == plan.fingerprint


def _put_fenced(
    store: Store,
    fence: Fence,
    plan: Plan,
    where: Location,
    body: bytes | IO[bytes],
    metadata: dict[str, str],
) -> None:
    """Over what stood there while the day was ours: a run that sleeps meanwhile overwrites nothing.

    `metadata` has the run's FINGERPRINT. Another job of this attempt (its start's answer was lost) may write
    the same: then it is looked at again, and what stands stays, whose ETag whoever publishes knows by then.
    Raises LOCK_LOST.
    """
    for _ in range(_LOOKS):
        standing = store.head(where)
        fence.check(store, plan.day)
        if _is_of(plan, standing):
            return
        if not isinstance(body, bytes):
            body.seek(0)
        with suppress(ConditionFailed):
            store.swap(where, body, standing.etag if standing else None, metadata)
            return
    raise error("LOCK_LOST", f"{where} foi escrito por outra execução")


def _compare(plan: Plan, stores: StoreFactory, where: int) -> None:
    store = stores()
    wanted = ((plan.paths.validated, None), (plan.paths.rejects, None), (plan.paths.base, BASE.names()))
    parts = [(layout.part(prefix, where), columns) for prefix, columns in wanted]
    valid, rejects, base = read_together(store, parts)
    classified = classify(valid, rejects, base, plan.reference_date, plan.job_id)
    counts = {name: value for name, value in vars(classified).items() if name != "divergences"}
    found, weight = _sorted(classified.divergences)
    about = {
        _COUNTS: json.dumps(counts),
        _SUPPLIERS: to_text(tally(valid, rejects, base)),
        _WEIGHT: json.dumps(asdict(weight)),
    }
    commit_part(store, plan.paths.partial, where, found, about, group_rows(weight))


def _sorted(divergences: pl.DataFrame) -> tuple[pl.DataFrame, Weight]:
    return divergences.sort(ORDER), Weight.of(divergences.lazy())


def _collected(store: Store, plan: Plan, folder: Path) -> _Collected:
    """All partitions' divergences, as files of that folder, and their counts and suppliers added up."""
    parts, counts, suppliers = list[SortedPart](), dict[str, int](), list[pl.DataFrame]()
    for where, data in enumerate(read_all(store, plan.paths.partial, plan.partitions)):
        about = parquet_metadata(data)
        parts.append(_as_file(data, about.get(_WEIGHT), folder / f"{where}.parquet"))
        compared = parse_object(about[_COUNTS])
        suppliers.append(from_text(about[_SUPPLIERS]))
        found = {"keys": compared["valid_keys"], "divergences": parts[-1].rows}
        fact("partition_compared", partition=where, **found)
        for name, value in compared.items():
            counts[name] = counts.get(name, 0) + value
    return _Collected(folder, parts, counts, added_up(suppliers))


def _as_file(part: bytes, weight: str | None, path: Path) -> SortedPart:
    """Without a weight it is of a run that an earlier release began, and is made as this one's are."""
    if weight is not None:
        path.write_bytes(part)
        return SortedPart(path, Weight(**parse_object(weight)))
    rows, found = _sorted(from_parquet(part))
    path.write_bytes(to_parquet(rows, group_rows=group_rows(found)))
    return SortedPart(path, found)


def _totals(
    report: ValidationReport, snapshot: Snapshot, counts: dict[str, int], published: pl.DataFrame
) -> Totals:
    """File and base as their own stages counted them, against what is equal and what is published.

    Raises as `_difference_cents` and `Totals.check`, and where the comparison itself has counted otherwise.
    """
    types = _counted(published, "tipo_divergencia")
    totals = Totals(
        data_lines=report.data_lines,
        rejected=report.rejected,
        identical_duplicates=report.identical_duplicates,
        valid_keys=report.valid_keys,
        **{tipo.lower(): types.get(tipo, 0) for tipo in TYPES},
        equal=counts["equal"],
        difference_cents=_difference_cents(published),
        base_in_scope=snapshot.rows,
        file_cents=report.file_cents,
        base_cents=snapshot.base_cents,
    )
    totals.check()
    others = [(name, count, getattr(totals, name)) for name, count in counts.items()]
    if wrong := [f"{name}: {one} na comparação, {other}" for name, one, other in others if one != other]:
        raise error("UNBALANCED_TOTALS", "; ".join(wrong))
    return totals


def _summary(
    plan: Plan,
    report: ValidationReport,
    snapshot: Snapshot,
    totals: Totals,
    frame: pl.DataFrame,
    suppliers: SummarySuppliers,
) -> SummaryDraft:
    absent = suppliers["suppliers_absent"].suppliers
    return SummaryDraft(
        job_id=plan.job_id,
        status="SUCCEEDED",
        day=plan.day,
        input=FileIdentity(
            s3_key=plan.input.s3_key, version_id=plan.input.version_id, sha256=plan.input.sha256
        ),
        base=snapshot.base,
        rules=plan.rules.to_dict(),
        rules_sha256=plan.rules.sha256,
        fingerprint=plan.fingerprint,
        totals=totals.to_summary(),
        rejects_by_code=report.rejects_by_code,
        warnings=report.warnings | snapshot.warnings | ({WARNING: absent} if absent else {}),
        divergence_rate_percent=totals.divergence_rate_percent,
        types=totals.types,
        motives=_counted(frame, "motivo"),
        top_suppliers=tuple(
            TopSupplier(fornecedor_id=supplier[:SUPPLIER_KEPT_CHARS], divergences=count)
            for supplier, count in _counted(frame, "fornecedor_id", _TOP_SUPPLIERS).items()
        ),
        value_by_type_cents=_gross_cents(frame),
        **suppliers,
    )


def _difference_cents(published: pl.DataFrame) -> int:
    """The sum of the differences. Raises UNBALANCED_TOTALS where the amounts beside them have another."""
    file, base, difference = (
        total(published.select(cents_of(name)).to_series())
        for name in ("valor_csv", "valor_base", "diferenca_valor")
    )
    if file - base != difference:
        told = f"{file} centavos do arquivo, {base} da base e {difference} das diferenças"
        raise error("UNBALANCED_TOTALS", f"nas divergências há {told}")
    return difference


def _gross_cents(frame: pl.DataFrame) -> dict[str, int]:
    """By type, the sum of the differences without their signs."""
    cents = (pl.col("diferenca_valor").abs() * 10**VALOR_SCALE).cast(pl.Int128)
    summed = dict(frame.group_by("tipo_divergencia").agg(cents.sum()).iter_rows())
    return {kind: int(summed.get(kind, 0)) for kind in TYPES}


def _counted(frame: pl.DataFrame, column: str, most: int | None = None) -> dict[str, int]:
    """Rows by value, of the first so many: the most rows first, then by value."""
    counted = frame.group_by(column).len().sort(["len", column], descending=[True, False])
    return dict(counted.head(counted.height if most is None else most).iter_rows())
