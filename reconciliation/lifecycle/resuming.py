"""What a resume goes on from: the job's note, its checkpoint and its plan, each held against the others."""

from contextlib import suppress
from dataclasses import dataclass

from reconciliation import checkpoint as checkpoints
from reconciliation import layout
from reconciliation.adapters.days import Days
from reconciliation.adapters.records import Records
from reconciliation.adapters.store import Store
from reconciliation.bounded_json import JsonRefused
from reconciliation.config import Rules
from reconciliation.documents.checkpoint import Checkpoint
from reconciliation.documents.job_record import JobRecord
from reconciliation.errors import error
from reconciliation.layout import Location
from reconciliation.lifecycle.evidence import missing
from reconciliation.plan import OtherFormat, Plan
from reconciliation.run import ResumeRequest, day_of_job, job_ids


@dataclass(frozen=True)
class Resuming:
    """A resume's ports; `rules` are those that hold now."""

    store: Store
    days: Days
    records: Records
    ingress_bucket: str
    intermediate_bucket: str
    checkpoints_bucket: str
    rules: Rules

    def check_place(self, request: ResumeRequest) -> None:
        """Raises CHECKPOINT_REFUSED for a checkpoint that is said to be anywhere but in the job's folder."""
        where = layout.checkpoint(self.checkpoints_bucket, request.job_id)
        if not layout.is_checkpoint_of(self.checkpoints_bucket, request.job_id, request.checkpoint_location):
            raise error("CHECKPOINT_REFUSED", f"o checkpoint de {request.job_id} só pode estar em {where}")

    def record_of(self, request: ResumeRequest, execution_arn: str) -> JobRecord:
        """Answers the job's note once its checkpoint is believed; its place was (`check_place`).

        Raises CHECKPOINT_REFUSED, INPUT_GONE.
        """
        where = layout.checkpoint(self.checkpoints_bucket, request.job_id)
        try:
            record, stored = self.records.read(request.job_id), self.store.document(where)
        except JsonRefused as exc:
            raise error("CHECKPOINT_REFUSED", str(exc)) from exc
        if record is None or stored is None:
            gone = layout.job_record(self.checkpoints_bucket, request.job_id) if stored else where
            raise error("CHECKPOINT_REFUSED", f"{gone} não existe; reprocesse com s3_key e force_reprocess")
        checkpoints.check_record(record, request.job_id)
        held = self.days.read(day_of_job(request.job_id))
        is_repeated = held is not None and held.day.holder == execution_arn
        if not is_repeated:  # it was checked before
            checkpoints.check(stored.body, record=record, rules=self.rules)
        if self.store.head(Location(self.ingress_bucket, record.s3_key), record.version_id) is None:
            raise error("INPUT_GONE", f"a versão {record.version_id} de {record.s3_key} não existe mais")
        return record

    def file_of(self, job_id: str) -> tuple[str, str] | None:
        """The job's file and its version, by its note, else by its checkpoint.

        Believed where the job's id is made of them.
        """
        note = self.records.salvaged(job_id)
        files = [(note.s3_key, note.version_id)]
        with suppress(JsonRefused):
            stored = self.store.document(layout.checkpoint(self.checkpoints_bucket, job_id))
            content = stored.read_as(Checkpoint) if stored else None
            files += [(content.input.s3_key, content.input.version_id)] if content else []
        for s3_key, version_id in files:
            if layout.day_of_upload(s3_key) and next(job_ids(s3_key, version_id)) == job_id:
                return s3_key, version_id
        return None

    def plan_of(self, record: JobRecord) -> Plan | None:
        """The stopped run's plan; None where the file was not inspected, or its plan is gone: it is then.

        Raises CHECKPOINT_REFUSED where the plan is not the job's own, or of another format or other rules, or
        what was committed lacks a part.
        """
        where = layout.plan(self.intermediate_bucket, day_of_job(record.job_id), str(record.fingerprint))
        if record.plan not in (None, where):
            raise error("CHECKPOINT_REFUSED", f"{record.plan} não é deste job")
        try:
            stored = self.store.document(where) if record.plan else None
            if stored is None:
                return None
            plan = Plan.read(stored)
            absent = missing(self.store, plan)
        except OtherFormat as exc:
            raise error("CHECKPOINT_REFUSED", str(exc)) from exc
        except ValueError as exc:
            raise error(
                "CHECKPOINT_REFUSED", f"os dados intermediários foram truncados ou alterados ({exc})"
            ) from exc
        own = (record.job_id, record.fingerprint, self.ingress_bucket, record.s3_key, record.version_id)
        if (plan.job_id, plan.fingerprint, *plan.input.location, plan.input.version_id) != own:
            raise error("CHECKPOINT_REFUSED", f"{where} não é deste job")
        checkpoints.check_rules(plan.rules, self.rules)
        if absent:
            raise error(
                "CHECKPOINT_REFUSED",
                f"faltam dados intermediários ({len(absent)}), por exemplo {absent[0]};"
                " reprocesse com s3_key e force_reprocess",
            )
        return plan
