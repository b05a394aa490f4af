"""`checkpoint.json` of an attempt that ended without success: only CloseRun writes it, from what S3 holds."""

import logging
from dataclasses import dataclass
from datetime import datetime

from reconciliation import checkpoint as checkpoints
from reconciliation import layout
from reconciliation.adapters.records import Records
from reconciliation.adapters.store import Store
from reconciliation.bounded_json import JsonRefused, object_or_empty
from reconciliation.checkpoint import Evidence
from reconciliation.config import Rules
from reconciliation.day import Day
from reconciliation.documents.checkpoint import Checkpoint, ErrorDetails, Status
from reconciliation.documents.job_record import JobRecord
from reconciliation.errors import Code, is_file_code
from reconciliation.layout import Location
from reconciliation.lifecycle.ending import Ending, outcome
from reconciliation.lifecycle.evidence import gather
from reconciliation.objects import FINGERPRINT, StoredObject, to_json
from reconciliation.plan import Plan
from reconciliation.supplier_message import of_refused_file

_STATUS: dict[Code, Status] = {"TIMEOUT": "TIMEOUT", "ABORTED": "ABORTED"}
_UNSTOPPED = "; atenção: um job não parou a tempo e não poderá gravar nada que valha"
_UNNOTED = (
    "; atenção: a anotação do job (job.json) foi apagada ou alterada, e não há como retomar: reprocesse com"
    " s3_key e force_reprocess"
)

_log = logging.getLogger(__name__)


def status_of(code: Code) -> Status:
    """What a run that failed with that code is called: TIMEOUT, ABORTED or FAILED."""
    return _STATUS.get(code, "FAILED")


@dataclass(frozen=True)
class Checkpoints:
    """Reads and writes one bucket's checkpoints; `rules` are those that hold now."""

    store: Store
    records: Records
    checkpoints_bucket: str
    intermediate_bucket: str
    rules: Rules

    def location(self, job_id: str) -> Location:
        return layout.checkpoint(self.checkpoints_bucket, job_id)

    def settled(self, current: Day) -> JobRecord:
        """Makes the job's note say what the day says: a function may have died between writing the two."""
        record = self.records.salvaged(current.job_id)
        fingerprint = current.fingerprint
        plan = layout.plan(self.intermediate_bucket, current.day, fingerprint) if fingerprint else None
        if (record.attempts, record.fingerprint, record.plan) == (current.attempt, fingerprint, plan):
            return record
        return self.records.update(record, attempts=current.attempt, fingerprint=fingerprint, plan=plan)

    def of(self, current: Day, record: JobRecord | None) -> Checkpoint | None:
        """Answers this attempt's checkpoint where it is written already: then the run ended as it says.

        None, too, where what stands there cannot be read: it is kept aside, and this attempt's written.
        """
        standing = self._standing(current.job_id)
        if (
            standing is None
            or record is None
            or checkpoints.digest(standing.body) != record.checkpoint_sha256
        ):
            return None
        try:
            content = standing.read_as(Checkpoint)
        except JsonRefused:
            return None
        return content if content.attempt == current.attempt else None

    def write(self, current: Day, record: JobRecord, ending: Ending, now: datetime) -> Checkpoint:
        """Writes the attempt's checkpoint and answers it; an earlier attempt's is kept beside it."""
        evidence = self._evidence(record)
        stage, code, message = outcome(ending, evidence.stage)
        message += (_UNSTOPPED if ending.unstopped else "") + ("" if record.s3_key else _UNNOTED)
        content = checkpoints.build(
            evidence,
            record=record,
            attempt=current.attempt,
            started=ending.started,
            ended=now,
            status=status_of(code),
            why=ErrorDetails(error_type=code, message=message, stage=stage),
            rules=self.rules,
            location=str(layout.job_folder(self.checkpoints_bucket, current.job_id)),
        )
        self._keep_earlier(current.job_id)
        body = to_json(content.to_dict())
        self.records.update(record, checkpoint_sha256=checkpoints.digest(body))
        self.store.put(self.location(current.job_id), body)
        return content

    def write_to_supplier(self, current: Day, record: JobRecord, why: ErrorDetails) -> None:
        """Where the file was refused whole: the message to its supplier, which the alert names (2.1).

        What fails of it is logged: the alert is graver, and nobody would tell it. None of a file whose name
        is lost; and what operators are told beside the refusal is not the supplier's, nor is the list that an
        earlier attempt left, perhaps under other rules.
        """
        if not is_file_code(why.error_type) or not record.s3_key:
            return
        try:
            listed = self.store.head(layout.refused_list(self.checkpoints_bucket, current.job_id))
            whose = listed.metadata.get(FINGERPRINT, "") if listed else ""
            text = of_refused_file(
                why.error_type, why.message.removesuffix(_UNSTOPPED), current.day, record.s3_key,
                is_listed=whose == current.fingerprint,
                reference_day_offset=self.rules.reference_day_offset,
            )  # fmt: skip
            where = layout.supplier_message(self.checkpoints_bucket, current.job_id)
            self.store.put(where, text.encode(), content_type="text/plain; charset=utf-8")
        except Exception:
            _log.exception("supplier_message_not_written", extra={"job_id": current.job_id})

    def _keep_earlier(self, job_id: str) -> None:
        standing = self._standing(job_id)
        if standing:
            attempt = object_or_empty(standing.body.decode(errors="replace")).get("attempt")
            number = attempt if isinstance(attempt, int) else 0
            self.store.put(layout.old_checkpoint(self.checkpoints_bucket, job_id, number), standing.body)

    def _evidence(self, record: JobRecord) -> Evidence:
        """What is there of the run. One that was changed is as good as none: no day stays held.

        Its fingerprint is the note's all the same, so that a resume is told what is wrong with the plan.
        """
        try:
            stored = self.store.document(record.plan) if record.plan else None
            if stored:
                return gather(self.store, Plan.read(stored))
        except ValueError:
            _log.exception("evidence_not_read", extra={"job_id": record.job_id})
        return Evidence(total_lines=record.refused_lines, fingerprint=record.fingerprint)

    def _standing(self, job_id: str) -> StoredObject | None:
        """What stands there, or None also for what is none of ours by its size alone: the bucket keeps it."""
        try:
            return self.store.document(self.location(job_id))
        except JsonRefused:
            return None
