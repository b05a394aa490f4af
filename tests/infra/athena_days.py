"""Days published by the jobs' own functions in this process, and what the oracle says of each."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from glue_jobs.base_copy import BaseSource
from glue_jobs.executor import PlainExecutor
from glue_jobs.reconciliation import Fence, reconcile
from glue_jobs.validation import validate
from reconciliation import layout
from reconciliation.adapters.days import Days
from reconciliation.adapters.store import Store
from reconciliation.config import Rules
from reconciliation.day import take
from reconciliation.layout import RunPaths
from reconciliation.lifecycle.publishing import publish
from reconciliation.run import Attempt
from tests import oracle
from tests.cases.case import HEADER
from tests.jobs.whole_day import listed, plan_of
from tests.memory_s3 import MemoryS3
from tests.oracle import BaseRow
from tests.small_files import quoted_text, texts_of
from tests.small_orders import Order

AWKWARD = (
    "O'Brien", "''", "'; DROP TABLE x --", 'q"q', "a;b", "50%_?", "😀", "K" * 255, "Café", "-1", "$x`y`\\",
)  # fmt: skip
KEYS = (*AWKWARD, *(f"ORD-{number:05d}" for number in range(40)))
SUPPLIERS = ("F1", "F2", "D'Água & Cia")
_ALTERED = {"nome": "Bia", "ativo_id": "VALE3", "cents": 1}


@dataclass
class Side:
    """A day's file and base, as they are sent."""

    orders: list[Order] = field(default_factory=list)
    base: list[BaseRow] = field(default_factory=list)

    @property
    def file(self) -> bytes:
        lines = (";".join(map(quoted_text, texts_of(order))) for order in self.orders)
        return "".join(f"{line}\n" for line in (HEADER, *lines)).encode()


def drawn(seed: int, day: date, diverging: float) -> Side:
    """About that share of the orders diverges, in any of the three ways; the last order never does."""
    by_chance, made = random.Random(seed), Side()
    for key in (*KEYS, "ÂNCORA"):
        supplier, cents = by_chance.choice(SUPPLIERS), by_chance.randrange(-(10**12), 10**12)
        order = Order(supplier, key, "Ana", "PETR4", day, cents)
        name = by_chance.choice((*_ALTERED, "fornecedor_id"))
        fate = by_chance.choice(("file", "base", "both")) if by_chance.random() < diverging else "equal"
        fate = "equal" if key == "ÂNCORA" else fate
        if fate != "base":
            made.orders.append(order)
        if fate == "both":
            order = order._replace(**{name: _ALTERED.get(name, "F9")})
        if fate != "file":
            made.base.append(BaseRow(*order[:5], Decimal(order.cents).scaleb(-2)))
    return made


class PublishedDays:
    """An output bucket, and the rows that the oracle wants of each day that is published in it."""

    def __init__(self) -> None:
        self.store = Store(MemoryS3())
        self.days = Days(self.store, "checkpoints")
        self.wanted: dict[str, list[dict[str, Any]]] = {}

    def publish(self, day: date, side: Side, rules: Rules | None = None) -> None:
        """Over what stands there, as a forced run does."""
        rules = rules or Rules()
        held = self.days.read(str(day))
        attempt = Attempt(f"JOB-{day:%Y%m%d}-{held.day.epoch if held else 0:06d}", 1)
        plan = plan_of(side.file, rules, partitions=3, cut_bytes=2_000)
        plan = replace(
            plan, day=str(day), job_id=attempt.job_id, fingerprint=attempt.job_id,
            paths=RunPaths.of("intermediate", str(day), attempt.job_id),
        )  # fmt: skip
        taken = take(
            held.day if held else None, day=str(day), holder="e", job_id=attempt.job_id, attempt=1,
            published_etag=held.day.published_etag if held else None,
        )  # fmt: skip
        self.days.write(held, taken.inspected(plan.fingerprint))
        self.store.put(plan.input.location, side.file)
        validate(plan, "checkpoints", PlainExecutor, lambda: self.store)
        fence, base = Fence("checkpoints", taken.epoch), BaseSource(listed(side.base), 1)
        reconcile(plan, fence, base, PlainExecutor, lambda: self.store)
        target = layout.published("reconciliation-output", str(day))
        publish(self.store, self.days, plan.paths.divergences, target, attempt)
        ended = self.days.read(str(day))
        assert ended
        self.days.write(ended, ended.day.released())
        found = oracle.reconcile(side.file, side.base, day + timedelta(days=rules.reference_day_offset))
        assert (found.code, found.rejects) == (None, [])
        self.wanted[str(day)] = [
            {"dia": str(day), **row, "job_id": attempt.job_id} for row in found.divergences
        ]

    def rows(self, days: Iterable[str]) -> list[dict[str, Any]]:
        return [row for day in days for row in self.wanted.get(day, ())]
