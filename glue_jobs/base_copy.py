"""The base copied once, from one snapshot, and committed by `snapshot.json`: nobody reads it again.

One reader by default (`base_by_one`). With `base_readers`, where keys are looked up and the engine can
share a snapshot, several (`base_by_many`). Both leave one part a partition. Runbook 2.3.
"""

from concurrent.futures import Future
from functools import partial
from typing import NamedTuple

from glue_jobs.base import OpenBase
from glue_jobs.base_by_many import copied_by_many
from glue_jobs.base_by_one import copied_by_one
from glue_jobs.base_parts import BasePart
from glue_jobs.beside import PATIENCE_S, check
from glue_jobs.executor import DriverExchange, Exchange, Executor
from glue_jobs.log import timed
from glue_jobs.parts import create_once
from glue_jobs.stores import StoreFactory
from reconciliation import layout
from reconciliation.documents.snapshot import CopiedPart, Snapshot
from reconciliation.errors import error
from reconciliation.objects import ConditionFailed, to_json
from reconciliation.plan import Plan


class BaseSource(NamedTuple):
    """Where the rows come from, how many read them at once, what brings one reader's to their parts.

    And how long a session that still starts is waited for, once the copy has failed.
    """

    open: OpenBase
    readers: int = 1
    exchange: Exchange = DriverExchange()
    patience_s: float = PATIENCE_S


def copy_base(plan: Plan, base: BaseSource, session: Future[Executor], stores: StoreFactory) -> None:
    """Raises the base's failures, BASE_EMPTY, E_BASE_DUP_OR_NULL_KEY, UNBALANCED_TOTALS, and the session's.

    Raises RECONCILIATION_FAILED where the copy was begun before: Glue may have carried out a start that it
    refused, and two jobs of one attempt would mix the parts of two snapshots. A resume copies elsewhere.
    """
    try:
        stores().create(layout.base_begun(plan.paths.base), to_json({}))
    except ConditionFailed as exc:
        raise error(
            "RECONCILIATION_FAILED",
            "outra execução do job já copia a base desta tentativa; retome do checkpoint",
        ) from exc
    with timed("base_copied") as facts:
        parts = None
        if base.readers > 1:
            parts = copied_by_many(plan, base.open, base.readers, session.result(), stores)
        if parts is None:
            parts = copied_by_one(plan, base.open, base.exchange, stores, partial(check, session))
        facts["rows"] = sum(part.rows for part in parts)
    create_once(stores(), layout.base_snapshot(plan.paths.base), to_json(_snapshot(parts).to_dict()))


def _snapshot(parts: list[BasePart]) -> Snapshot:
    """Raises UNBALANCED_TOTALS where a row was lost on the way."""
    about = next(part.about for part in parts if part.about)
    copied = (sum(part.rows for part in parts), sum(part.cents for part in parts))
    if about.passed not in (None, copied):
        raise error(
            "UNBALANCED_TOTALS",
            f"foram lidos da base {list(about.passed)}, e copiados {list(copied)} (linhas, centavos)",
        )
    absurd_dates = sum(part.absurd_dates for part in parts)
    return Snapshot(
        rows=copied[0],
        base_cents=copied[1],
        parts=tuple(CopiedPart(rows=part.rows) for part in parts),
        warnings={**about.warnings, **({"BASE_ABSURD_DATE": absurd_dates} if absurd_dates else {})},
        base=about.base,
    )
