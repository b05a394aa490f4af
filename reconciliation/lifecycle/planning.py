"""One streaming pass over the file's bytes: refuse the file, or leave `plan.json` for the jobs."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from typing import Any

from reconciliation import layout
from reconciliation.adapters.days import Days
from reconciliation.adapters.records import Records
from reconciliation.adapters.store import Store
from reconciliation.checkpoint import check_rules
from reconciliation.config import Rules
from reconciliation.documents.job_record import JobRecord
from reconciliation.documents.run_document import PlannedRun, RunDocument
from reconciliation.errors import ReconciliationError, error
from reconciliation.inspection import Inspection, Inspector
from reconciliation.layout import Location, RunPaths
from reconciliation.objects import Absent, ConditionFailed, to_json
from reconciliation.plan import INTERMEDIATE_FORMAT, KEY_HASH, InputFile, OtherFormat, Plan
from reconciliation.run import workers_for


@dataclass(frozen=True)
class Planning:
    """InspectFile's ports."""

    store: Store
    days: Days
    records: Records
    rules: Rules
    workers_max: int
    intermediate_bucket: str
    output_bucket: str

    def plan(self, run: RunDocument) -> PlannedRun:
        """The run with its plan. Raises the file's own code, INPUT_GONE, CHECKPOINT_REFUSED, LOCK_LOST."""
        if run.resumed_plan:
            plan = self._resumed(run.resumed_plan, run)
        else:
            plan = plan_of(run, self._inspect(run), self.rules, self.intermediate_bucket)
        where = self._commit(run, plan)
        workers = run.workers or workers_for(plan.data_lines, self.workers_max, run.base_readers)
        return PlannedRun(
            **{**vars(run), "workers": workers},
            fingerprint=plan.fingerprint,
            plan=where,
            input_path=plan.paths.divergences,
            output_path=layout.published(self.output_bucket, plan.day),
        )

    def _inspect(self, run: RunDocument) -> Inspection:
        """Reads the file once. Raises its code, having noted the lines for the checkpoint, or INPUT_GONE."""
        where, version_id = run.input.location, run.input.version_id
        inspector = Inspector(self.rules)
        try:
            for chunk in self.store.stream(where, version_id):
                inspector.feed(chunk)
            return inspector.finish()
        except Absent as exc:
            raise error("INPUT_GONE", f"o arquivo não existe mais: {exc}") from exc
        except ReconciliationError as exc:
            lines = None if exc.code == "E_NOT_CSV" else inspector.data_lines
            self.records.update(_note_of(run), refused_lines=lines)
            raise

    def _resumed(self, where: Location, run: RunDocument) -> Plan:
        """The stopped run's plan; where its base was not committed, one that copies the base anew.

        Parts of two snapshots must never meet, so the new copy has a fingerprint of its own; nor those of a
        validation that did not end and of the next one, which another release may do.
        """
        try:
            stored = self.store.document(where)
            if stored is None:
                raise error("CHECKPOINT_REFUSED", f"{where} não existe mais; reprocesse o arquivo")
            plan = Plan.read(stored)
        except OtherFormat as exc:
            raise error("CHECKPOINT_REFUSED", str(exc)) from exc
        except ValueError as exc:
            raise error("CHECKPOINT_REFUSED", f"{where} foi truncado ou alterado ({exc})") from exc
        check_rules(plan.rules, self.rules)
        if run.stage == "output" or self.store.head(layout.base_snapshot(plan.paths.base)):
            return plan
        is_validated = self.store.head(layout.validation_report(plan.paths.validated)) is not None
        return with_base_copied_anew(plan, run.attempt, self.intermediate_bucket, is_validated=is_validated)

    def _commit(self, run: RunDocument, plan: Plan) -> Location:
        """Writes the plan, and the fingerprint into the day and the job's note. Raises LOCK_LOST."""
        where = layout.plan(self.intermediate_bucket, plan.day, plan.fingerprint)
        self.store.put(where, to_json(plan.to_dict()))
        held = self.days.read(plan.day)
        if held is None or held.day.who != run.who:
            raise error("LOCK_LOST", f"{plan.day}: o dia foi tomado por outra execução")
        try:
            self.days.write(held, held.day.inspected(plan.fingerprint))
        except ConditionFailed as exc:
            raise error("LOCK_LOST", f"{plan.day}: o dia foi tomado por outra execução") from exc
        self.records.update(_note_of(run), fingerprint=plan.fingerprint, plan=where)
        return where


def _note_of(run: RunDocument) -> JobRecord:
    """As it was before the job's first attempt: all of it that counts stands on S3 already."""
    return JobRecord(job_id=run.job_id, s3_key=run.input.s3_key, version_id=run.input.version_id)


def plan_of(run: RunDocument, seen: Inspection, rules: Rules, intermediate_bucket: str) -> Plan:
    """What the jobs are to do. `partition_lines` of the execution's input wins over the rule."""
    if run.partition_lines:
        rules = replace(rules, partition_lines=run.partition_lines)
    partitions = rules.partitions(seen.data_lines, seen.size_bytes)
    fingerprint = fingerprint_of(
        input=asdict(run.input),
        sha256=seen.sha256,
        rules=rules.sha256,
        partitions=partitions,
        hash=KEY_HASH.__name__,
        lineage=run.lineage,
        base=str(run.attempt),
        format=INTERMEDIATE_FORMAT,
    )
    return Plan(
        job_id=run.job_id,
        day=run.day,
        fingerprint=fingerprint,
        lineage=run.lineage,
        input=InputFile(**asdict(run.input), sha256=seen.sha256, bytes=seen.size_bytes),
        rules=rules,
        data_lines=seen.data_lines,
        partitions=partitions,
        warnings=seen.warnings,
        cuts=tuple(seen.cuts),
        paths=RunPaths.of(intermediate_bucket, run.day, fingerprint),
    )


def with_base_copied_anew(plan: Plan, attempt: int, intermediate_bucket: str, *, is_validated: bool) -> Plan:
    """The plan of a resume that keeps the file's parts, if all are there, and nothing of the base."""
    fingerprint = fingerprint_of(plan=plan.fingerprint, base=str(attempt))
    paths = RunPaths.of(intermediate_bucket, plan.day, fingerprint)
    if is_validated:
        paths = replace(paths, validated=plan.paths.validated, rejects=plan.paths.rejects)
    return replace(plan, fingerprint=fingerprint, paths=paths)


def fingerprint_of(**parts: Any) -> str:
    """32 hex digits that name the run's intermediate data."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]
