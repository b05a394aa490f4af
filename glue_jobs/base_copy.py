"""The base copied once, from one snapshot, and committed by `snapshot.json`: nobody reads it again.

Glue may have carried out a start whose answer was lost, and two jobs of one attempt run at once. Two copies
would mix the parts of two snapshots: whoever comes second waits for the first's.

One reader by default (`base_by_one`). With `base_readers`, where keys are looked up and the engine can
share a snapshot, several (`base_by_many`). Both leave one part a partition. Runbook 2.3.
"""

import time
from concurrent.futures import Future
from functools import partial
from typing import Final, NamedTuple

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
from reconciliation.adapters.store import Store
from reconciliation.documents.snapshot import CopiedPart, Snapshot
from reconciliation.errors import error
from reconciliation.objects import ConditionFailed, to_json
from reconciliation.plan import Plan
from reconciliation.wording import minutes

WAIT_S: Final = 600
"""For another job's copy: half of the deadline, in which whoever needs more would scarcely end the day."""
_LOOK_S: Final = 1


class BaseSource(NamedTuple):
    """Where the rows come from, how many read them at once, what brings one reader's to their parts.

    And how long a session that still starts is waited for, once the copy has failed; how long another job's
    copy is.
    """

    open: OpenBase
    readers: int = 1
    exchange: Exchange = DriverExchange()
    patience_s: float = PATIENCE_S
    wait_s: float = WAIT_S


def copy_base(plan: Plan, base: BaseSource, session: Future[Executor], stores: StoreFactory) -> None:
    """Raises the base's failures, BASE_EMPTY, E_BASE_DUP_OR_NULL_KEY, UNBALANCED_TOTALS, and the session's.

    Where another job of this attempt has begun the copy, that one's is waited for: RECONCILIATION_FAILED
    where it does not come, as from one that is dead. A resume copies elsewhere.
    """
    store = stores()
    try:
        store.create(layout.base_begun(plan.paths.base), to_json({}))
    except ConditionFailed:
        with timed("base_copied_by_another"):
            _await_copy(plan, base.wait_s, session, store)
        return
    with timed("base_copied") as facts:
        parts = None
        if base.readers > 1:
            parts = copied_by_many(plan, base.open, base.readers, session.result(), stores)
        if parts is None:
            parts = copied_by_one(plan, base.open, base.exchange, stores, partial(check, session))
        facts["rows"] = sum(part.rows for part in parts)
    create_once(store, layout.base_snapshot(plan.paths.base), to_json(_snapshot(parts).to_dict()))


def _await_copy(plan: Plan, wait_s: float, session: Future[Executor], store: Store) -> None:
    """Raises RECONCILIATION_FAILED where it does not come in time, and the session's failure."""
    give_up_at = time.monotonic() + wait_s
    while not store.head(layout.base_snapshot(plan.paths.base)):
        check(session)
        if time.monotonic() >= give_up_at:
            raise error(
                "RECONCILIATION_FAILED",
                "outra execução do job começou a copiar a base desta tentativa, e a cópia não veio em"
                f" {minutes(wait_s)}; retome do checkpoint",
            )
        time.sleep(_LOOK_S)


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
