"""Days as runs leave them, made in this process: published, and kept."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
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
from reconciliation.explaining.answering import Answered, Explaining
from reconciliation.layout import Location, RunPaths
from reconciliation.lifecycle.planning import with_base_copied_anew
from reconciliation.lifecycle.publishing import publish
from reconciliation.objects import to_json
from reconciliation.plan import Plan
from reconciliation.run import Attempt
from tests.cases.case import DAY, HEADER
from tests.jobs.whole_day import listed, plan_of
from tests.memory_s3 import MemoryS3
from tests.oracle import BaseRow
from tests.small_files import quoted_text

RULES = Rules(max_rejected_share=1)
BEFORE, LATER = DAY - timedelta(days=3), DAY + timedelta(days=1)


@dataclass
class Ran:
    """The buckets after some runs."""

    s3: MemoryS3 = field(default_factory=MemoryS3)

    @property
    def store(self) -> Store:
        return Store(self.s3)

    def plan(
        self, day: date, file: bytes, attempt: int = 1, *, partitions: int = 5, cut_bytes: int = 999
    ) -> Plan:
        """As InspectFile leaves it."""
        plan = plan_of(file, RULES, partitions, cut_bytes)
        job_id, fingerprint = f"JOB-{day:%Y%m%d}-000001", f"{day}-{attempt}"
        source = replace(plan.input, s3_key=f"{day}/input.csv", version_id=f"v{attempt}")
        self.store.put(source.location, file)
        return replace(
            plan, day=str(day), job_id=job_id, fingerprint=fingerprint, lineage=f"{job_id}/{attempt}",
            input=source, paths=RunPaths.of("intermediate", str(day), fingerprint),
        )  # fmt: skip

    def publish(self, plan: Plan, base: list[BaseRow], attempt: int = 1) -> None:
        """As the jobs do, from validation on; what is committed already is left as it is."""
        days, day = Days(self.store, "checkpoints"), plan.day
        held = days.read(day)
        standing = self.store.head(layout.published("output", day))
        taken = take(
            held.day.released() if held else None, day=day, holder="e", job_id=plan.job_id, attempt=attempt,
            published_etag=standing.etag if standing else None,
        )  # fmt: skip
        days.write(held, taken.inspected(plan.fingerprint))
        self.store.put(layout.plan("intermediate", day, plan.fingerprint), to_json(plan.to_dict()))
        validate(plan, "checkpoints", PlainExecutor, lambda: self.store)
        fence = Fence("checkpoints", taken.epoch)
        reconcile(plan, fence, BaseSource(listed(base)), PlainExecutor, lambda: self.store)
        target = layout.published("output", day)
        publish(self.store, days, plan.paths.divergences, target, Attempt(plan.job_id, attempt))

    def run(self, day: date, file: bytes, base: list[BaseRow], **plan: Any) -> Plan:
        """A day from its file to its publication, by one attempt."""
        made = self.plan(day, file, **plan)
        self.publish(made, base, plan.get("attempt", 1))
        return made

    def resume(self, plan: Plan, base: list[BaseRow], attempt: int) -> Plan:
        """The same file's parts, and the base anew."""
        resumed = with_base_copied_anew(plan, attempt, "intermediate", is_validated=True)
        self.publish(resumed, base, attempt)
        return resumed

    def forget(self, day: date) -> None:
        """As the intermediate bucket's lifecycle rule does."""
        for bucket, key in list(self.s3.objects):
            if bucket == "intermediate" and key.startswith(f"{day}/"):
                del self.s3.objects[bucket, key]

    def ask(self, ordem_id: str, after: timedelta = timedelta(0), **more: Any) -> Answered:
        """That long from now."""
        asked = Explaining(
            store=self.store, output_bucket="output", intermediate_bucket="intermediate",
            clock=lambda: datetime.now(UTC) + after,
        )  # fmt: skip
        return asked.answer({"ordem_id": ordem_id, **more})

    def told(self, ordem_id: str, **more: Any) -> dict[str, Any]:
        """The explanation, where there is one."""
        answered = self.ask(ordem_id, **more)
        assert answered.ok, answered
        assert answered.explicacao
        return answered.explicacao

    def at(self, where: Location) -> dict[str, Any]:
        return self.s3.objects[where.bucket, where.key]


def file_of(*orders: tuple[str, str], day: date = DAY) -> bytes:
    """Of keys and amounts, beside one that is on both sides."""
    rows = [("F1", key, "Ana", "PETR4", str(day), amount) for key, amount in (("ÂNCORA", "1"), *orders)]
    lines = (";".join(map(quoted_text, row)) for row in rows)
    return "".join(f"{line}\n" for line in (HEADER, *lines)).encode()


def base_of(*orders: tuple[str, str], day: date = DAY) -> list[BaseRow]:
    return [
        BaseRow("F1", key, "Ana", "PETR4", day, Decimal(amount)) for key, amount in (("ÂNCORA", "1"), *orders)
    ]


def three_days() -> Ran:
    """O-1 differs on the first and the last, and is equal between; O-2 is there on the first."""
    made = Ran()
    made.run(BEFORE, file_of(("O-1", "1"), ("O-2", "1"), day=BEFORE), base_of(("O-1", "2"), day=BEFORE))
    made.run(DAY, file_of(("O-1", "1"), ("O-0012", "5")), base_of(("O-1", "1")))
    made.run(LATER, file_of(("O-3", "1"), day=LATER), base_of(("O-1", "7"), ("O-3", "1"), day=LATER))
    return made
