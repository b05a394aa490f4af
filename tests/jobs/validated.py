"""A day whose file is validated, with two good lines; the base has eight rows."""

from collections.abc import Iterator
from contextlib import contextmanager

from glue_jobs.executor import PlainExecutor
from glue_jobs.validation import validate
from reconciliation import layout
from reconciliation.adapters.store import Store
from reconciliation.config import Rules
from reconciliation.day import take
from reconciliation.objects import to_json
from reconciliation.plan import Plan
from tests.cases.case import DAY, HEADER
from tests.jobs.whole_day import ListedBase, plan_of
from tests.memory_s3 import MemoryS3
from tests.oracle import BaseRow

FILE = f"{HEADER}\nF1;O1;Ana;PETR4;2026-02-16;1\nF1;O2;Ana;PETR4;2026-02-16;1\n".encode()
BASE = [BaseRow("F1", f"O{n}", "Ana", "PETR4", DAY, None) for n in range(1, 9)]


@contextmanager
def open_base() -> Iterator[ListedBase]:
    """As the job opens the base; `of` is one reader's share."""
    yield ListedBase(BASE)


def validated_day() -> tuple[Store, Plan]:
    """The store, and the plan whose validation is committed; the day is held, with epoch 7."""
    store = Store(MemoryS3())
    plan = plan_of(FILE, Rules(), 3, 4096)
    store.put(plan.input.location, FILE)
    held = take(None, day=plan.day, holder="e", job_id="J", attempt=1, published_etag=None)
    store.put(layout.day_object("checkpoints", plan.day), to_json({**held.to_dict(), "epoch": 7}))
    validate(plan, "checkpoints", PlainExecutor, lambda: store)
    return store, plan
